package statement

import (
	"rasure/wipe/pattern"
)

// checkPatterns: each pass has a pattern, with a key if it is a key stream, and it is the one that the scheme asks for.
func (c *Certificate) checkPatterns(wrong func(string, ...any)) {
	s := c.scheme()
	var drawn pattern.Drawn
	for i, p := range c.Passes {
		key := ""
		if !p.Key.IsZero() {
			key = p.Key.String()
		}
		var err error
		if s != nil && i < len(s.Passes) {
			_, err = s.Passes[i].Pattern.Restore(p.Pattern, key, &drawn)
		} else {
			err = checkPattern(p.Pattern, key)
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
			asked = verifyNone
		}
		if p.Verify != verifyNone && p.Verify != asked && (asked != verifySample || p.Verify != verifyFull) {
			wrong("pass %d was verified by %q, and the plan says %q", i+1, p.Verify, asked)
		}
	}
}

// minSample is the least part of a disk that a sample reads: two places in each section, each of at least a twentieth of it.
const minSample = 10

func (c *Certificate) checkSamples(wrong func(string, ...any)) {
	for i, p := range c.Passes {
		if (p.Sample != nil) != (p.Verify == verifySample) {
			wrong("pass %d was verified by %q, and has the places of a sample or lacks them", i+1, p.Verify)
		}
		if p.Sample != nil && (p.Sample.Bytes > c.Disk.Size || p.Sample.Bytes < (c.Disk.Size-c.Disk.Logical)/minSample) {
			wrong("pass %d has a sample of %d of %d bytes", i+1, p.Sample.Bytes, c.Disk.Size)
		}
	}
}

// checkCounts: the extents that a pass lists are on the disk, in order, and agree with their counts; no byte is counted twice.
func (c *Certificate) checkCounts(wrong func(string, ...any)) {
	size := c.Disk.Stored()
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
			sum, ok := extents(l.list, c.Disk.Size)
			if !ok {
				wrong("pass %d lists %s bytes that are not on the disk or not in order", i+1, l.kind)
				return
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
		if p.Verify == verifyNone && p.Verified+p.MismatchedBytes+p.UnreadableBytes != 0 {
			wrong("pass %d was not read back, and has results of reading", i+1)
		}
	}
	for _, s := range c.Sessions {
		if s.Flushed != nil && *s.Flushed > c.Disk.Size {
			wrong("a session ended after %d of %d bytes", *s.Flushed, c.Disk.Size)
		}
	}
}

// checkProfiles: only the first pass that was written and the last that was read back have a profile, so that a certificate stays short.
func (c *Certificate) checkProfiles(wrong func(string, ...any)) {
	first, last := -1, -1
	for i, p := range c.Passes {
		if first < 0 && p.Written > 0 {
			first = i
		}
		if p.Verified > 0 {
			last = i
		}
	}
	for i, p := range c.Passes {
		if len(p.WriteProfile) > 0 && i != first || len(p.VerifyProfile) > 0 && i != last {
			wrong("pass %d has a profile of its speed; only the first pass written and the last read back have one", i+1)
		}
	}
}
