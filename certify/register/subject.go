package register

import (
	"slices"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// about is what an entry of the station says of a job or a medium. What an act says is in the act.
type about struct{ job, number, serial, outcome, level string }

// recordOf is what is kept of an entry, whether it counts or not.
func recordOf(e Entry, ref certify.EntryRef) record {
	rec := record{ref: ref, kind: e.Kind, at: e.Stated(), text: e.TextSHA256()}
	if e.Certificate != nil || e.Begin != nil || e.Preparation != nil {
		t := e.Target(e.Index)
		rec.about = &about{t.Job, t.Number, t.Serial, t.Outcome, t.Level}
	}
	return rec
}

// TextRef returns how a statement of version 2 refers to an entry.
func (r *Register) TextRef(index int64) (statement.Ref, error) {
	if index < 0 || index >= r.Size() {
		return statement.Ref{}, message.Errorf("the log has %d entries: there is no entry %d", r.Size(), index)
	}
	return statement.Ref{Index: index, SHA256: r.records[index].text}, nil
}

// TargetOf returns an entry as an act of version 2 must state it, to be about it.
func (r *Register) TargetOf(index int64) (t statement.Target, err error) {
	ref, err := r.TextRef(index)
	if err != nil {
		return t, err
	}
	rec := &r.records[index]
	if rec.at.IsZero() {
		return t, message.Errorf("entry %d is %q, and no act can be about it", index, string(rec.kind))
	}
	t = statement.Target{Index: ref.Index, SHA256: ref.SHA256, Kind: string(rec.kind), At: rec.at}
	if a := rec.act; a != nil {
		t.Number, t.Serial = a.About()
	}
	if a := rec.about; a != nil {
		t.Job, t.Number, t.Serial, t.Outcome, t.Level = a.job, a.number, a.serial, a.outcome, a.level
	}
	return t, nil
}

// TargetIn is [Register.TargetOf] for an entry about several media of which the act is about one: its number is stated then. That an act is about a registration
// by lists would not say which medium it means.
func (r *Register) TargetIn(index int64, number string) (statement.Target, error) {
	t, err := r.TargetOf(index)
	if err == nil && t.Number == "" && asV1(certify.Kind(t.Kind)) == certify.KindRegistration && slices.Contains(r.MediaOf(index), number) {
		t.Number = number
	}
	return t, err
}

// SubjectOf returns a medium as an act of version 2 must state it now, to be about it.
func (r *Register) SubjectOf(number string) (statement.Medium, error) {
	m := r.Medium(number)
	if m == nil {
		return statement.Medium{}, message.Errorf("medium %s is not in the register", number)
	}
	return r.subjectOf(m), statement.CheckNumber(m.Number)
}

func (r *Register) subjectOf(m *Medium) statement.Medium {
	return statement.Medium{Number: m.Number, Classification: string(m.Class), Type: m.Type, Serial: statement.Sayable(m.Serial), Model: statement.Sayable(m.Model), Maker: statement.Sayable(m.Maker),
		Size: m.Size, Asset: statement.Sayable(m.Asset), Registration: statement.Ref{Index: m.stated, SHA256: r.records[m.stated].text}}
}

// UseOf returns what a job of version 2 states of its medium, by what [Register.Allow] returned; nil for a disk that is not registered.
func (r *Register) UseOf(m *certify.MediumRef) (*statement.MediumUse, error) {
	if m == nil {
		return nil, nil
	}
	subject, err := r.SubjectOf(m.Number)
	if err != nil {
		return nil, err
	}
	use := &statement.MediumUse{Number: m.Number, Asset: subject.Asset, Registration: subject.Registration}
	if m.Approval != nil {
		ref, err := r.TextRef(m.Approval.Index)
		if err != nil {
			return nil, err
		}
		use.Purpose, use.Approval = m.Purpose, &ref
	}
	return use, nil
}

// floorOf is the newest time that the log has stated up to an entry: an act whose signers saw that entry is not from before. What a rule refuses
// states no time. Where the station states an earlier time than before, its clock was set back, and a wrong time must not hold up the office: the
// time counts from there. A certificate can be added long after its job.
func (r *Register) floorOf(e Entry, rec record) int64 {
	before := int64(0)
	if n := len(r.records); n > 0 {
		before = r.records[n-1].floor
	}
	at := rec.at.Unix()
	switch {
	case rec.at.IsZero() || rec.copied || rec.refused && e.Act != nil:
		return before
	case e.Act == nil && e.Certificate == nil && !e.ByPeople() && at < before-int64(maxClockSkew.Seconds()):
		return at
	}
	return max(before, at)
}
