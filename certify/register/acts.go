package register

import (
	"iter"
	"time"

	"rasure/certify"
)

// Act is what people stated in one entry, if no rule refused it.
type Act struct {
	Index     int64
	Kind      certify.Kind
	At        time.Time
	By        []Person
	Media     []string
	Withdrawn bool
}

// Acts are the acts that count, in the order of the log.
func (r *Register) Acts() iter.Seq[Act] {
	return func(yield func(Act) bool) {
		for i := range r.records {
			rec := &r.records[i]
			if rec.act == nil || rec.refused {
				continue
			}
			if !yield(Act{int64(i), rec.kind, rec.at, rec.by, rec.act.Media, rec.withdrawn}) {
				return
			}
		}
	}
}

// At is the time that an entry states; zero if it states none.
func (r *Register) At(index int64) time.Time {
	if index < 0 || index >= r.Size() {
		return time.Time{}
	}
	return r.records[index].at
}

// Name is the kind without program and version: "approval".
func (a Act) Name() string { return certify.KindName(a.Kind) }

// Approved is when the approval was signed under which the job began; false if it had none.
func (e *Erasure) Approved(r *Register) (at time.Time, ok bool) {
	if e.approval == nil {
		return at, false
	}
	at = r.At(e.approval.Index)
	return at, !at.IsZero()
}

// Involved are the persons who signed an entry, or for a job its operator.
func (r *Register) Involved(index int64) (names []string) {
	if index < 0 || index >= r.Size() {
		return nil
	}
	rec := &r.records[index]
	for _, p := range rec.by {
		names = append(names, p.Name)
	}
	if rec.erasure != nil && certify.IsCertificate(rec.kind) {
		names = append(names, rec.erasure.Operator)
	}
	return names
}
