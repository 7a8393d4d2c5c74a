package register

import (
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
)

// A medium that is carried stays with its custodian, who is on the way with it. Nothing happens to it until it is back and was examined.

// carried are the purposes of approvals to carry a medium.
var carried = []string{"carry", "abroad"}

// checkOut refuses media that are carried.
func (v *verdict) checkOut(numbers []string) {
	for _, number := range numbers {
		if m := v.r.media[number]; m != nil && m.Out != nil {
			v.deny("out", []int64{*m.Out}, "medium %s was carried out of the office by entry %d and is not back", number, *m.Out)
		}
	}
}

func (v *verdict) carry(a *certify.Declaration) func() {
	b := v.body().(*statement.Carry)
	v.checkHeld(a)
	v.checkOut(a.Media)
	v.checkApproved(a, &b.Approval)
	for _, number := range a.Media {
		m := v.r.media[number]
		p := m.approvalOf(&b.Approval)
		if p == nil {
			continue // checkApproved has said so
		}
		if !slices.Contains(carried, p.Purpose) {
			v.deny("approval", []int64{p.Entry.Index}, "entry %d approves %s for medium %s, not to carry it", p.Entry.Index, word(p.Purpose), number)
			continue
		}
		v.checkFor(p, b.Carrier, number)
		rule := v.r.Policy.Rule(m.Class, p.Purpose, m.Type)
		if rule != nil && len(b.Escorts) < rule.Escorts {
			v.deny(rule.ID, nil, "medium %s needs %d escorts who sign as witnesses, not %d", number, rule.Escorts, len(b.Escorts))
		}
		if b.Due.After(p.Until) {
			v.deny("approval", []int64{p.Entry.Index}, "medium %s is to be given back after its approval ends, %s", number, p.Until.Format(time.RFC3339))
		}
	}
	return func() {
		for _, number := range a.Media {
			m := v.r.media[number]
			m.use(&b.Approval, v.e.Index)
			m.Out, m.Due, m.lent = &v.e.Index, &b.Due, v.e.Index
			m.appendHistory(v.e, "carried out by %s to %s%s", b.Carrier, b.Destination, details{}.add("to be given back by %s", b.Due.Format(time.RFC3339)).add("escorted by %s", join(b.Escorts)).add("seal %s", b.Seal).text())
		}
	}
}

func (v *verdict) back(a *certify.Declaration) func() {
	b := v.body().(*statement.Back)
	for _, number := range a.Media {
		switch m := v.r.media[number]; {
		case m.Out == nil || *m.Out != b.Carried.Index:
			v.deny("out", []int64{b.Carried.Index}, "medium %s was not carried out by entry %d", number, b.Carried.Index)
		case m.Custodian != b.Carrier:
			v.deny("custodian", nil, "the custodian of medium %s is %s, not %s", number, m.Custodian, b.Carrier)
		}
	}
	if !b.Sealed {
		v.warn("seal", []int64{b.Carried.Index}, "the seal of %s was broken when it came back", join(a.Media))
	}
	return func() {
		for _, number := range a.Media {
			m := v.r.media[number]
			m.Out, m.Due, m.Counted, m.counted, m.MissingSince = nil, nil, a.At, v.e.Index, nil
			m.appendHistory(v.e, "brought back by %s, examined by %s%s", b.Carrier, join(append(a.Names("witness"), a.Names("secrecy")...)), details{}.add("condition %s", b.Condition).text())
		}
	}
}
