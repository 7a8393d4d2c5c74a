package register

import (
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
)

// A medium leaves the hands of its custodian for a purpose: it is borrowed, carried, sent, taken abroad, repaired or copied. A rule of the policy says
// who must approve that, how many escort it, by which channel, and for how long.

// trips are the purposes for which a medium is out of the office.
var trips = []string{"carry", "send", "abroad", "repair"}

// checkTrip applies the rules for what an approval states besides its media.
func (v *verdict) checkTrip(b *statement.Approval) {
	for _, number := range v.e.Act.Media {
		m := v.r.media[number]
		if m == nil {
			continue
		}
		// What is carried stays with its custodian, for whom the approval is.
		if v.r.Policy.ThreePeople && !slices.Contains(carried, b.Purpose) && b.Technician == m.Custodian {
			v.deny("three-people", []int64{m.Registered}, "%s is the custodian of medium %s, and may not be its technician", b.Technician, m.Number)
		}
		rule := v.r.Policy.Rule(m.Class, b.Purpose, m.Type)
		if rule == nil || slices.Contains(certify.Purposes, b.Purpose) {
			continue
		}
		switch {
		case rule.Days > 0 && b.Until.Sub(b.From) > days(rule.Days):
			v.deny(rule.ID, nil, "medium %s: an approval for %s is for %d days at most", m.Number, word(b.Purpose), rule.Days)
		case rule.Permit && b.Permit == "":
			v.deny(rule.ID, nil, "medium %s: an approval for %s names the permit of the authority", m.Number, word(b.Purpose))
		case slices.Contains([]string{"carry", "send", "abroad"}, b.Purpose) && len(b.Escorts) < rule.Escorts:
			v.deny(rule.ID, nil, "medium %s needs %d escorts, not %d", m.Number, rule.Escorts, len(b.Escorts))
		case b.Purpose == "copy" && b.Copies == 0:
			v.deny(rule.ID, nil, "an approval for copy says how many copies")
		}
		v.checkChannel(rule, m, b.Channel, b.Purpose == "send")
	}
}

// checkChannel refuses a channel that the rule does not have. needed: there must be one.
func (v *verdict) checkChannel(rule *Rule, m *Medium, channel string, needed bool) {
	if len(rule.Channels) > 0 && (needed || channel != "") && !slices.Contains(rule.Channels, channel) {
		v.deny(rule.ID, nil, "medium %s (%s) is sent by %s, not by %q", m.Number, className(m.Class), wordList(rule.Channels), word(channel))
	}
}

// checkLoan applies the rules for a handover that names an approval, or that would need one: to another organisation, or for a time.
func (v *verdict) checkLoan(a *certify.Declaration, b *statement.Handover) {
	for _, number := range a.Media {
		m := v.r.media[number]
		if m == nil {
			continue
		}
		if b.To != "" && len(m.Holders) > 0 && !slices.Contains(m.Holders, b.To) {
			v.deny("holders", []int64{m.stated}, "%s is not among those who may have medium %s", b.To, number)
		}
		p := m.approvalOf(b.Approval)
		if p == nil {
			v.checkUnapproved(m, b)
			continue
		}
		if p.Purpose == "borrow" && b.To != "" {
			v.checkFor(p, b.To, number)
		}
		rule := v.r.Policy.Rule(m.Class, p.Purpose, m.Type)
		if rule == nil || slices.Contains(certify.Purposes, p.Purpose) {
			continue
		}
		if n := v.escorting(a, b); n < rule.Escorts {
			v.deny(rule.ID, nil, "medium %s needs %d escorts who sign as witnesses, not %d", number, rule.Escorts, n)
		}
		v.checkChannel(rule, m, b.Channel, b.Receiver != nil)
		if rule.SameDay && p.Purpose == "borrow" && (b.Due == nil || b.Due.After(v.r.daysAfter(a.At, 0))) {
			v.deny(rule.ID, nil, "medium %s (%s) is given back on the day on which it was borrowed", number, className(m.Class))
		}
		if b.Due == nil && rule.Days > 0 && p.Purpose != "send" {
			v.deny(rule.ID, nil, "medium %s: a handover for %s says when it is given back", number, word(p.Purpose))
		} else if b.Due != nil && b.Due.After(p.Until) {
			v.deny(rule.ID, []int64{p.Entry.Index}, "medium %s is to be given back after its approval ends, %s", number, p.Until.Format(time.RFC3339))
		}
	}
}

