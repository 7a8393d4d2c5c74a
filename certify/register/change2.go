package register

import (
	"slices"
	"strconv"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
)

// setLimit sets until when the classification is kept.
func (m *Medium) setLimit(l *statement.Limit) {
	m.LimitYears, m.LimitMonths, m.LimitDay, m.LimitCondition = 0, 0, "", ""
	if l != nil {
		m.LimitYears, m.LimitMonths, m.LimitDay, m.LimitCondition = int(l.Years), int(l.Months), string(l.Day), l.Condition
	}
}

// limitIs reports whether a registration states the limit of the medium: the same words, from the same day where they count from one.
func (m *Medium) limitIs(b *statement.Registration) bool {
	var other Medium
	other.setLimit(b.Limit)
	return m.LimitYears == other.LimitYears && m.LimitMonths == other.LimitMonths && m.LimitDay == other.LimitDay && m.LimitCondition == other.LimitCondition &&
		(m.LimitYears+m.LimitMonths == 0 || m.MarkedOn == string(b.Marked))
}

// limitEnds is the last second of the limit of a medium of version 2, whose days are those of that zone; false if that hangs on a condition.
func (m *Medium) limitEnds(zone *time.Location) (time.Time, bool) {
	from, years, months := m.MarkedOn, m.LimitYears, m.LimitMonths
	if m.LimitDay != "" {
		from, years, months = m.LimitDay, 0, 0
	}
	day, err := time.ParseInLocation(time.DateOnly, from, zone)
	return lastSecond(day.AddDate(years, months, 0)), err == nil && (m.LimitDay != "" || years+months > 0)
}

// lapse withdraws the approvals of a medium that is another one now than those who approved saw.
func (m *Medium) lapse(index int64) {
	for _, p := range m.Approvals {
		if p.Used == nil && p.Withdrawn == nil {
			p.Withdrawn = &index
		}
	}
}

// reclassify gives media another classification, also a lower one: the law has a procedure for that, which a correction is not.
func (v *verdict) reclassify(a *certify.Declaration) func() {
	b := v.body().(*statement.Reclassify)
	for _, number := range a.Media {
		if certify.Class(b.To).Rank() > certify.Class(b.From).Rank() {
			v.checkPlace(number, certify.Class(b.To), v.r.media[number].Place)
		}
	}
	return func() {
		for _, number := range a.Media {
			m := v.r.media[number]
			m.Class, m.MarkedOn, m.stated = certify.Class(b.To), "", v.e.Index
			if b.Limit != nil {
				m.MarkedOn = b.At.Format(time.DateOnly)
			}
			m.setLimit(b.Limit)
			m.lapse(v.e.Index)
			m.appendHistory(v.e, "classification changed from %s to %s: %s", className(b.From), className(b.To), b.Basis)
		}
	}
}

// retype corrects the type of a medium, on which the rules rest by which it is erased.
func (v *verdict) retype(a *certify.Declaration) func() {
	b := v.body().(*statement.Retype)
	m := v.r.media[b.Medium.Number]
	for _, e := range v.r.jobs {
		if e.Number == m.Number {
			v.deny("retype", []int64{e.begun}, "an erasure of medium %s has begun, entry %d: its type can no longer be changed", m.Number, e.begun)
			break
		}
	}
	return func() {
		m.Type, m.stated = b.To, v.e.Index
		m.lapse(v.e.Index)
		m.appendHistory(v.e, "type changed from %s to %s: %s", word(b.From), word(b.To), b.Reason)
	}
}

// result is what the technician says of a job. That it went otherwise than its certificate says is a finding.
func (v *verdict) result(a *certify.Declaration) func() {
	b, proof := v.body().(*statement.Result), []int64{a.Entry.Index}
	e := v.r.records[a.Entry.Index].erasure
	if e == nil || e.Entry != *a.Entry {
		v.deny("not-in-log", proof, "entry %d is not a current certificate", a.Entry.Index)
		return nil
	}
	name := a.Names("technician")[0]
	if !slices.ContainsFunc(e.people, func(p Person) bool { return p.Role == "technician" && p.Name == name }) {
		v.deny("technician", proof, "%s did not run the job of entry %d", name, a.Entry.Index)
	}
	if b.Statement != "done" {
		v.warn("irregular", proof, "%s says of entry %d: %s %s", name, a.Entry.Index, b.Statement, b.Irregularity)
	}
	return func() {
		e.Result = b.Statement
		if m := v.r.media[e.Number]; m != nil {
			m.appendHistory(v.e, "result by %s: %s %s", name, word(b.Statement), b.Irregularity)
		}
	}
}

