package statement

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"rasure/wipe/scheme"
)

// softwareLine is the length of r and s.
const softwareLine = 64

// Checkpoint is the text of the checkpoint that the anchor is made of (c2sp.org/tlog-checkpoint).
func (a *Anchor) Checkpoint(origin string) string {
	return origin + "\n" + strconv.FormatInt(a.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(a.Root[:]) + "\n"
}

// Sum is the SHA-256 of the anchor, the salt of the job's keys: of the text of the checkpoint whose last entry is the begin, followed by what
// signed it.
func (a *Anchor) Sum(origin string) Hash {
	return sha256.Sum256(append([]byte(a.Checkpoint(origin)), a.Line...))
}

// checkAnchor: the anchor is the head of the log that ends with the begin, signed. Whether its line is good, and whether the keys come from it,
// is for others to check.
func (c *Certificate) checkAnchor(wrong func(string, ...any)) {
	a := c.Anchor
	if a == nil {
		return
	}
	want := softwareLine
	if c.Station.Counter != nil {
		want = recordBytes
	}
	switch {
	case a.Size != c.Begin.Index+1:
		wrong("the anchor has %d entries, and the begin is entry %d", a.Size, c.Begin.Index)
	case len(a.Line) != want:
		wrong("the line of the anchor has %d bytes; with the assurance %q it has %d", len(a.Line), c.Station.Assurance, want)
	case a.Sum(c.Log.Origin) != a.SHA256:
		wrong("the hash of the anchor is not that of its head and its line")
	}
}

// checkTimes: durations come from a clock that only runs forward, so a part never took longer than the whole.
func (c *Certificate) checkTimes(wrong func(string, ...any)) {
	sum := int64(0)
	for i, p := range c.Passes {
		if p.Writing > p.Elapsed-p.Verifying {
			wrong("pass %d took %d ms, and wrote for %d ms and verified for %d ms", i+1, p.Elapsed, p.Writing, p.Verifying)
		}
		sum += p.Elapsed
	}
	if all := c.Elapsed(); sum > all {
		wrong("the passes took %d ms, and the job %d ms", sum, all)
	}
}

func (c *Certificate) checkLevel(wrong func(string, ...any)) {
	verified := c.Outcome == outcomeVerified
	switch {
	case !verified && c.Level != levelNone:
		wrong("the outcome is %q, and the level achieved is %q", c.Outcome, c.Level)
	case verified && c.Level != c.Plan.Level:
		wrong("the level achieved is %q, and the plan was %q", c.Level, c.Plan.Level)
	case c.Plan.Level == levelPurge && c.Plan.Method == "":
		wrong("the level is %q, and the plan has no firmware method", c.Plan.Level)
	case c.Plan.Level == levelPurge && c.Plan.Verify != verifyFull:
		wrong("the level is %q, and the verification is %q", c.Plan.Level, c.Plan.Verify)
	case c.Plan.Level == levelClear && c.Plan.Method != "":
		wrong("the level is %q, and the plan has the firmware method %q", c.Plan.Level, clip(c.Plan.Method))
	}
}

// Words that rules name.
const (
	levelNone    = "none"
	levelClear   = "clear"
	levelPurge   = "purge"
	verifyFull   = "full"
	verifySample = "sample"
	verifyNone   = "none"
)

// scheme returns the table of the plan's scheme, or nil if this version does not know it: a later one may have others.
func (c *Certificate) scheme() *scheme.Known { return scheme.Lookup(c.Plan.Scheme) }

func (c *Certificate) checkScheme(wrong func(string, ...any)) {
	s := c.scheme()
	switch {
	case s == nil:
	case s.Sum != c.Plan.SHA256.String(): // a scheme never changes under its name
		wrong("the table of scheme %s has another hash", s.ID)
	case len(c.Passes) > len(s.Passes):
		wrong("%d passes, and scheme %s has %d", len(c.Passes), s.ID, len(s.Passes))
	}
}

// checkExceptions: a verified certificate has no exception that limits its claim.
func (c *Certificate) checkExceptions(wrong func(string, ...any)) {
	for _, e := range c.Exceptions {
		if Limits(e.Code, c.Disk.MediumType) {
			wrong("the outcome is %q, with the exception %q", c.Outcome, clip(e.Code))
		}
	}
}

// checkComplete: a verified certificate accounts for every byte of every pass.
func (c *Certificate) checkComplete(wrong func(string, ...any)) {
	if len(c.Passes) == 0 || c.Last().Verify == verifyNone {
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
		case p.Verify == verifyFull:
			want = c.Disk.Stored()
		case p.Sample != nil:
			want = p.Sample.Bytes
		}
		if s != nil && s.Passes[i].Verify && p.Verify == verifyNone {
			wrong("the outcome is %q, and pass %d was not read back", c.Outcome, i+1)
		}
		if p.Written != c.Disk.Stored() || p.Verified != want {
			wrong("the outcome is %q, and of %d bytes pass %d wrote %d and verified %d of %d", c.Outcome, c.Disk.Stored(), i+1, p.Written, p.Verified, want)
		}
		if p.UnwrittenCount != 0 || p.MismatchedCount != 0 || p.UnreadableCount != 0 || p.FlushErrors != 0 {
			wrong("the outcome is %q, and pass %d had errors", c.Outcome, i+1)
		}
	}
	if last := c.Sessions[len(c.Sessions)-1]; last.Reason != "" {
		wrong("the outcome is %q, and the last session ended early: %q", c.Outcome, clip(last.Reason))
	}
}
