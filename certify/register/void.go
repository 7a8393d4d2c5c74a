package register

import (
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
)

// keep remembers a medium as it is, before the act at index changes it.
func (m *Medium) keep(index int64) {
	was := *m
	was.Approvals, was.Erasures, was.Trail, was.before = nil, nil, nil, nil
	m.before, m.newest = &was, index
}

// voidable are the kinds that can be taken back: each of their media is then what it was before. An approval, a witness statement and a validation are
// withdrawn by a correction instead.
var voidable = []certify.Kind{certify.KindRegistration, certify.KindHandover, "rasure/carry/v1", "rasure/back/v1", "rasure/return/v1", "rasure/transfer/v1", certify.KindDestruction, certify.KindInventory,
	certify.KindLoss, "rasure/found/v1", "rasure/reclassify/v1", "rasure/retype/v1"}

// voidTime is how long after it was signed an act can be taken back.
const voidTime = 24 * time.Hour

// void takes back an act that all its signers take back, within a day, and on which nothing rests yet. Both stay in the log.
func (v *verdict) void(a *certify.Declaration) func() {
	target, proof := &v.r.records[a.Entry.Index], []int64{a.Entry.Index}
	switch {
	case target.act == nil || !slices.Contains(voidable, asV1(target.kind)) || asV1(target.kind) == target.kind:
		v.deny("void", proof, "%s cannot be taken back", string(target.kind))
		return nil
	case target.withdrawn:
		v.deny("void", proof, "entry %d was already taken back", a.Entry.Index)
	case target.named:
		v.deny("void", proof, "a later entry refers to entry %d, which can no longer be taken back", a.Entry.Index)
	case a.At.Sub(target.at) > voidTime || v.newest().Sub(target.at) > voidTime:
		v.deny("void", proof, "entry %d is older than 24 hours", a.Entry.Index)
	case !sameSigners(a.Signs, target.act.Signs):
		v.deny("unsigned", proof, "everybody who signed entry %d must take it back, in the same role, and nobody else", a.Entry.Index)
	}
	of := v.touched(target.act)
	for _, m := range of {
		if last := m.Trail[len(m.Trail)-1].Index; last != a.Entry.Index || m.Registered != last && m.newest != last {
			v.deny("void", []int64{last}, "entry %d about medium %s is later than what is to be taken back", last, m.Number)
		}
	}
	return func() {
		target.withdrawn = true
		for _, m := range of {
			v.restore(m, a)
		}
	}
}

// restore makes a medium what it was before the act that is taken back.
func (v *verdict) restore(m *Medium, a *certify.Declaration) {
	target := a.Entry.Index
	v.r.renumber(m, "")
	if m.Registered == target {
		delete(v.r.media, m.Number)
		delete(v.r.keys, statement.NumberKey(m.Number))
		return
	}
	was := *m.before
	was.Approvals, was.Erasures, was.Trail, was.newest = m.Approvals, m.Erasures, m.Trail, v.e.Index
	*m = was
	if m.Serial != "" {
		v.r.serials[m.Serial] = m.Number
	}
	for _, p := range m.Approvals {
		if p.Used != nil && *p.Used == target {
			p.Used = nil
		}
		if p.Withdrawn != nil && *p.Withdrawn == target {
			p.Withdrawn = nil
		}
	}
	m.appendHistory(v.e, "entry %d taken back: %s", target, a.Reason)
}

func sameSigners(a, b []certify.RequiredSigner) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(s certify.RequiredSigner) bool { return !slices.Contains(b, s) })
}
