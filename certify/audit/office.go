package audit

import (
	"sort"
	"time"

	"rasure/certify"
	"rasure/certify/register"
)

// Office is what a log says of media and people.
type Office struct {
	Policy    certify.Policy       `json:"policy"`         // the rules that were applied
	Others    []OtherPolicy        `json:"other_policies"` // that certificates name
	Media     []Medium             `json:"media"`
	Tasks     []register.Task      `json:"duties"`
	Equipment []register.Equipment `json:"equipment"`
}

// Medium is a medium and its present status.
type Medium struct {
	*register.Medium
	Status string `json:"status"`
}

// OtherPolicy is a policy that certificates name.
type OtherPolicy struct {
	certify.Policy
	Certificates int64 `json:"certificates"`
}

func officeOf(r *register.Register, at time.Time) Office {
	o := Office{Policy: *r.Policy.Ref(), Others: []OtherPolicy{}, Media: []Medium{}, Tasks: r.Tasks(at), Equipment: r.Equipment()}
	for p, n := range r.Policies {
		if p.SHA256 != o.Policy.SHA256 {
			o.Others = append(o.Others, OtherPolicy{p, n})
		}
	}
	sort.Slice(o.Others, func(i, j int) bool { return o.Others[i].SHA256 < o.Others[j].SHA256 })
	for _, m := range r.Listed() {
		o.Media = append(o.Media, Medium{m, m.Status(at)})
	}
	return o
}

// Job is one job of the log, of a registered medium or of any other disk.
type Job struct {
	ID          string     `json:"id"`
	Begin       int64      `json:"begin"`
	Certificate *int64     `json:"certificate,omitempty"`
	Began       time.Time  `json:"began"`
	Ended       *time.Time `json:"ended,omitempty"`
	Operator    string     `json:"operator"`
	Serial      string     `json:"serial"`
	Model       string     `json:"model"`
	Registered  bool       `json:"registered"`
	Medium      string     `json:"medium,omitempty"`
	Outcome     string     `json:"outcome"` // "open" if there is no certificate
	Level       string     `json:"level_achieved,omitempty"`
	Approvers   []string   `json:"approvers"`
	Witnesses   []string   `json:"witnesses"`
	Decision    string     `json:"decision,omitempty"`
	Result      string     `json:"result,omitempty"`
	Alone       bool       `json:"alone"` // nobody but the operator has signed anything about it
}

func jobOf(e *register.Erasure) Job {
	j := Job{ID: e.ID, Begin: e.BeginIndex(), Began: e.Began, Operator: e.Operator, Serial: e.Serial, Model: e.Model, Registered: e.Number != "", Medium: e.Number, Outcome: "open",
		Level: e.Level, Approvers: append([]string{}, e.Approvers...), Witnesses: append([]string{}, e.Witnesses...), Decision: e.Decision, Result: e.Result}
	j.Alone = len(j.Approvers)+len(j.Witnesses) == 0 && j.Decision == ""
	if e.Outcome != "" {
		j.Outcome, j.Certificate, j.Ended = e.Outcome, &e.Entry.Index, &e.Ended
	}
	return j
}

// Approved is one approval: who allowed what, for which media, and which of them were treated under it.
type Approved struct {
	Index      int64     `json:"index"`
	At         time.Time `json:"at"`
	Purpose    string    `json:"purpose"`
	Media      []string  `json:"media"`
	Approvers  []string  `json:"approvers"`
	Technician string    `json:"technician"`
	Until      time.Time `json:"until"`
	Used       []int64   `json:"used_by"` // entries
	Withdrawn  bool      `json:"withdrawn"`
}

// Worker is what one person has signed, or done as an operator.
type Worker struct {
	Person string           `json:"person"`
	Acts   map[string]int64 `json:"acts"` // by role
	Jobs   int64            `json:"jobs"`
	Alone  int64            `json:"jobs_alone"`
	Last   time.Time        `json:"last"`
}

// Detailed is what an auditor asks about an office.
type Detailed struct {
	Jobs      []Job      `json:"jobs"`
	Approvals []Approved `json:"approvals"`
	People    []Worker   `json:"people"`
	Unusual   []Unusual  `json:"unusual"` // breaks no rule, and should be looked at
	Summary   Summary    `json:"summary"`
}

func (r *Report) detail() {
	reg := r.State.Register
	d := Detailed{Jobs: []Job{}, Approvals: approvalsOf(reg), People: []Worker{}}
	for _, e := range reg.Jobs() {
		d.Jobs = append(d.Jobs, jobOf(e))
	}
	d.People = workersOf(reg, d.Jobs)
	r.Detailed = d
	r.Unusual = r.unusual()
	r.Summary = r.summary()
}

func approvalsOf(reg *register.Register) []Approved {
	byIndex := map[int64]*Approved{}
	for _, m := range reg.Listed() {
		for _, a := range m.Approvals {
			p := byIndex[a.Entry.Index]
			if p == nil {
				p = &Approved{Index: a.Entry.Index, At: reg.At(a.Entry.Index), Purpose: a.Purpose, Approvers: append([]string{}, a.Approvers()...), Technician: a.Technician, Until: a.Until, Used: []int64{}, Withdrawn: true}
				byIndex[a.Entry.Index] = p
			}
			p.Media = append(p.Media, m.Number)
			p.Withdrawn = p.Withdrawn && a.Withdrawn != nil
			if a.Used != nil {
				p.Used = append(p.Used, *a.Used)
			}
		}
	}
	all := []Approved{}
	for _, p := range byIndex {
		all = append(all, *p)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Index < all[j].Index })
	return all
}

func workersOf(reg *register.Register, jobs []Job) []Worker {
	byName := map[string]*Worker{}
	of := func(name string, at time.Time) *Worker {
		w := byName[name]
		if w == nil {
			w = &Worker{Person: name, Acts: map[string]int64{}}
			byName[name] = w
		}
		if at.After(w.Last) {
			w.Last = at
		}
		return w
	}
	for a := range reg.Acts() {
		for _, p := range a.By {
			of(p.Name, a.At).Acts[p.Role]++
		}
	}
	for _, j := range jobs {
		w := of(j.Operator, j.Began)
		if w.Jobs++; j.Alone {
			w.Alone++
		}
	}
	all := []Worker{}
	for _, name := range sortedKeys(byName) {
		all = append(all, *byName[name])
	}
	return all
}
