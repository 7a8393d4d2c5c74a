// Package digest keeps of each station what pages count and list, so that a page does not read a log. It is derived from what was verified: without it
// a log is read again.
package digest

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"rasure/certify/audit"
)

// MaxListed is how many findings, media and disks are listed of a station. All of them are counted.
const MaxListed = 1000

// Digest is what an audit of a station found, at a time and up to an entry.
type Digest struct {
	Version  int           `json:"version"`
	At       time.Time     `json:"at"`
	Entries  int64         `json:"entries"`
	Root     string        `json:"root"` // of these entries, hex
	Days     []Day         `json:"days"` // with a certificate, the oldest first
	Models   []Model       `json:"models"`
	OpenJobs int           `json:"open_jobs"`
	Software []Software    `json:"software"` // that signed the newest certificates
	Findings List[Finding] `json:"findings"` // that are open

	CounterBy audit.Word            `json:"counter_by"`
	Bound     string                `json:"auth_policy,omitempty"` // of a bound key
	Enrolled  List[*audit.Enrolled] `json:"enrolments"`            // the newest first
	Booted    List[*audit.Booted]   `json:"boots"`                 // the newest first

	Unusual  []Remark     `json:"unusual"`
	Media    int          `json:"media"`    // in the register
	Watched  List[Medium] `json:"watched"`  // media that are not in the office, or not accounted for
	Unerased List[Disk]   `json:"unerased"` // disks whose last erasure at this station did not verify
}

// List has the first of many.
type List[T any] struct {
	Total int `json:"total"`
	First []T `json:"first"`
}

func listed[T any](all []T) List[T] {
	return List[T]{len(all), slices.Clip(append([]T{}, all[:min(len(all), MaxListed)]...))}
}

func newest[T any](all []T) List[T] {
	all = slices.Clone(all)
	slices.Reverse(all)
	return listed(all)
}

// Origin is the origin of the entry at an index. It is nil if an enrolment or a boot that is not listed may belong to it.
func (d *Digest) Origin(index int64) *audit.Origin {
	if n := len(d.Booted.First); d.Booted.Total > n && d.Booted.First[n-1].Index > index {
		return nil
	}
	if n := len(d.Enrolled.First); d.Enrolled.Total > n && d.Enrolled.First[n-1].Index >= index {
		return nil
	}
	enrolled, booted := slices.Clone(d.Enrolled.First), slices.Clone(d.Booted.First)
	slices.Reverse(enrolled) // in the order of the log
	slices.Reverse(booted)
	return audit.OriginOf(d.CounterBy, d.Bound, enrolled, booted, index)
}

// Counts are certificates by what they say.
type Counts struct {
	Verified   int `json:"verified"`
	Exceptions int `json:"completed_with_exceptions"`
	Other      int `json:"not_erased"` // failed, interrupted, unknown
}

// Sum is how many there are.
func (c Counts) Sum() int { return c.Verified + c.Exceptions + c.Other }

// Add adds others.
func (c *Counts) Add(o Counts) {
	c.Verified, c.Exceptions, c.Other = c.Verified+o.Verified, c.Exceptions+o.Exceptions, c.Other+o.Other
}

func (c *Counts) count(outcome string) {
	switch outcome {
	case "verified":
		c.Verified++
	case "completed-with-exceptions":
		c.Exceptions++
	default:
		c.Other++
	}
}

// Day counts the certificates of erasures that ended on a day of UTC.
type Day struct {
	Day string `json:"day"` // 2006-01-02
	Counts
}

// Model counts the certificates of disks of a model.
type Model struct {
	Model string `json:"model"`
	Counts
}

// Finding is what an audit objects to, and nobody has closed.
type Finding struct {
	Index  int64     `json:"index"`
	At     time.Time `json:"at"` // of the entry
	Rule   string    `json:"rule"`
	Medium string    `json:"medium,omitempty"`
	Detail Words     `json:"detail"`
}

// Remark is what breaks no rule and should be looked at.
type Remark struct {
	Code    string  `json:"code"`
	Entries []int64 `json:"entries"`
	Detail  Words   `json:"detail"`
}

