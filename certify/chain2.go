package certify

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Rules of version 2 that a log shows.
const (
	Fork        = "fork"         // a statement names a head that this log never had
	OldForm     = "old-form"     // version 1 behind the entry that ended it
	NoCutOver   = "no-cut-over"  // version 2 in a log that is still of version 1
	NotInLog    = "not-in-log"   // a statement refers to an entry that the log does not have before it
	NotAnchored = "not-anchored" // the keys of a job do not come from its begin
	SecondCard  = "station"      // a station statement where none may be
	Work        = "work"         // a certificate does not state what the begin of its job states
	Subject     = "subject"      // what a statement says of another entry is not what that says
	Twice       = "twice"        // the log has the statement already
	Enrolling   = "enrolment"    // an enrolment of another station, or on certificates that do not belong together
)

// objects records a broken rule that has a code.
func (c *Chain) objects(index int64, rule, format string, args ...any) {
	c.Problems = append(c.Problems, Problem{index, message.Of(format, args...), rule})
}

// Version2 reports whether statements of version 2 are in force: the log begins with one, or was cut over.
func (c *Chain) Version2() bool { return c.version2 }

// AttestedFrom is the first size of the log that has an attestation, by the log's own word; 0 if it does not say.
func (c *Chain) AttestedFrom() int64 { return c.attestedFrom }

// Roots is the SHA-256 of the lines of the first roster's roots, by the station statement of version 2; zero if it does not pin them.
func (c *Chain) Roots() statement.Hash { return c.roots }

// CheckForm returns why the entry may not be the next one of the log, or nil: a log that was cut over takes no statement of version 1 any more, whose
// weaknesses could be used otherwise, and one of version 1 takes none of version 2.
func (c *Chain) CheckForm(e Entry) error {
	if rule, why := c.form(e); rule != "" {
		return &why
	}
	return nil
}

// formError says why the form of a statement is refused.
type formError struct{ text message.Text }

func (e *formError) Message() message.Text { return e.text }
func (e *formError) Error() string         { return e.text.String() }

func (c *Chain) form(e Entry) (rule string, why formError) {
	cut, isCut := e.cutOver()
	switch {
	case e.newer || c.size == 0 && e.Station != nil && !isCut:
	case c.version2 && e.Statement == nil:
		return OldForm, formError{message.Of("the log has statements of version 2, and this is %q: it does not count", clip(string(e.Kind)))}
	case c.version2 && e.Station != nil:
		return SecondCard, formError{message.Of("a second station statement: the log is one of version 2 already")}
	case c.version2:
	case isCut && (c.size == 0 || cut.Replaces.Index != 0 || cut.Replaces.SHA256 != c.first):
		return SecondCard, formError{message.Of("the station statement of version 2 replaces another one than the first entry of the log")}
	case e.Statement != nil && !isCut:
		return NoCutOver, formError{message.Of("this is %q, and the log has no station statement of version 2: it does not count", clip(string(e.Kind)))}
	}
	return "", formError{}
}

// cutOver returns the statement that ends version 1 in a log.
func (e Entry) cutOver() (*statement.StationStatement, bool) {
	if e.Statement == nil {
		return nil, false
	}
	s, ok := e.Statement.Body.(*statement.StationStatement)
	return s, ok && s.Replaces != nil
}

// CutsOver reports whether the entry is the station statement that begins version 2 in a log of version 1.
func (e Entry) CutsOver() bool {
	_, cut := e.cutOver()
	return cut
}

// addStation takes a station statement of version 2: from here on version 2 is in force.
func (c *Chain) addStation(index int64, s *statement.StationStatement) {
	c.version2, c.roots = true, s.Roots
	if s.Station.Counter != nil {
		c.attestedFrom = max(1, s.From)
	}
	if s.Succeeds != nil {
		c.Warnings = append(c.Warnings, Problem{Index: index, Detail: message.Of("this log continues another one of %s with %d entries: audit that as well",
			clip(s.Succeeds.Origin), s.Succeeds.Size)})
	}
}

