package statement

// checkFirmware: a drive erased itself only if the plan says so, and by the method that it names.
func (c *Certificate) checkFirmware(wrong func(string, ...any)) {
	f := c.Firmware
	if f == nil {
		return
	}
	if f.Method != c.Plan.Method {
		wrong("the drive erased itself by %q, and the plan says %q", clip(f.Method), clip(c.Plan.Method))
	}
	if m := f.Markers; m.KeptBytes > m.Bytes || m.Gone > m.Bytes-m.KeptBytes || m.UnreadableBytes > m.Bytes || (m.KeptCount == 0) != (m.KeptBytes == 0) {
		wrong("the markers are %d bytes, and %d are kept, %d gone, %d unreadable", m.Bytes, m.KeptBytes, m.Gone, m.UnreadableBytes)
	}
}

// checkHidden: hidden areas are listed only if somebody asked for them; they were not examined only if one of them could not be.
func (c *Certificate) checkHidden(wrong func(string, ...any)) {
	unknown := 0
	for _, h := range c.Hidden {
		if h.Bytes < 0 {
			unknown++
		}
	}
	listed := len(c.Hidden)
	switch word := c.Disk.Hidden; {
	case word == "not-examined" && listed > 0 && unknown == 0, word == "not-applicable" && listed > 0:
		wrong("the hidden areas are %q, and of %d that are listed %d could not be examined", word, listed, unknown)
	}
}

// checkErase: a verified erase by the drive was completed by its own word, and every marker was there before and is gone.
func (c *Certificate) checkErase(wrong func(string, ...any)) {
	f := c.Firmware
	if c.Plan.Method == "" {
		return
	}
	if f == nil {
		wrong("the outcome is %q, and nothing is said of the erase by %q", c.Outcome, clip(c.Plan.Method))
		return
	}
	if f.Outcome != c.Outcome || f.Level != c.Level || f.After.Phase != "done" || f.Ended == nil {
		wrong("the outcome is %q, and that of the erase by %q is %q at level %q: the drive reported %q", c.Outcome, clip(f.Method), clip(f.Outcome), clip(f.Level), clip(f.After.Phase))
	}
	if m := f.Markers; m.Gone == 0 || m.Gone != m.Confirmed || m.Unconfirmed != 0 || m.KeptCount != 0 || m.UnreadableCount != 0 {
		wrong("the outcome is %q, and of %d bytes of markers %d were confirmed before and %d are gone", c.Outcome, m.Bytes, m.Confirmed, m.Gone)
	}
}
