package register

import (
	"rasure/certify"
	"rasure/certify/statement"
)

// Closed is who has closed a finding, and how.
type Closed struct {
	Index   int64  `json:"index"`    // of the closure
	ByRoots bool   `json:"by_roots"` // as integrity findings must be
	Measure string `json:"measure"`  // what was done about it
}

// ClosedBy returns who has closed the finding with that identity.
func (r *Register) ClosedBy(id statement.Hash) (Closed, bool) {
	c, ok := r.closed[id]
	return c, ok
}

// closure closes a finding. What is wrong with the log itself only the roots can close, and it stays listed: nothing makes a bad signature good.
func (v *verdict) closure(a *certify.Declaration) func() {
	f, roots := v.body().(*statement.Closure).Finding, len(a.Names("roster")) > 0
	if roots {
		v.checkRoots()
	}
	switch {
	case f.SHA256 != statement.FindingID(f.Rule, f.Index, f.Medium):
		v.deny("closure", nil, "the identity of the finding is not that of its rule, entry and medium")
	case f.Rule == certify.NotUnderstood:
		v.deny("closure", nil, "what is not understood cannot be closed: a newer version may say what it is")
	case !roots && certify.IsIntegrity(f.Rule):
		v.deny("closure", nil, "the finding %s is about the log itself: only the roots can close it", f.Rule)
	}
	return func() {
		v.r.closed[f.SHA256] = Closed{v.e.Index, roots, v.body().(*statement.Closure).Measure}
	}
}

// Recount is a statement of the roots that the counter of the TPM counted without entries. What it says of the counter is for an audit to compare.
type Recount struct {
	Index int64 // of the entry
	*statement.Recount
}

// Recounts are those that count, in the order of the log.
func (r *Register) Recounts() []Recount { return append([]Recount{}, r.recounts...) }

func (v *verdict) recount(*certify.Declaration) func() {
	v.checkRoots()
	b := v.body().(*statement.Recount)
	if n := len(v.r.recounts); n > 0 && v.r.recounts[n-1].NewBase != b.OldBase {
		v.deny("recount", []int64{v.r.recounts[n-1].Index}, "the counter's base was %d, not %d", v.r.recounts[n-1].NewBase, b.OldBase)
	}
	return func() {
		v.r.recounts = append(v.r.recounts, Recount{v.e.Index, b})
	}
}

// Retired returns the entry that ends the log; false if it goes on. alone says that the station ended it when it was retired, and not the roots, who name the
// log that continues it.
func (r *Register) Retired() (index int64, alone, ok bool) {
	if r.retired == nil {
		return 0, false, false
	}
	return *r.retired, r.alone, true
}

// retirement ends the log, unless it is another statement of the station.
func (v *verdict) retirement() func() {
	if _, ok := v.body().(*statement.Retirement); !ok {
		return nil
	}
	if v.checkRetired(); len(v.violations) > 0 {
		return nil
	}
	return func() { v.r.retired, v.r.alone = &v.e.Index, true }
}

// succession closes the log that it names as the old one. In the new one it is only recorded: what the register had is in the old log.
func (v *verdict) succession(*certify.Declaration) func() {
	v.checkRoots()
	b := v.body().(*statement.Succession)
	return func() {
		if b.Old.First == b.Log.First {
			v.r.retired = &v.e.Index
		}
	}
}

// record is the rule of what changes nothing in the register: an audit, an enrolment.
func (v *verdict) record(*certify.Declaration) func() { return func() {} }
