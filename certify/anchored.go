package certify

import (
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// CheckConsistency2 returns the first contradiction of a certificate of version 2 with itself: what [statement.Certificate.CheckConsistency] finds, and
// keys that do not come from its seed and its anchor. That the seed is the one of the begin, and the anchor a head of this log, the log shows.
func CheckConsistency2(c *statement.Certificate) error {
	if err := c.CheckConsistency(); err != nil {
		return err
	}
	if c.Anchor == nil {
		return nil
	}
	keys, err := NewPassKeys(c.Seed, c.Anchor.SHA256, c.Job)
	if err != nil {
		return err
	}
	wrong := func(format string, args ...any) error {
		return &Contradiction{Rule: "keys", Text: message.Of(format, args...)}
	}
	var drawn statement.Hash // the key of the last pass that drew one, of which the next can be the complement
	for i, p := range c.Passes {
		if p.Pattern == "random" {
			drawn = keys.Pass(i + 1)
		}
		if !p.Key.IsZero() && p.Key != drawn {
			return wrong("the key of pass %d does not come from the seed and the anchor of the job", i+1)
		}
		if p.Sample != nil && p.Sample.Seed != keys.Sample(i+1) {
			return wrong("the places that were read of pass %d do not come from the seed and the anchor of the job", i+1)
		}
	}
	if f := c.Firmware; f != nil {
		found := false
		for attempt := 1; attempt <= len(c.Sessions) && !found; attempt++ {
			found = f.Markers.Key == keys.Markers(attempt)
		}
		if !found {
			return wrong("the markers do not come from the seed and the anchor of the job")
		}
	}
	return nil
}
