package register

import (
	"slices"

	"rasure/certify"
)

// AllowPreparation returns a [*RuleError] if the erased disk may not be prepared for re-use. The certificate of its erasure is an entry
// of the log. A disk that is not registered may be prepared.
func (r *Register) AllowPreparation(disk certify.Disk, certificate certify.EntryRef) error {
	v := &verdict{r: r, e: Entry{Index: r.Size()}}
	if v.checkPrepared(disk, certificate); len(v.violations) > 0 {
		return &RuleError{v.violations[0]}
	}
	return nil
}

// checkPrepared returns the medium that a disk is registered as, or nil, and applies the rules for its re-use.
func (v *verdict) checkPrepared(disk certify.Disk, certificate certify.EntryRef) *Medium {
	m := v.preparedMedium(disk, certificate)
	if m == nil {
		return nil
	}
	proof := []int64{certificate.Index}
	i := slices.IndexFunc(m.Erasures, func(e *Erasure) bool { return e.Entry == certificate && e.verified() })
	switch {
	case m.Destroyed != nil:
		v.deny("destroyed", []int64{*m.Destroyed}, "medium %s was destroyed (entry %d)", m.Number, *m.Destroyed)
	case m.Lost != nil:
		v.deny("lost", []int64{*m.Lost}, "medium %s is lost (entry %d)", m.Number, *m.Lost)
	case m.Away != nil:
		v.deny("away", []int64{*m.Away}, "medium %s is with another organisation (entry %d)", m.Number, *m.Away)
	case i < 0:
		v.deny("not-erased", append(proof, m.Registered), "the disk is medium %s, but entry %d is not a verified erasure under that number", m.Number, certificate.Index)
	}
	if len(v.violations) > 0 {
		return m
	}
	e := m.Erasures[i]
	if e.purpose == "destroy" {
		v.deny("approval", proof, "medium %s was erased for destruction, not for re-use", m.Number)
	}
	if e.Decision == "reject" {
		v.deny("validation", proof, "the erasure of medium %s, entry %d, was rejected", m.Number, certificate.Index)
	}
	if e.signs && e.Result != "done" {
		v.deny("result", proof, "the technician has not signed that the erasure of medium %s, entry %d, was done", m.Number, certificate.Index)
	}
	if missing := e.witnesses - len(e.Witnesses); missing > 0 {
		v.deny("unwitnessed", proof, "%d witness signature(s) of the erasure of medium %s, entry %d, are missing", missing, m.Number, certificate.Index)
	}
	v.checkHealth(e.health, m, e.purpose)
	return m
}

// preparedMedium finds the medium by its serial number or, of one that has none, by the erasure.
func (v *verdict) preparedMedium(disk certify.Disk, certificate certify.EntryRef) *Medium {
	if label(disk) != "" {
		return v.r.BySerial(label(disk))
	}
	if i := certificate.Index; i >= 0 && i < int64(len(v.r.records)) && v.r.records[i].erasure != nil {
		return v.r.media[v.r.records[i].erasure.Number]
	}
	return nil
}

// preparation records what the station prepared for re-use, even against a rule.
func (v *verdict) preparation() func() {
	p := v.e.Preparation
	m := v.checkPrepared(p.Disk, p.Certificate)
	return func() {
		if m != nil {
			m.appendHistory(v.e, "prepared for re-use by %s", p.Operator)
		}
	}
}