// Resolve replaces the references of a statement of version 2, which name texts, by those that statements of version 1 have. One that names nothing
// in the log stays as it is, and is equal to none.
func (c *Chain) Resolve(e Entry) {
	if e.Statement == nil {
		return
	}
	one := func(r *EntryRef) {
		var text [32]byte
		if r == nil || len(r.SHA256) != 64 {
			return
		}
		if _, err := hex.Decode(text[:], []byte(r.SHA256)); err != nil {
			return
		}
		if at, ok := c.seen[text]; ok && at == r.Index && at < int64(len(c.files)) {
			r.SHA256 = hex.EncodeToString(c.files[at][:])
		}
	}
	medium := func(m *MediumRef) {
		if m != nil {
			one(m.Approval)
		}
	}
	switch {
	case e.Begin != nil:
		medium(e.Begin.Register)
	case e.Certificate != nil:
		one(&e.Certificate.Begin)
		one(e.Certificate.Resumes)
		medium(e.Certificate.Register)
	case e.Preparation != nil:
		one(&e.Preparation.Certificate)
	case e.Act != nil:
		one(e.Act.Entry)
	}
}

// addStatement applies the rules for every statement of version 2: the head that it names is one of this log, and so are the entries. It reports
// false for an act that breaks one: it was not signed for this log, so it does not count. What the station did, it did.
func (c *Chain) addStatement(index int64, e Entry) bool {
	s, before := e.Statement, len(c.Problems)
	if h := s.Log(); index > 0 {
		c.checkHead(index, h)
	} else if !h.IsStart() {
		c.objects(index, Fork, "the first entry of the log names the head of a log")
	}
	for _, r := range e.Named().Refs {
		if at, ok := c.seen[r.SHA256]; !ok || at != r.Index || at >= index {
			c.objects(index, NotInLog, "it refers to an entry %d with the text %.16s..., which is not in the log", r.Index, r.SHA256)
		}
	}
	switch b := s.Body.(type) {
	case *statement.Preparation:
		if b.Certificate.Index < index {
			c.checkTarget(index, &b.Certificate)
		}
	case *statement.Audit:
		c.checkHead(index, b.Audited)
	case *statement.Enrolment:
		if err := CheckEnrolled(b.Station, c.head, c.first, c.attestedFrom); err != nil {
			c.objects(index, Enrolling, "%v", err)
		}
	case *statement.Recount:
		c.checkRoot(index, Fork, b.Size, b.Root)
	case *statement.Succession:
		for _, h := range []statement.Head{b.Old, b.New} {
			if h.First == c.first {
				c.checkHead(index, h)
			}
		}
	}
	return !e.ByPeople() || len(c.Problems) == before
}

// CheckNext returns why the entry may not be the next one of the log, or nil. root returns the root of the first entries of the log: see
// [Chain.AddRooted].
func (c *Chain) CheckNext(e Entry, root func(size int64) ([32]byte, error)) error {
	if err := c.CheckForm(e); err != nil || e.Statement == nil {
		return err
	}
	if first, ok := c.seen[e.text]; ok {
		return message.Errorf("rule %s: %s", Twice, message.Of("the log already has this statement, as entry %d", first))
	}
	probe := *c
	probe.Problems, probe.root = nil, root
	if probe.addStatement(c.size, e); len(probe.Problems) == 0 {
		return nil
	}
	return message.Errorf("rule %s: %s", probe.Problems[0].Rule, probe.Problems[0].Detail)
}

func (c *Chain) checkHead(index int64, h statement.Head) {
	switch {
	case h.Origin != c.head.Name || h.First != c.first:
		c.objects(index, Fork, "it is a statement for another log, of %s, that begins with %.16s", clip(h.Origin), h.First)
	case h.Size > index:
		c.objects(index, Fork, "it names a log of %d entries, and there are %d before it", h.Size, index)
	default:
		c.checkRoot(index, Fork, h.Size, h.Root)
	}
}

// checkRoot compares the root of the first entries of the log with what a statement names.
func (c *Chain) checkRoot(index int64, rule string, size int64, want statement.Hash) {
	if c.root == nil {
		c.objects(index, rule, "the head of %d entries that it names could not be compared", size)
		return
	}
	root, err := c.root(size)
	switch {
	case err != nil:
		c.objects(index, rule, "the head of %d entries that it names cannot be compared: %v", size, err)
	case root != want:
		c.objects(index, rule, "the first %d entries of the log that it names are not those of this log", size)
	}
}

