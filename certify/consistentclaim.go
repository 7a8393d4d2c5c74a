package certify

import (
	"slices"
	"time"

	"rasure/wipe/scheme"
)

var (
	knownOutcomes   = []string{OutcomeVerified, OutcomeExceptions, OutcomeFailed, OutcomeInterrupted, OutcomeUnknown}
	knownLevels     = []string{LevelClear, LevelPurge}
	knownAssurances = []string{TPMVerified, TPMUnverified, TPMEmulated, Software}
	knownVerify     = []string{VerifyFull, VerifySample, VerifyNone}
)

// checkWords refuses words that this version does not know where a claim rests on them. A later version of the format may have more.
func (c *Certificate) checkWords(wrong func(string, ...any)) {
	if !slices.Contains(knownOutcomes, c.Outcome) {
		wrong("unknown outcome %q", clip(c.Outcome))
	}
	if !slices.Contains(knownLevels, c.Plan.Level) {
		wrong("unknown level %q in the plan", clip(c.Plan.Level))
	}
	if !slices.Contains(knownLevels, c.Level) && c.Level != LevelNone {
		wrong("unknown level achieved %q", clip(c.Level))
	}
	if !slices.Contains(knownVerify, c.Plan.Verify) {
		wrong("unknown verification %q in the plan", clip(c.Plan.Verify))
	}
	if !slices.Contains(knownAssurances, c.Station.Assurance) {
		wrong("unknown assurance %q of the station's key", clip(c.Station.Assurance))
	}
	for i, p := range c.Passes {
		if !slices.Contains(knownVerify, p.Verify) {
			wrong("unknown verification %q in pass %d", clip(p.Verify), i+1)
		}
	}
}

// checkTimes takes a duration below zero only where both times agree with it: version 0.1.0 signed that in good faith when the clock was
// set back. [Certificate.Warnings] reports it.
func (c *Certificate) checkTimes(wrong func(string, ...any)) {
	if c.Ended.Sub(c.Started) != time.Duration(c.Seconds)*time.Second {
		wrong("the duration is %d s, and from start to end it is %d s", c.Seconds, int64(c.Ended.Sub(c.Started)/time.Second))
	}
}

func (c *Certificate) checkLevel(wrong func(string, ...any)) {
	switch {
	case !c.Verified() && c.Level != LevelNone:
		wrong("the outcome is %q, and the level achieved is %q", c.Outcome, c.Level)
	case c.Verified() && c.Level != c.Plan.Level:
		wrong("the level achieved is %q, and the plan was %q", c.Level, c.Plan.Level)
	case c.Plan.Level == LevelPurge && c.Plan.Method == "":
		wrong("the level is %q, and the plan has no firmware method", c.Plan.Level)
	case c.Plan.Level == LevelPurge && c.Plan.Verify != VerifyFull:
		wrong("the level is %q, and the verification is %q", c.Plan.Level, c.Plan.Verify)
	case c.Plan.Level == LevelClear && c.Plan.Method != "":
		wrong("the level is %q, and the plan has the firmware method %q", c.Plan.Level, clip(c.Plan.Method))
	}
}

// scheme returns the table of the plan's scheme, or nil if this version does not know it: a later one may have others.
func (c *Certificate) scheme() *scheme.Known { return scheme.Lookup(c.Plan.Scheme) }

func (c *Certificate) checkScheme(wrong func(string, ...any)) {
	s := c.scheme()
	switch {
	case s == nil:
	case s.Sum != c.Plan.SchemeSHA256: // a scheme never changes under its name
		wrong("the table of scheme %s has another hash", s.ID)
	case len(c.Passes) > len(s.Passes):
		wrong("%d passes, and scheme %s has %d", len(c.Passes), s.ID, len(s.Passes))
	}
}

// checkExceptions: a verified certificate has no exception that limits its claim.
func (c *Certificate) checkExceptions(wrong func(string, ...any)) {
	for _, e := range c.Exceptions {
		if Limits(e.Code, c.Disk.Medium) {
			wrong("the outcome is %q, with the exception %q", c.Outcome, clip(e.Code))
		}
	}
}

// checkComplete: a verified certificate accounts for every byte of every pass.
func (c *Certificate) checkComplete(wrong func(string, ...any)) {
	if len(c.Passes) == 0 || c.Last().Verify == VerifyNone {
		wrong("the outcome is %q, and nothing was read back at the end", c.Outcome)
		return
	}
	if c.Disk.Size == 0 {
		wrong("the outcome is %q, and the disk has no bytes", c.Outcome)
	}
	s := c.scheme()
	if s != nil && len(c.Passes) != len(s.Passes) {
		wrong("the outcome is %q after %d of %d passes", c.Outcome, len(c.Passes), len(s.Passes))
		return
	}
	for i, p := range c.Passes {
		want := int64(0)
		switch {
		case p.Verify == VerifyFull:
			want = c.Disk.Size
		case p.Sample != nil:
			want = p.Sample.Bytes
		}
		if s != nil && s.Passes[i].Verify && p.Verify == VerifyNone {
			wrong("the outcome is %q, and pass %d was not read back", c.Outcome, i+1)
		}
		if p.Written != c.Disk.Size || p.Verified != want {
			wrong("the outcome is %q, and of %d bytes pass %d wrote %d and verified %d of %d", c.Outcome, c.Disk.Size, i+1, p.Written, p.Verified, want)
		}
		if p.UnwrittenCount != 0 || p.MismatchedCount != 0 || p.UnreadableCount != 0 || p.FlushErrors != 0 {
			wrong("the outcome is %q, and pass %d had errors", c.Outcome, i+1)
		}
	}
}
