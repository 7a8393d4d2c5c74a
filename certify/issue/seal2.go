package issue

import (
	"encoding/hex"
	"errors"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
	"rasure/wipe"
)

// Job is what a certificate of version 2 states besides the report of the wipe.
type Job struct {
	statement.ByStation
	statement.Work // as the begin states it; the disk is that of the report
	Begin          statement.Ref
	Resumes        *statement.Ref
	Confirmation   *statement.Confirmation // of the begin; nil if that is of version 1
	Seed           statement.Hash
	Anchor         *statement.Anchor // nil if the begin is of version 1
	Sessions       []statement.Session
	Health         *statement.Healths // around the job; nil if the drive was not asked
	Annex          statement.Hash     // of the begin; zero if it has none
}

// What the claim of a certificate does not include.
const (
	limitAddressable = "addressable-blocks-only"          // no overwrite reaches what the disk does not address
	limitVolume      = "physical-disks-behind-the-volume" // they were not reached, or not all of them
	limitDrivesWord  = "spare-blocks-by-the-drives-word"  // that the drive's own erase reached it
)

// The longest that a certificate lists. Codes of exceptions are all there, whatever is left out of their details.
const (
	maxExceptions = 100
	maxOthers     = 64 // disks that a drive erased with it: they are listed
	shortDetail   = 80 // bytes, where the whole details are too long for the statement
)

// Seal2 makes and signs the certificate of a job in a log of version 2, as [Seal] does in one of version 1: if extents and details are too many for
// one statement, it lists fewer of them, and shortens them.
func Seal2(r wipe.Report, f Facts, j Job, evidenceName string, s note.Signer) (signed, evidence []byte, err error) {
	all, detail, others := evidenceOf(r), maxText, maxExceptions
	for n := maxListed; ; n /= 4 {
		old, evidence := listing{n, evidenceName, all}.certificate(r, f)
		if f.DirectIO != "" {
			j.Disk.Direct = f.DirectIO.word()
		}
		c := j.certificate(old, r, others)
		for i := range c.Exceptions {
			c.Exceptions[i].Detail = cut(c.Exceptions[i].Detail, detail)
		}
		if err := certify.CheckConsistency2(c); err != nil {
			return nil, nil, message.Errorf("the report of job %s contradicts itself, so no certificate was signed: %w", f.ID, err)
		}
		signed, err := certify.SignStatement(c, s)
		switch {
		case !errors.Is(err, statement.ErrTooLong), others == 0:
			return signed, evidence, err
		case detail == shortDetail:
			others = 0
		case n == 0:
			detail = shortDetail
		}
	}
}

// Renew2 states a certificate of version 1 in version 2: it was signed, and the log was cut over before it was appended.
func Renew2(old certify.Certificate, j Job, s note.Signer) ([]byte, error) {
	r := wipe.Report{}
	for _, p := range old.Passes {
		r.Passes = append(r.Passes, wipe.PassReport{Written: p.Written, Verified: p.Verified, WriteBytesPerSecond: p.WriteSpeed, VerifyBytesPerSecond: p.VerifySpeed})
	}
	c := j.certificate(old, r, maxExceptions)
	if len(c.Sessions) > 0 { // each pass took at least what its speeds say, and the job as long as they
		last, sum := &c.Sessions[len(c.Sessions)-1], int64(0)
		for _, p := range c.Passes {
			sum += p.Elapsed
		}
		last.Elapsed += max(0, sum-c.Elapsed())
	}
	if err := certify.CheckConsistency2(c); err != nil {
		return nil, err
	}
	return certify.SignStatement(c, s)
}

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := most - len("...")
	for end > 0 && s[end]&0xc0 == 0x80 { // not in the middle of a character
		end--
	}
	return s[:end] + "..."
}

