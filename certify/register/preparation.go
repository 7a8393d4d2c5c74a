package register

import (
	"fmt"
	"slices"

	"rasure/certify"
)

// AllowPreparation says whether the erased disk may be made ready for re-use; the certificate of its erasure is an entry of the log.
// The error is a [*Broken]. A disk in no register may.
func (r *Register) AllowPreparation(disk certify.Disk, certificate certify.EntryRef) error {
	v := &verdict{r: r, e: Entry{Index: r.Size()}}
	if v.prepared(disk, certificate); len(v.refuse) > 0 {
		return &RuleError{v.refuse[0]}
	}
	return nil
}

// prepared finds the medium that a disk is, and says what stands against its re-use.
func (v *verdict) prepared(disk certify.Disk, certificate certify.EntryRef) *Medium {
	m := v.r.BySerial(label(disk))
	if m == nil || label(disk) == "" {
		return nil
	}
	proof := []int64{certificate.Index}
	i := slices.IndexFunc(m.Erasures, func(e *Erasure) bool { return e.Entry == certificate && e.verified() })
	switch {
	case m.Destroyed != nil:
		v.no("destroyed", []int64{*m.Destroyed}, "medium %s was destroyed, by entry %d", m.Number, *m.Destroyed)
	case m.Lost != nil:
		v.no("lost", []int64{*m.Lost}, "medium %s is lost, by entry %d", m.Number, *m.Lost)
	case i < 0:
		v.no("not-erased", append(proof, m.Registered), "the disk is medium %s, and entry %d is no verified erasure under that number", m.Number, certificate.Index)
	}
	if len(v.refuse) > 0 {
		return m
	}
	e := m.Erasures[i]
	if e.purpose == "destroy" {
		v.no("approval", proof, "medium %s was erased to be destroyed, not to be used again", m.Number)
	}
	if e.Decision == "reject" {
		v.no("validation", proof, "the erasure of medium %s, entry %d, was rejected", m.Number, certificate.Index)
	}
	if missing := e.witnesses - len(e.Witnesses); missing > 0 {
		v.no("unwitnessed", proof, "%d witness(es) of the erasure of medium %s, entry %d, have still to sign", missing, m.Number, certificate.Index)
	}
	return m
}

// preparation: what the station made ready for re-use, by its rules or against them.
func (v *verdict) preparation() func() {
	p := v.e.Preparation
	m := v.prepared(p.Disk, p.Certificate)
	return func() {
		if m != nil {
			m.step(v.e, fmt.Sprintf("prepared for re-use by %s", p.Operator))
		}
	}
}
