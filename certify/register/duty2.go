package register

import (
	"time"
)

// adder adds a task.
type adder func(kind, medium string, due time.Time, reminder bool, entries []int64, format string, args ...any)

// tasksOf are the tasks of a medium that somebody of the office has, by what the office demands besides its rules.
func (r *Register) tasksOf(m *Medium, now time.Time, add adder) {
	p := r.Policy
	if day, word, ok := r.fixedCheck(m, now); ok {
		add("check", m.Number, day, false, []int64{m.counted}, "count it before %s, at most %d days before", word, p.checkDays())
	}
	if e := m.unfinished(); e != nil {
		wait := p.UnfinishedDays
		if wait == 0 {
			wait = 7
		}
		add("unfinished", m.Number, e.Ended.Add(days(wait)), p.UnfinishedDays == 0, []int64{e.Entry.Index}, "its erasure ended as %s: resume it, erase it again, or have it destroyed", e.Outcome)
	}
	if k := p.keepOf(m.Class); k != nil && k.Days > 0 {
		since := max(m.lent, m.Registered)
		if due := r.At(since).Add(days(k.Days)); now.Add(days(p.ApprovalWarning)).After(due) {
			add("holding", m.Number, due, false, []int64{since}, "%s has had it for %d days: hand it over or have it destroyed", m.Custodian, k.Days)
		}
	}
}

// unfinished is the newest erasure of a medium if it did not verify; nil otherwise.
func (m *Medium) unfinished() *Erasure {
	if len(m.Erasures) == 0 {
		return nil
	}
	e := m.Erasures[len(m.Erasures)-1]
	if e.Outcome == "" || e.verified() {
		return nil
	}
	return e
}

// fixedCheck is the fixed day of the policy before which the medium still has to be counted, or had to be: the next one if it is near, or else the last one
// since it was registered. Days begin at midnight in the zone of the station.
func (r *Register) fixedCheck(m *Medium, now time.Time) (day time.Time, word string, open bool) {
	window := days(r.Policy.checkDays())
	for _, w := range r.Policy.CheckBefore {
		for year := now.Year() - 1; year <= now.Year()+1; year++ {
			at, ok := fixedDay(w, year, r.zone())
			switch {
			case !ok || at.After(now.Add(window)) || !at.After(r.At(m.Registered)):
			case !m.Counted.Before(at.Add(-window)): // counted for it, or later
			case !open || at.After(day):
				day, word, open = at, w, true
			}
		}
	}
	return day, word, open
}
