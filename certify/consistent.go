package certify

import (
	"fmt"
	"slices"

	"rasure/wipe"
	"rasure/wipe/scheme"
)

// noLimits are the exceptions that a verified erasure may have: facts about the drive, and about what it does not address.
var noLimits = []string{wipe.CodeTrouble, CodeHiddenNotExamined}

// Contradiction says where what a certificate measured denies what it claims; nil where it does not. A station that works never signs
// such a one; whoever verifies need not believe that it worked, for all that a claim rests on stands in the certificate.
func (c *Certificate) CheckConsistency() error {
	if !c.Verified() {
		if c.Level != "none" {
			return fmt.Errorf("it reached level %q, and its outcome is %q", clip(c.Level), clip(c.Outcome))
		}
		return nil
	}
	if c.Level != c.Plan.Level {
		return fmt.Errorf("it reached level %q of %q", clip(c.Level), clip(c.Plan.Level))
	}
	for _, e := range c.Exceptions {
		if !slices.Contains(noLimits, e.Code) {
			return fmt.Errorf("it is verified, with the exception %q", clip(e.Code))
		}
	}
	if len(c.Passes) == 0 || c.Last().Verify == string(wipe.None) {
		return fmt.Errorf("it is verified, and nothing was read back")
	}
	scheme, err := scheme.Named(c.Plan.Scheme)
	known := err == nil && scheme.SHA256() == c.Plan.SchemeSHA256 // a later version may have others
	if known && len(scheme.Passes) != len(c.Passes) {
		return fmt.Errorf("it is verified, after %d of %d passes", len(c.Passes), len(scheme.Passes))
	}
	for i, p := range c.Passes {
		if known && scheme.Passes[i].Verify != (p.Verify != string(wipe.None)) {
			return fmt.Errorf("it is verified, and how pass %d was read back (%s) is not what its scheme says", i+1, clip(p.Verify))
		}
		asked := map[string]int64{string(wipe.None): 0, string(wipe.Full): c.Disk.Size}
		if p.Sample != nil {
			asked[string(wipe.Sample)] = p.Sample.Bytes
		}
		want, ok := asked[p.Verify]
		if !ok || p.Written != c.Disk.Size || p.Verified != want || want > c.Disk.Size {
			return fmt.Errorf("it is verified, and of %d bytes pass %d wrote %d and verified %d (%s)", c.Disk.Size, i+1, p.Written, p.Verified, clip(p.Verify))
		}
		if n := p.UnwrittenCount + p.MismatchedCount + p.UnreadableCount + int64(p.FlushErrors); n != 0 {
			return fmt.Errorf("it is verified, and pass %d had %d errors", i+1, n)
		}
	}
	if f := c.Firmware; c.Plan.Method != "" && (f == nil || f.Method != c.Plan.Method || f.Outcome != c.Outcome || f.Markers.KeptBytes != 0) {
		return fmt.Errorf("it is verified, and the drive's own erase by %s is not", clip(c.Plan.Method))
	}
	return nil
}
