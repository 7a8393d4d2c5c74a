package statement

// checkZones: the gaps of the zones are on the disk, in order, and agree with their sum; the zones have room for them, and what is read back is the
// whole disk, because a sample would count bytes that no zone stores.
func (c *Certificate) checkZones(wrong func(string, ...any)) {
	z, size := c.Disk.Zones, c.Disk.Size
	if z == nil {
		return
	}
	if z.Conventional > z.Count || z.Bytes > size || z.Count < (size+z.Bytes-1)/z.Bytes {
		wrong("%d zones of at most %d bytes, %d of them conventional, are not a disk of %d bytes", z.Count, z.Bytes, z.Conventional, size)
		return
	}
	sum, end := int64(0), int64(0)
	for _, g := range z.Gaps {
		if g.Offset < end || g.Length > size || g.Every < g.Length || g.Times > size/g.Length || g.Every > size || g.Times-1 > (size-g.Length)/g.Every ||
			g.Offset > size-g.Length-(g.Times-1)*g.Every {
			wrong("the gaps of the zones are not on the disk or not in order")
			return
		}
		sum, end = sum+g.Times*g.Length, g.Offset+(g.Times-1)*g.Every+g.Length
	}
	if sum != z.GapBytes || sum >= size {
		wrong("the gaps of the zones have %d bytes, and count %d", sum, z.GapBytes)
	}
	for i, p := range c.Passes {
		if p.Sample != nil {
			wrong("pass %d was verified by a sample, on a disk with host-managed zones", i+1)
		}
	}
}