// UnknownOutcome2 is [UnknownOutcome] in a log of version 2. If the job began in version 2, its seed was lost with all else that was saved of it.
func UnknownOutcome2(j Job, began time.Time, detail string) *statement.Certificate {
	anchored := "the job began in version 1: its keys were drawn at random"
	if j.Confirmation != nil {
		anchored = "the seed of its keys was lost with the saved state of the job"
	}
	return &statement.Certificate{ByStation: j.ByStation, Work: j.Work, Begin: j.Begin, Confirmation: j.Confirmation,
		Sessions: []statement.Session{{Started: began, Ended: began, Reason: "vanished"}}, Outcome: certify.OutcomeUnknown, Level: certify.LevelNone,
		Exceptions: []statement.Exception{{Code: wipe.CodeInterrupted, Detail: textOf(detail)}, {Code: statement.CodeKeyNotAnchored, Detail: anchored}},
		Limits:     []string{limitAddressable}}
}

// certificate states in version 2 what another states in version 1, with at most so many exceptions, and one of each code in any case.
func (j Job) certificate(old certify.Certificate, r wipe.Report, exceptionsAtMost int) *statement.Certificate {
	c := &statement.Certificate{ByStation: j.ByStation, Work: j.Work, Begin: j.Begin, Resumes: j.Resumes, Confirmation: j.Confirmation, Seed: j.Seed, Anchor: j.Anchor,
		Firmware: firmware2(old.Firmware), Sessions: j.Sessions, Outcome: old.Outcome, Level: old.Level, Limits: []string{limitAddressable}, Health: j.Health, StationEnd: statement.StationEnd{Annex: j.Annex}}
	c.Disk = disk2(old.Disk, j.Disk.Direct)
	if c.Firmware != nil {
		c.Limits = []string{limitDrivesWord}
	}
	if r.Plan.Volume {
		c.Limits = append(c.Limits, limitVolume)
	}
	for i, p := range old.Passes {
		c.Passes = append(c.Passes, pass2(p, r.Passes[i]))
	}
	for _, h := range old.Hidden {
		h.Detail = textOf(h.Detail)
		c.Hidden = append(c.Hidden, statement.HiddenArea(h))
	}
	for _, f := range old.Evidence {
		c.Evidence = append(c.Evidence, statement.File{Name: f.Name, SHA256: hashOf(f.SHA256), Size: f.Size})
	}
	exceptions := old.Exceptions
	steps := r.ClockSteps
	if len(steps) == 0 && r.ClockChange != 0 { // of a state that an earlier version saved
		steps = []wipe.ClockStep{{At: r.Ended, Milliseconds: 1000 * r.ClockChange}}
	}
	for _, s := range steps {
		c.Steps = append(c.Steps, statement.ClockStep(s))
		exceptions = append(exceptions, certify.Exception{Code: codeClockChanged,
			Detail: message.Of("the clock was set by %d ms while the job ran, to %s", s.Milliseconds, s.At.Format(time.RFC3339)).String()})
	}
	if n := replaced(j.Health); n > 0 && c.Firmware == nil {
		exceptions = append(exceptions, certify.Exception{Code: codeReplaced,
			Detail: message.Count(n, "the drive replaced %d block while the job ran: what was on it before may still be in the drive", "the drive replaced %d blocks while the job ran: what was on them before may still be in the drive").String()})
	}
	if j.Anchor == nil {
		exceptions = append(exceptions, certify.Exception{Code: statement.CodeKeyNotAnchored, Detail: "the job began in version 1: its keys were drawn at random"})
	}
	c.Exceptions = exceptions2(exceptions, exceptionsAtMost)
	return c
}

// codeReplaced is the exception for blocks that the drive replaced by spare ones during the job: what was on them may still be in the drive,
// where an overwrite does not reach it. After the drive's own erase there was nothing on them any more.
const codeReplaced = "replaced-while-erased"

// replaced is how many blocks the drive says that it has replaced since the job began; 0 if that is not known.
func replaced(h *statement.Healths) int64 {
	if h == nil || h.Before == nil || h.After == nil || h.Before.Reallocated == nil || h.After.Reallocated == nil {
		return 0
	}
	return max(0, *h.After.Reallocated-*h.Before.Reallocated)
}

// codeClockChanged is the exception for a clock that was set during the job.
const codeClockChanged = "clock-changed"

