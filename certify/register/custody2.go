package register

import (
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// checkHeld refuses media that the giver does not have.
func (v *verdict) checkHeld(a *certify.Declaration) {
	v.checkAway(a.Media)
	for _, number := range a.Media {
		m := v.r.media[number]
		switch {
		case m.Lost != nil:
			v.deny("lost", []int64{*m.Lost}, "medium %s is lost, by entry %d", number, *m.Lost)
		case m.Custodian != a.From:
			v.deny("custodian", nil, "the custodian of medium %s is %s, not %s", number, m.Custodian, a.From)
		}
	}
}

// checkApproved wants the approval that a handover names to be one of its media for what happens with them.
func (v *verdict) checkApproved(a *certify.Declaration, t *statement.Target) {
	if t == nil {
		return
	}
	for _, number := range a.Media {
		m := v.r.media[number]
		i := slices.IndexFunc(m.Approvals, func(p *Approval) bool { return p.Entry.Index == t.Index })
		switch {
		case i < 0:
			v.deny("approval", []int64{t.Index}, "entry %d is not an approval for medium %s", t.Index, number)
		case !m.Approvals[i].validAt(a.At):
			v.deny("approval", []int64{t.Index}, "the approval of medium %s, entry %d, is used up, was withdrawn, or ended on %s", number, t.Index, m.Approvals[i].Until.Format(time.RFC3339))
		}
	}
}

// sendAway records that another organisation has the media.
func (v *verdict) sendAway(a *certify.Declaration, to statement.Outside, due *time.Time, details message.Text) {
	for _, number := range a.Media {
		m := v.r.media[number]
		m.Away, m.Due, m.lent, m.MissingSince = &v.e.Index, due, v.e.Index, nil
		m.appendHistory(v.e, "handed over by %s to %s%s", a.From, to.Organisation, details)
	}
}

// handBack gives media back to the organisation that issued them.
func (v *verdict) handBack(a *certify.Declaration) func() {
	v.checkHeld(a)
	v.checkOut(a.Media)
	b := v.body().(*statement.Return)
	return func() {
		v.sendAway(a, b.Receiver, nil, details{}.add("receipt %s", b.Receipt).add("seal %s", b.Seal).text())
	}
}

// transfer moves media of a person who cannot hand them over.
func (v *verdict) transfer(a *certify.Declaration) func() {
	v.checkHeld(a)
	return func() {
		for _, number := range a.Media {
			m := v.r.media[number]
			m.Custodian, m.Due = a.To, nil
			m.appendHistory(v.e, "taken over by %s from %s: %s", a.To, a.From, a.Reason)
		}
	}
}

// found takes lost media back into the custody of who signs for it first.
func (v *verdict) found(a *certify.Declaration) func() {
	b := v.body().(*statement.Found)
	for _, number := range a.Media {
		if m := v.r.media[number]; m.Lost == nil || *m.Lost != b.Loss.Index {
			v.deny("lost", []int64{b.Loss.Index}, "medium %s is not lost by entry %d", number, b.Loss.Index)
		}
	}
	custodian := a.Names("custodian")[0]
	return func() {
		for _, number := range a.Media {
			m := v.r.media[number]
			m.Lost, m.Away, m.Custodian, m.Counted, m.counted = nil, nil, custodian, a.At, v.e.Index
			m.appendHistory(v.e, "found by %s: %s%s", custodian, b.Where, details{}.add("condition %s", b.Condition).text())
		}
	}
}

// report says that a loss or an incident was reported. A loss must be within 24 hours.
func (v *verdict) report(a *certify.Declaration) func() {
	b := v.body().(*statement.Report)
	if n := v.r.Policy.ReportReceivers; len(b.Receivers) < n {
		v.deny("report", nil, "the report goes to %d organisations, not to %d", n, len(b.Receivers))
	}
	first := b.Receivers[0].At
	for _, o := range b.Receivers {
		if o.At.Before(first) {
			first = o.At
		}
	}
	of := []*Medium{}
	if target := v.r.records[a.Entry.Index]; asV1(target.kind) == certify.KindLoss {
		for _, number := range target.act.Media {
			m := v.r.media[number]
			if of = append(of, m); first.After(m.noticed.Add(24*time.Hour)) && !target.at.After(m.noticed.Add(24*time.Hour)) && m.Lost != nil && *m.Lost == a.Entry.Index {
				v.warn("loss-24h", []int64{a.Entry.Index}, "the loss of %s was noticed on %s and reported more than 24 hours later", number, m.noticed.Format(time.RFC3339))
			}
		}
	}
	return func() {
		for _, m := range of {
			m.reported = m.reported || m.Lost != nil && *m.Lost == a.Entry.Index
			m.appendHistory(v.e, "loss, entry %d, reported to %s", a.Entry.Index, b.Receivers[0].Organisation)
		}
	}
}

// incident is recorded beside the media that it is about.
func (v *verdict) incident(a *certify.Declaration) func() {
	b := v.body().(*statement.Incident)
	return func() {
		for _, number := range a.Media {
			v.r.media[number].appendHistory(v.e, "incident %s: %s", word(b.Kind), b.Measures)
		}
	}
}