// Disk is a disk that is not erased.
type Disk struct {
	Serial  string    `json:"serial"`
	Number  string    `json:"number,omitempty"`
	Model   string    `json:"model"`
	Outcome string    `json:"outcome"` // "open": the job has no certificate
	At      time.Time `json:"at"`
	Index   int64     `json:"index"` // of the certificate, or of the begin
}

// version is that of the file in which a digest is kept.
const version = 4

// Of makes the digest of an audited log.
func Of(r *audit.Report) *Digest {
	d := &Digest{Version: version, At: r.At, Entries: r.Entries, Root: hex.EncodeToString(r.State.Checkpoint.Root[:]), OpenJobs: len(r.OpenJobs), Media: len(r.Media)}
	d.jobs(r)
	findings := []Finding{}
	for _, p := range r.Problems {
		if p.Closed == nil {
			findings = append(findings, Finding{p.Index, r.State.Register.At(p.Index), p.Rule, p.Medium, WordsOf(p.Detail)})
		}
	}
	slices.Reverse(findings) // the newest first
	d.Findings = listed(findings)
	d.CounterBy, d.Bound = r.CounterBy, r.Bound
	d.Enrolled, d.Booted = newest(r.Enrolments), newest(r.Boots)
	d.Unusual = []Remark{}
	for _, u := range r.Unusual {
		d.Unusual = append(d.Unusual, Remark{u.Code, u.Entries, WordsOf(u.Detail)})
	}
	d.Watched = listed(watched(r))
	d.Unerased = listed(unerased(r))
	return d
}

// jobs counts certificates.
func (d *Digest) jobs(r *audit.Report) {
	days, models := map[string]*Counts{}, map[string]*Counts{}
	of := func(in map[string]*Counts, key string) *Counts {
		if in[key] == nil {
			in[key] = new(Counts)
		}
		return in[key]
	}
	for _, j := range r.Jobs {
		if j.Certificate == nil {
			continue
		}
		of(days, j.Ended.UTC().Format(time.DateOnly)).count(j.Outcome)
		of(models, strings.TrimSpace(j.Model)).count(j.Outcome)
	}
	d.Days, d.Models = []Day{}, []Model{}
	for day, c := range days {
		d.Days = append(d.Days, Day{day, *c})
	}
	for model, c := range models {
		d.Models = append(d.Models, Model{model, *c})
	}
	slices.SortFunc(d.Days, func(a, b Day) int { return cmp.Compare(a.Day, b.Day) })
	slices.SortFunc(d.Models, func(a, b Model) int { return cmp.Or(b.Sum()-a.Sum(), cmp.Compare(a.Model, b.Model)) })
	if len(d.Models) > MaxListed { // a hostile station can invent models
		rest := Model{}
		for _, m := range d.Models[MaxListed:] {
			rest.Add(m.Counts)
		}
		d.Models = append(d.Models[:MaxListed:MaxListed], rest)
	}
}

// unerased are the disks whose newest job here did not verify, the newest first. A medium that was destroyed needs no erasure.
func unerased(r *audit.Report) []Disk {
	newest, order := map[string]Disk{}, []string{}
	for i := len(r.Jobs) - 1; i >= 0; i-- {
		j := r.Jobs[i]
		key := cmp.Or(j.Medium, "\x00"+j.Serial)
		if _, ok := newest[key]; ok || j.Medium == "" && j.Serial == "" {
			continue
		}
		d := Disk{Serial: j.Serial, Number: j.Medium, Model: j.Model, Outcome: j.Outcome, At: j.Began, Index: j.Begin}
		if j.Certificate != nil {
			d.At, d.Index = *j.Ended, *j.Certificate
		}
		newest[key], order = d, append(order, key)
	}
	all := []Disk{}
	for _, key := range order {
		d := newest[key]
		if m := r.State.Register.Medium(d.Number); d.Outcome != "verified" && (d.Number == "" || m == nil || m.Destroyed == nil) {
			all = append(all, d)
		}
	}
	return all
}
