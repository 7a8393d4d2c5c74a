package certify

import (
	"encoding/hex"

	"rasure/wipe/pattern"
)

// checkNumbers refuses negative sizes, counts and speeds.
func (c *Certificate) checkNumbers(wrong func(string, ...any)) {
	all := []int64{c.Disk.Size, int64(c.Disk.Logical), int64(c.Disk.Physical), c.Begin.Index}
	for _, p := range c.Passes {
		all = append(all, p.Written, p.Verified, p.UnwrittenCount, p.UnwrittenBytes, p.MismatchedCount, p.MismatchedBytes, p.UnreadableCount, p.UnreadableBytes,
			int64(p.Retries), int64(p.FlushErrors), p.WriteSpeed, p.VerifySpeed)
		if s := p.Sample; s != nil {
			all = append(all, int64(s.Sections), int64(s.Places), s.Bytes)
		}
	}
	if f := c.Firmware; f != nil {
		m := f.Markers
		all = append(all, f.Takes, int64(f.Tries), m.Bytes, m.Confirmed, m.Unconfirmed, m.Gone, m.KeptCount, m.KeptBytes, m.UnreadableCount, m.UnreadableBytes)
	}
	for _, i := range c.Interruptions {
		all = append(all, i.Low, int64(i.Pass))
	}
	for _, e := range c.Evidence {
		all = append(all, e.Size)
	}
	for _, n := range all {
		if n < 0 {
			wrong("the number %d is below zero", n)
		}
	}
}

// checkPatterns: each pass has a pattern, with a key if it is a key stream, and it is the one that the scheme asks for.
func (c *Certificate) checkPatterns(wrong func(string, ...any)) {
	s := c.scheme()
	var drawn pattern.Drawn
	for i, p := range c.Passes {
		var err error
		if s != nil && i < len(s.Passes) {
			_, err = s.Passes[i].Pattern.Restore(p.Pattern, p.Key, &drawn)
		} else {
			err = checkPattern(p.Pattern, p.Key)
		}
		if err != nil {
			wrong("pass %d has the pattern %q: %w", i+1, clip(p.Pattern), err)
			return
		}
	}
}

// checkPattern checks a pass of a scheme that this version does not know.
func checkPattern(name, key string) error {
	_, err := pattern.Parse(name, key)
	return err
}

// checkVerification: a pass is read back as the plan and the scheme say, or not at all. A disk that is too small for a sample is read in full.
func (c *Certificate) checkVerification(wrong func(string, ...any)) {
	s := c.scheme()
	for i, p := range c.Passes {
		asked := c.Plan.Verify
		if s != nil && i < len(s.Passes) && !s.Passes[i].Verify {
			asked = VerifyNone
		}
		if p.Verify != VerifyNone && p.Verify != asked && (asked != VerifySample || p.Verify != VerifyFull) {
			wrong("pass %d was verified by %q, and the plan says %q", i+1, p.Verify, asked)
		}
	}
}

// minSample is the least part of a disk that a sample reads, by its definition in FORMAT.md: two places in each section, each of at least a
// twentieth of it.
const minSample = 10

func (c *Certificate) checkSamples(wrong func(string, ...any)) {
	for i, p := range c.Passes {
		if (p.Sample != nil) != (p.Verify == VerifySample) {
			wrong("pass %d was verified by %q, and has the places of a sample or lacks them", i+1, p.Verify)
		}
		if p.Sample == nil {
			continue
		}
		seed, err := hex.DecodeString(p.Sample.Seed)
		if err != nil || len(seed) != 32 || p.Sample.Sections == 0 || p.Sample.Places == 0 {
			wrong("pass %d has a sample without seed or places", i+1)
		}
		if p.Sample.Bytes > c.Disk.Size || p.Sample.Bytes < (c.Disk.Size-int64(c.Disk.Logical))/minSample {
			wrong("pass %d has a sample of %d of %d bytes", i+1, p.Sample.Bytes, c.Disk.Size)
		}
	}
}

// checkCounts: the extents that a pass lists are on the disk, in order, and agree with their counts; no byte is counted twice.
func (c *Certificate) checkCounts(wrong func(string, ...any)) {
	size := c.Disk.Size
	for i, p := range c.Passes {
		for _, l := range []struct {
			kind         string
			list         []Extent
			count, bytes int64
		}{
			{"unwritten", p.Unwritten, p.UnwrittenCount, p.UnwrittenBytes},
			{"mismatched", p.Mismatched, p.MismatchedCount, p.MismatchedBytes},
			{"unreadable", p.Unreadable, p.UnreadableCount, p.UnreadableBytes},
		} {
			end, sum := int64(0), int64(0)
			for _, e := range l.list {
				if e.Offset < end || e.Length <= 0 || e.Length > size-e.Offset {
					wrong("pass %d lists %s bytes that are not on the disk or not in order", i+1, l.kind)
					return
				}
				end, sum = e.Offset+e.Length, sum+e.Length
			}
			n := int64(len(l.list))
			if n > l.count || n == l.count && sum != l.bytes || n < l.count && l.bytes-sum < l.count-n || l.bytes > size {
				wrong("pass %d lists %d %s extents of %d bytes, and counts %d of %d bytes", i+1, n, l.kind, sum, l.count, l.bytes)
			}
		}
		if p.Written > size-p.UnwrittenBytes {
			wrong("pass %d wrote %d bytes and did not write %d, of %d", i+1, p.Written, p.UnwrittenBytes, size)
		}
		if p.Verified > size || p.MismatchedBytes > size-p.Verified || p.UnreadableBytes > size-p.Verified-p.MismatchedBytes {
			wrong("pass %d read back more than the disk has", i+1)
		}
		if p.Verify == VerifyNone && p.Verified+p.MismatchedBytes+p.UnreadableBytes != 0 {
			wrong("pass %d was not read back, and has results of reading", i+1)
		}
	}
	for _, in := range c.Interruptions {
		if in.Low > size {
			wrong("an interruption after %d of %d bytes", in.Low, size)
		}
	}
}