// exceptions2 keeps the first exception of each code, and of the others as many as fit.
func exceptions2(all []certify.Exception, most int) (kept []statement.Exception) {
	first, others := map[string]bool{}, 0
	for _, e := range all {
		if first[e.Code] {
			others++
		}
		first[e.Code] = true
	}
	others = min(others, max(0, most-len(first)))
	first = map[string]bool{}
	for _, e := range all {
		if first[e.Code] {
			if others--; others < 0 {
				continue
			}
		}
		first[e.Code] = true
		kept = append(kept, statement.Exception{Code: e.Code, Detail: textOf(e.Detail)})
	}
	return kept
}

// pass2 takes durations from the report. Of a pass that rasure 0.1.0 has run only its speeds are known.
func pass2(p certify.Pass, r wipe.PassReport) statement.Pass {
	to := statement.Pass{Pattern: p.Pattern, Key: hashOf(p.Key), Written: p.Written, Verified: p.Verified, Verify: p.Verify, Retries: int64(p.Retries), FlushErrors: int64(p.FlushErrors),
		Unwritten: extents2(p.Unwritten), UnwrittenCount: p.UnwrittenCount, UnwrittenBytes: p.UnwrittenBytes,
		Mismatched: extents2(p.Mismatched), MismatchedCount: p.MismatchedCount, MismatchedBytes: p.MismatchedBytes,
		Unreadable: extents2(p.Unreadable), UnreadableCount: p.UnreadableCount, UnreadableBytes: p.UnreadableBytes,
		Started: p.Started, Ended: p.Ended}
	to.Writing, to.Verifying, to.Elapsed = PassTimes(r)
	if to.Ended.IsZero() { // of a state that was saved during the pass
		to.Ended = p.Started.Add(time.Duration(to.Elapsed) * time.Millisecond).Truncate(time.Second)
	}
	if s := p.Sample; s != nil {
		to.Sample = &statement.Sample{Seed: hashOf(s.Seed), Sections: int64(s.Sections), Places: int64(s.Places), Bytes: s.Bytes}
	}
	return to
}

// PassTimes is how long a pass was written and read back, and how long it took, in milliseconds. What rasure 0.1.0 ran has only its speeds, from
// which the times follow: the rest of the pass is not counted then.
func PassTimes(p wipe.PassReport) (writing, verifying, elapsed int64) {
	writing, verifying, elapsed = p.Writing, p.Verifying, p.Elapsed
	if elapsed == 0 {
		writing, verifying = took(p.Written, p.WriteBytesPerSecond), took(p.Verified, p.VerifyBytesPerSecond)
		elapsed = writing + verifying
	}
	return writing, verifying, elapsed
}

func took(bytes, speed int64) int64 {
	if speed <= 0 {
		return 0
	}
	return int64(float64(bytes) * 1000 / float64(speed))
}

func extents2(list []certify.Extent) []statement.Extent {
	to := make([]statement.Extent, 0, len(list))
	for _, e := range list {
		to = append(to, statement.Extent(e))
	}
	return to
}

func firmware2(f *certify.Firmware) *statement.Firmware {
	if f == nil {
		return nil
	}
	m := f.Markers
	return &statement.Firmware{Method: f.Method, Level: f.Level, Others: f.Others[:min(len(f.Others), maxOthers)], Takes: f.Takes, Before: state2(f.Before), After: state2(f.After), Seen: f.Seen,
		Refusal: textOf(f.Answer), Tries: int64(f.Tries), Outcome: f.Outcome, Started: f.Began, Ended: f.Ended,
		Markers: statement.Markers{Key: hashOf(m.Key), Bytes: m.Bytes, Confirmed: m.Confirmed, Unconfirmed: m.Unconfirmed, Gone: m.Gone,
			KeptCount: m.KeptCount, KeptBytes: m.KeptBytes, UnreadableCount: m.UnreadableCount, UnreadableBytes: m.UnreadableBytes}}
}

func state2(s certify.EraseState) statement.EraseState {
	if s.Phase == "" {
		s.Phase = "not-asked"
	}
	raw, _ := hex.DecodeString(s.Raw)
	return statement.EraseState{Phase: s.Phase, Detail: textOf(s.Detail), Raw: raw}
}
