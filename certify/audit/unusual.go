package audit

import (
	"sort"
	"time"

	"rasure/certify/register"
	"rasure/cmd/message"
)

// Unusual is what breaks no rule, and what an auditor should look at.
type Unusual struct {
	Code    string       `json:"code"`
	Entries []int64      `json:"entries"` // that show it; the first ones
	Detail  message.Text `json:"detail"`
}

// Limits of what is usual. They are rasure's own choice: no text gives numbers.
const (
	quickApproval = 5 * time.Minute    // from an approval to the begin of the job
	pairShare     = 80                 // per cent of the witnessed jobs that one technician and one witness share
	pairLeast     = 5                  // of so many jobs at least
	failureLeast  = 2                  // jobs of one model that were not verified
	failureShare  = 20                 // per cent of the jobs of that model
	leftAfter     = 7 * 24 * time.Hour // since an erasure that nobody took up again
	nightBegins   = 22                 // hours of the station's zone
	nightEnds     = 6
	shownEntries  = 20
)

func (r *Report) unusual() []Unusual {
	all := []Unusual{}
	add := func(code string, entries []int64, detail message.Text) {
		if len(entries) > 0 {
			all = append(all, Unusual{code, entries[:min(len(entries), shownEntries)], detail})
		}
	}
	reg := r.State.Register
	quick, night, holidays := []int64{}, []int64{}, []int64{}
	for _, e := range reg.Jobs() {
		if at, ok := e.Approved(reg); ok && e.Began.Sub(at) < quickApproval {
			quick = append(quick, e.BeginIndex())
		}
		local := e.Local()
		switch {
		case holiday(local):
			holidays = append(holidays, e.BeginIndex())
		case local.Hour() >= nightBegins || local.Hour() < nightEnds:
			night = append(night, e.BeginIndex())
		}
	}
	add("quick-approval", quick, message.Of("%d job(s) began less than 5 minutes after they were approved", len(quick)))
	add("night", night, message.Of("%d job(s) began between 22:00 and 06:00", len(night)))
	add("holiday", holidays, message.Of("%d job(s) began on a Saturday, a Sunday or a holiday", len(holidays)))
	all = append(all, r.pairs()...)
	all = append(all, r.failures()...)
	if reg.Policy.Unregistered == "warn" {
		foreign := []int64{}
		for _, j := range r.Jobs {
			if !j.Registered {
				foreign = append(foreign, j.Begin)
			}
		}
		add("unregistered", foreign, message.Of("%d job(s) were of disks that are not in the register", len(foreign)))
	}
	left := r.left()
	add("left", left, message.Of("%d erasure(s) of classified media did not verify, and nobody has resumed or repeated them", len(left)))
	return append(all, r.uncounted()...)
}

// pairs finds a technician and a witness who share most jobs.
func (r *Report) pairs() (all []Unusual) {
	type pair struct{ technician, witness string }
	jobs, witnessed := map[pair][]int64{}, 0
	for _, j := range r.Jobs {
		if len(j.Witnesses) > 0 {
			witnessed++
		}
		for _, w := range j.Witnesses {
			p := pair{j.Operator, w}
			jobs[p] = append(jobs[p], j.Begin)
		}
	}
	for p, entries := range jobs {
		if witnessed >= pairLeast && 100*len(entries) > pairShare*witnessed {
			all = append(all, Unusual{"same-pair", entries[:min(len(entries), shownEntries)],
				message.Of("%s erased and %s witnessed %d of %d witnessed jobs", p.technician, p.witness, len(entries), witnessed)})
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Entries[0] < all[j].Entries[0] })
	return all
}

// failures finds models of disks whose jobs often do not verify.
func (r *Report) failures() (all []Unusual) {
	jobs, failed := map[string]int{}, map[string][]int64{}
	for _, j := range r.Jobs {
		if j.Certificate == nil || j.Model == "" {
			continue
		}
		if jobs[j.Model]++; j.Outcome != "verified" {
			failed[j.Model] = append(failed[j.Model], *j.Certificate)
		}
	}
	for _, model := range sortedKeys(failed) {
		if entries := failed[model]; len(entries) >= failureLeast && 100*len(entries) >= failureShare*jobs[model] {
			all = append(all, Unusual{"failures", entries[:min(len(entries), shownEntries)], message.Of("%d of %d job(s) of model %s did not verify", len(entries), jobs[model], model)})
		}
	}
	return all
}

// left are the newest jobs of classified media that did not verify, and that nobody took up for a week.
func (r *Report) left() (entries []int64) {
	newest := map[string]int64{}
	for _, j := range r.Jobs {
		newest[j.Medium] = j.Begin
	}
	for _, m := range r.Media {
		if !m.Active() || m.Class.Rank() < 1 || len(m.Erasures) == 0 {
			continue
		}
		if e := m.Erasures[len(m.Erasures)-1]; e.Outcome != "verified" && e.Outcome != "" && r.At.Sub(e.Ended) > leftAfter && newest[m.Number] == e.BeginIndex() {
			entries = append(entries, e.Entry.Index)
		}
	}
	return entries
}

// holiday reports whether nobody is expected to work on that day.
func holiday(local time.Time) bool {
	return local.Weekday() == time.Saturday || local.Weekday() == time.Sunday || register.Holiday(local) != ""
}

// uncounted finds times without any count that are longer than the policy has a medium wait for one.
func (r *Report) uncounted() []Unusual {
	reg := r.State.Register
	var last time.Time
	index, most, at := int64(0), time.Duration(0), int64(0)
	for a := range reg.Acts() {
		name := a.Name()
		if last.IsZero() && name == "registration" || name == "inventory" {
			if gap := a.At.Sub(last); !last.IsZero() && gap > most {
				most, at = gap, index
			}
			last, index = a.At, a.Index
		}
	}
	if gap := r.At.Sub(last); !last.IsZero() && gap > most {
		most, at = gap, index
	}
	days := int(most / (24 * time.Hour))
	if days <= reg.Policy.InventoryDays || last.IsZero() {
		return nil
	}
	return []Unusual{{"no-count", []int64{at}, message.Of("nothing was counted for %d days, from entry %d on", days, at)}}
}
