package register

import (
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
)

// destruction needs an approval for it that covers every medium, and as many witnesses as the rule demands.
func (v *verdict) destruction(a *certify.Declaration) func() {
	for _, number := range a.Media {
		m := v.r.media[number]
		if m == nil {
			continue
		}
		i := slices.IndexFunc(m.Approvals, func(p *Approval) bool { return p.Entry == *a.Entry })
		if m.Lost != nil {
			v.deny("lost", []int64{*m.Lost}, "medium %s is lost (entry %d)", number, *m.Lost)
		}
		if i < 0 {
			v.deny("approval", []int64{a.Entry.Index}, "entry %d is not an approval for medium %s", a.Entry.Index, number)
			continue
		}
		p, proof := m.Approvals[i], []int64{a.Entry.Index}
		rule := v.r.Policy.Rule(m.Class, "destroy", m.Type)
		switch {
		case p.Purpose != "destroy":
			v.deny("approval", proof, "entry %d approves %s for medium %s, not its destruction", a.Entry.Index, word(p.Purpose), number)
		case !p.validAt(a.At):
			v.deny("approval", proof, "the approval of medium %s, entry %d, is used up, was withdrawn, or ended on %s", number, a.Entry.Index, p.Until.Format(time.RFC3339))
		case !slices.Contains(a.Names("technician"), p.Technician):
			v.deny("approval", proof, "the approval of medium %s, entry %d, is for %s, who has not signed", number, a.Entry.Index, p.Technician)
		case rule == nil:
			v.deny("no-rule", nil, "the policy has no rule for %s media of type %s and purpose destroy", className(m.Class), word(m.Type))
		default:
			if n := len(a.Names("witness")); n < rule.Witnesses {
				v.deny(rule.ID, proof, "the destruction of medium %s (%s) needs %d witnesses, not %d", number, className(m.Class), rule.Witnesses, n)
			}
			v.checkMeans(rule, m, a.Method)
			v.checkMachine(rule, m)
			if n := len(a.Escorts); n < rule.Escorts {
				v.deny(rule.ID, proof, "the destruction of medium %s (%s) needs %d escorts, not %d", number, className(m.Class), rule.Escorts, n)
			}
		}
		v.checkRoles(p.by, a.Entry.Index)
	}
	if b, ok := v.body().(*statement.Destruction); ok {
		v.checkAway(a.Media)
		v.checkOut(a.Media)
		if t := b.Erasure; t != nil && !slices.Contains(a.Media, t.Number) {
			v.deny("subject", []int64{t.Index}, "entry %d is the erasure of another medium", t.Index)
		}
	}
	return func() {
		for _, number := range a.Media {
			m := v.r.media[number]
			m.Destroyed, m.MissingSince = &v.e.Index, nil
			for _, p := range m.Approvals {
				if p.Entry == *a.Entry {
					p.Used = &v.e.Index
				}
			}
			m.appendHistory(v.e, "destroyed (%s) by %s, witnessed by %s", word(a.Method), join(a.Names("technician")), join(a.Names("witness")))
		}
	}
}