// checkTarget compares what a preparation says of a certificate with what that says.
func (c *Chain) checkTarget(index int64, t *statement.Target) {
	ref := EntryRef{Index: t.Index}
	if t.Index < int64(len(c.files)) {
		ref.SHA256 = hex.EncodeToString(c.files[t.Index][:])
	}
	disk, ok := c.erased[ref]
	if ok && (disk.kind != t.Kind || disk.job != t.Job || disk.serial != t.Serial || disk.number != t.Number || disk.level != t.Level || !disk.at.Equal(t.At)) {
		c.objects(index, Subject, "what it says of entry %d is not what that entry says", t.Index)
	}
}

// CheckBegin compares a certificate with the begin of its job, which is the entry at index: its plan, its medium, the seed and the size of the anchor
// of its keys, and what both must state in the same words. rule is "" if they agree.
func (e Entry) CheckBegin(begin Entry, index int64) (rule string, why message.Text) {
	job := jobOf(begin, index)
	id := clip(e.Certificate.ID)
	if e.Certificate.Plan != job.planFor(e) {
		return Work, message.Of("the certificate of job %s has another plan than its begin, entry %d", id, index)
	}
	if e.Statement == nil {
		return "", why
	}
	return job.checkAnchored(e)
}

// jobOf is a job that began.
func jobOf(begin Entry, index int64) *jobRecord {
	b := begin.Begin
	job := &jobRecord{begin: begin.Refer(index), disk: b.Disk.identity(), name: b.Disk.Node.Name, plan: b.Plan, medium: b.Register, at: b.Started}
	if begin.Statement != nil {
		job.version2, job.seed, job.work = true, begin.Statement.Body.(*statement.Begin).Seed, begin.work
	}
	return job
}

// checkAnchored compares the certificate of a job in version 2 with its begin.
func (job *jobRecord) checkAnchored(e Entry) (rule string, why message.Text) {
	s := e.Statement.Body.(*statement.Certificate)
	id, at := clip(s.Job), job.begin.Index
	switch {
	case !job.version2 && s.Anchor != nil:
		return NotAnchored, message.Of("the keys of job %s have an anchor, and its begin, entry %d, names no seed", id, at)
	case !job.version2:
		return "", why
	case s.Anchor == nil && (s.Outcome != OutcomeUnknown || len(s.Passes) > 0 || s.Firmware != nil): // all that was saved of the job can be lost, its seed too
		return NotAnchored, message.Of("the certificate of job %s does not show the seed of its keys, which its begin names, entry %d", id, at)
	case s.Anchor != nil && sha256.Sum256(s.Seed[:]) != job.seed:
		return NotAnchored, message.Of("the seed of the keys of job %s is not that of its begin, entry %d", id, at)
	case s.Anchor != nil && s.Anchor.Size != at+1:
		return NotAnchored, message.Of("the anchor of job %s has %d entries, and its begin is entry %d", id, s.Anchor.Size, at)
	case e.work != job.work:
		return Work, message.Of("the certificate of job %s states another plan, medium, order, source or confirmation than its begin, entry %d", id, at)
	}
	return "", why
}

// maxBeginAge is how much older than the first session of its job a begin may be. One that was kept in stock proves that the bytes are younger than the
// begin, which then says little.
const maxBeginAge = 24 * time.Hour

// warnings2 are facts of a certificate of version 2 that an auditor should know.
func (e Entry) warnings2(job *jobRecord) (all []message.Text) {
	c, ok := e.Statement.Body.(*statement.Certificate)
	if !ok {
		return nil
	}
	if first := c.Sessions[0].Started; job != nil && job.version2 && first.Sub(job.at) > maxBeginAge {
		all = append(all, message.Of("job %s began on %s, and its first session on %s: that its bytes are younger than the begin shows less than it seems",
			clip(c.Job), job.at.Format(time.DateOnly), first.Format(time.DateOnly)))
	}
	changed := len(c.Steps) > 0
	for _, x := range c.Exceptions {
		changed = changed || strings.HasPrefix(x.Code, "clock-")
	}
	if changed {
		all = append(all, message.Of("the clock was changed during job %s: its times of day are not those of the work", clip(c.Job)))
	}
	return all
}
