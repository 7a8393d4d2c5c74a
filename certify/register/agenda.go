package register

import (
	"cmp"
	"slices"
	"time"
)

// Event is what the office has to do on a day, for some media or for all.
type Event struct {
	Kind  string    `json:"kind"` // of a task, or "check" for a fixed day of the policy
	Day   time.Time `json:"day"`
	Word  string    `json:"word,omitempty"` // of the fixed day
	Media []string  `json:"media"`          // none: all
}

// Agenda is what has to be done up to a day, by what the log says now: tasks by their days, when media have to be counted again, and the fixed days of the
// policy.
func (r *Register) Agenda(now, until time.Time) []Event {
	type key struct {
		kind string
		day  time.Time
	}
	zone, events := r.zone(), map[key]*Event{}
	add := func(kind, number string, at time.Time) {
		y, m, d := at.In(zone).Date()
		k := key{kind, time.Date(y, m, d, 0, 0, 0, 0, zone)}
		if at.After(until) {
			return
		}
		if events[k] == nil {
			events[k] = &Event{Kind: kind, Day: k.day, Media: []string{}}
		}
		if !slices.Contains(events[k].Media, number) {
			events[k].Media = append(events[k].Media, number)
		}
	}
	for _, t := range r.Tasks(now) {
		if t.Kind != "check" {
			add(t.Kind, t.Medium, t.Due)
		}
	}
	for _, m := range r.Media() {
		if m.Active() {
			add("inventory", m.Number, r.daysAfter(m.Counted, r.Policy.InventoryDays))
		}
	}
	all := []Event{}
	for _, e := range events {
		slices.SortFunc(e.Media, Natural)
		all = append(all, *e)
	}
	for _, word := range r.Policy.CheckBefore {
		for year := now.Year(); year <= until.Year(); year++ {
			if at, ok := fixedDay(word, year, zone); ok && !at.Before(now) && !at.After(until) {
				all = append(all, Event{"check", at, word, []string{}})
			}
		}
	}
	slices.SortFunc(all, func(a, b Event) int { return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Kind, b.Kind)) })
	return all
}
