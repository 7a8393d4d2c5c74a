package register

import (
	"cmp"
	"sort"
	"time"

	"rasure/certify"
	"rasure/cmd/message"
)

// Task is something that somebody still has to do.
type Task struct {
	Kind     string       `json:"duty"`   // one word, for programs
	Medium   string       `json:"medium"` // its number; of a task "storage" that of the equipment
	Due      time.Time    `json:"due"`
	Overdue  bool         `json:"overdue"`
	Reminder bool         `json:"reminder"` // no rule is broken when it is not done
	Detail   message.Text `json:"detail"`
	Entries  []int64      `json:"entries"`

	Since int64 `json:"-"` // index of the entry from which it is due
}

// Tasks returns the open tasks, the earliest due first.
func (r *Register) Tasks(now time.Time) []Task {
	all := []Task{}
	add := func(kind, medium string, due time.Time, reminder bool, entries []int64, format string, args ...any) {
		t := Task{Kind: kind, Medium: medium, Due: due, Overdue: now.After(due), Reminder: reminder, Detail: message.Of(format, args...), Entries: entries}
		switch m := r.media[medium]; {
		case len(entries) > 0:
			t.Since = entries[0]
		case kind == "hand-in":
			t.Since = m.lent
		default:
			t.Since = m.counted
		}
		all = append(all, t)
	}
	r.tasksOfEquipment(add)
	for _, m := range r.media {
		switch {
		case m.Lost != nil && !m.reported:
			add("report-loss", m.Number, m.noticed.Add(24*time.Hour), false, []int64{*m.Lost}, "report its loss within 24 hours")
		case m.MissingSince != nil:
			add("missing", m.Number, m.noticed.Add(24*time.Hour), false, []int64{*m.MissingSince}, "it was missing from the count of %s, and no loss has been reported", m.Custodian)
		}
		if m.Away != nil && m.Due != nil {
			add("hand-in", m.Number, *m.Due, false, nil, "the organisation that has it has to give it back")
		}
		if !m.Active() {
			continue
		}
		r.tasksOf(m, now, add)
		switch {
		case m.Due != nil && m.Out != nil:
			add("hand-in", m.Number, *m.Due, false, []int64{*m.Out}, "%s has to bring it back and have it examined", m.Custodian)
		case m.Due != nil:
			add("hand-in", m.Number, *m.Due, false, nil, "%s has to hand it back", m.Custodian)
		}
		if due := r.daysAfter(m.Counted, r.Policy.InventoryDays); now.Add(days(r.Policy.ApprovalWarning)).After(due) {
			add("inventory", m.Number, due, false, nil, "count it again; it was last counted on %s", m.Counted.In(r.zone()).Format(time.DateOnly))
		}
		if start, err := time.Parse(time.DateOnly, m.InService); err == nil && m.LimitYears > 0 && m.MarkedOn == "" {
			if end := start.AddDate(m.LimitYears, 0, 0); now.After(end.AddDate(0, -6, 0)) {
				add("retention", m.Number, end, true, []int64{m.Registered}, "its retention limit of %d years ends: extend the limit or have the medium destroyed; its classification stays", m.LimitYears)
			}
		}
		if end, ok := m.limitEnds(r.zone()); ok && now.After(end.AddDate(0, -6, 0)) {
			add("retention", m.Number, end, true, []int64{m.stated}, "the limit of its classification ends on %s: extend the limit or have the medium destroyed", end.In(r.zone()).Format(time.DateOnly))
		}
		for _, a := range m.Approvals {
			if a.validAt(now) && now.Add(days(r.Policy.ApprovalWarning)).After(a.Until) {
				add("approval-ends", m.Number, a.Until, true, []int64{a.Entry.Index}, "the approval for %s (%s) ends", a.Technician, a.Purpose)
			}
		}
	}
	checked, erased := map[string]int{}, map[string]int{}
	for _, e := range r.erasures {
		if !e.verified() || e.Number == "" {
			continue
		}
		if n := e.witnesses - len(e.Witnesses); n > 0 {
			add("witness", e.Number, r.daysAfter(e.Ended, e.witnessDays), false, []int64{e.Entry.Index}, "%d witness signature(s) of the erasure are missing", n)
		}
		if e.signs && e.Result == "" {
			add("result", e.Number, r.daysAfter(e.Ended, e.witnessDays), false, []int64{e.Entry.Index}, "%s has to sign how the erasure went", e.Operator)
		}
		erased[e.Rule]++
		if e.Secondary {
			checked[e.Rule]++
		} else if e.secondary > 0 && 100*checked[e.Rule] < e.secondary*erased[e.Rule] {
			add("secondary-check", e.Number, r.daysAfter(e.Ended, e.secondaryDays), false, []int64{e.Entry.Index},
				"another person has to check it with another tool: rule %s demands that for %d %% of the erasures", e.Rule, e.secondary)
		}
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Medium, b.Medium), cmp.Compare(a.Kind, b.Kind)) < 0
	})
	return all
}

// MissingWitnesses returns how many witnesses of the erasure at index have not signed yet; 0 where index is not an erasure.
func (r *Register) MissingWitnesses(index int64) int {
	if index < 0 || index >= r.Size() || !certify.IsCertificate(r.records[index].kind) || r.records[index].erasure == nil {
		return 0
	}
	e := r.records[index].erasure
	return max(0, e.witnesses-len(e.Witnesses))
}