// checkFor refuses what was approved for another person.
func (v *verdict) checkFor(p *Approval, person, number string) {
	if p.Technician != person {
		v.deny("approval", []int64{p.Entry.Index}, "the approval of medium %s, entry %d, is for %s, not for %s", number, p.Entry.Index, p.Technician, person)
	}
}

// checkUnapproved refuses a handover without an approval if the policy has a rule that wants approvers for it.
func (v *verdict) checkUnapproved(m *Medium, b *statement.Handover) {
	purposes := []string{}
	switch {
	case b.Receiver != nil:
		purposes = trips
	case b.Due != nil:
		purposes = []string{"borrow"}
	}
	for _, purpose := range purposes {
		if rule := v.r.Policy.namedRule(m.Class, purpose, m.Type); rule != nil && rule.Approvers > 0 {
			v.deny("no-approval", []int64{m.Registered}, "medium %s (%s) leaves its custodian only with an approval, which the handover names", m.Number, className(m.Class))
			return
		}
	}
}

// namedRule is [Policy.Rule] without the rules that fit every purpose: an office that wrote none for this one has not decided about it.
func (p *Policy) namedRule(class certify.Class, purpose, kind string) *Rule {
	if rule := p.Rule(class, purpose, kind); rule != nil && len(rule.Purpose) > 0 {
		return rule
	}
	return nil
}

// escorting are the escorts of a handover who sign it.
func (v *verdict) escorting(a *certify.Declaration, b *statement.Handover) (n int) {
	for _, name := range b.Escorts {
		if slices.Contains(a.Names("witness"), name) {
			n++
		}
	}
	return n
}

func (m *Medium) approvalOf(t *statement.Target) *Approval {
	if t == nil {
		return nil
	}
	if i := slices.IndexFunc(m.Approvals, func(p *Approval) bool { return p.Entry.Index == t.Index }); i >= 0 {
		return m.Approvals[i]
	}
	return nil
}

// use uses an approval for a purpose other than an erasure up.
func (m *Medium) use(t *statement.Target, index int64) {
	if p := m.approvalOf(t); p != nil && !p.erases() {
		p.Used = &index
	}
}

// checkCopy returns the approval under which a copy is registered; nil if it is no copy, or needs none.
func (v *verdict) checkCopy(b *statement.Registration) *Approval {
	if b == nil || b.CopyOf == "" {
		return nil
	}
	m := v.r.Medium(b.CopyOf)
	switch {
	case m == nil:
		v.deny("unknown-medium", nil, "medium %s is not in the register", b.CopyOf)
		return nil
	case certify.Class(b.Classification).Rank() < m.Class.Rank():
		v.deny("copy", []int64{m.Registered}, "a copy of medium %s is %s, as the medium, or above", m.Number, className(m.Class))
	}
	if v.r.Policy.CopyLimit && !m.limitIs(b) {
		v.deny("copy", []int64{m.stated}, "the limit of a copy is that of its medium, %s", m.Number)
	}
	if rule := v.r.Policy.namedRule(m.Class, "copy", m.Type); rule == nil || rule.Approvers == 0 {
		return nil
	}
	for _, p := range m.Approvals {
		if p.Purpose == "copy" && p.validAt(b.At) && p.Copied < p.Copies {
			return p
		}
	}
	v.deny("copy", []int64{m.Registered}, "no approval is left for another copy of medium %s", m.Number)
	return nil
}

// copied counts a copy against the approval.
func (a *Approval) copied(index int64) {
	if a == nil {
		return
	}
	if a.Copied++; a.Copied >= a.Copies {
		a.Used = &index
	}
}

// OutOfOffice reports whether a medium is out of the office: with another organisation, or carried.
func (m *Medium) OutOfOffice() bool {
	return m.Active() && m.Out != nil || m.Away != nil
}