// correctFields are what a correction can change of a registration: clerical fields, of which no rule of an erasure depends but the serial number.
// Classification, limit and type have acts of their own.
var correctFields = map[string]struct {
	get func(*Medium) string
	set func(*Medium, string)
}{
	"asset":      {func(m *Medium) string { return m.Asset }, func(m *Medium, s string) { m.Asset = s }},
	"serial":     {func(m *Medium) string { return m.Serial }, func(m *Medium, s string) { m.Serial = s }},
	"model":      {func(m *Medium) string { return m.Model }, func(m *Medium, s string) { m.Model = s }},
	"maker":      {func(m *Medium) string { return m.Maker }, func(m *Medium, s string) { m.Maker = s }},
	"source":     {func(m *Medium) string { return m.Source }, func(m *Medium, s string) { m.Source = s }},
	"place":      {func(m *Medium) string { return m.Place }, func(m *Medium, s string) { m.Place = s }},
	"in_service": {func(m *Medium) string { return m.InService }, func(m *Medium, s string) { m.InService = s }},
	"size_bytes": {func(m *Medium) string {
		if m.Size == 0 {
			return ""
		}
		return strconv.FormatInt(m.Size, 10)
	}, func(m *Medium, s string) { m.Size, _ = strconv.ParseInt(s, 10, 64) }},
}

// ValueOf is the value of a field of a medium as a correction must state it; false if a correction cannot change that field.
func (r *Register) ValueOf(number, field string) (value string, ok bool) {
	m, f := r.media[number], correctFields[field]
	if m == nil || f.get == nil {
		return "", false
	}
	return statement.Sayable(f.get(m)), true
}

// changes corrects a registration, field by field.
func (v *verdict) changes(a *certify.Declaration, m *Medium) func() {
	b, proof := v.body().(*statement.Correction), []int64{a.Entry.Index}
	if m.Destroyed != nil {
		v.deny("destroyed", []int64{*m.Destroyed}, "medium %s was destroyed (entry %d)", m.Number, *m.Destroyed)
	}
	for _, c := range b.Changes {
		switch c.Field {
		case "place":
			v.checkPlace(m.Number, m.Class, c.New)
		case "asset":
			v.checkAsset(m.Number, c.New)
		}
		field, ok := correctFields[c.Field]
		switch {
		case !ok:
			v.deny("correction", proof, "%s cannot be corrected", c.Field)
			continue
		case statement.Sayable(field.get(m)) != c.Old:
			v.deny("stale", []int64{m.stated}, "the register of medium %s has %q as its %s, not %q", m.Number, field.get(m), c.Field, c.Old)
		case !wellFormed(c.Field, c.New):
			v.deny("correction", proof, "%q is no %s", c.New, c.Field)
		}
		if c.Field != "serial" {
			continue
		}
		if o := v.r.BySerial(c.New); c.New != "" && o != nil && o != m {
			v.deny("serial-taken", []int64{o.Registered}, "serial number %s belongs to medium %s (entry %d)", c.New, o.Number, o.Registered)
		}
		if len(m.Erasures) > 0 {
			v.deny("correction", proof, "medium %s was erased under its serial number %s, which can no longer be changed", m.Number, m.Serial)
		}
	}
	return func() {
		m.keep(v.e.Index)
		for _, c := range b.Changes {
			if c.Field == "serial" {
				v.r.renumber(m, c.New)
				m.lapse(v.e.Index)
			}
			if c.Field == "asset" && m.Asset != "" {
				m.Former = append(slices.Clone(m.Former), Former{m.Asset, v.e.Index})
			}
			correctFields[c.Field].set(m, c.New)
		}
		m.stated = v.e.Index
		m.appendHistory(v.e, "entry %d corrected: %s%s", a.Entry.Index, a.Reason, changed(b.Changes))
	}
}

// renumber makes the register find a medium by another serial number.
func (r *Register) renumber(m *Medium, serial string) {
	if r.serials[m.Serial] == m.Number {
		delete(r.serials, m.Serial)
	}
	if serial != "" {
		r.serials[serial] = m.Number
	}
}

// wellFormed reports whether a value can be that of a field. One that is absent can be.
func wellFormed(field, value string) bool {
	switch {
	case value == "":
		return field != "source" // a registration has one
	case field == "in_service":
		_, err := time.Parse(time.DateOnly, value)
		return err == nil
	case field == "size_bytes":
		n, err := strconv.ParseInt(value, 10, 64)
		return err == nil && n > 0 && n < 1<<53 && strconv.FormatInt(n, 10) == value
	}
	return true
}
