package register

import (
	"cmp"
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Person is somebody whose signature on a statement is valid, by the roster in force.
type Person struct {
	Role, Name, Key string
	Hardware        bool // the key is in hardware, by its type
	Trained         bool // by the roster, on the day of the signature
}

// Entry is one entry of the log, with what is known of the signatures on it.
type Entry struct {
	Index int64
	certify.Entry
	By  []Person // whose signatures are valid; of what people sign only
	Bad []error  // why the other signatures are not

	Threshold int // how many roots the roster in force demands
}

// Violation is a broken rule and the entries that prove it.
type Violation struct {
	Index   int64        `json:"index"` // of the entry that breaks it
	Rule    string       `json:"rule"`  // one word, for programs
	Detail  message.Text `json:"detail"`
	Entries []int64      `json:"entries"` // others that prove it

	// In a log of version 2 an audit fills these.
	Medium  string  `json:"medium,omitempty"`  // number of the medium that it is about
	Finding string  `json:"finding,omitempty"` // its identity, by which it can be closed
	Closed  *Closed `json:"closed,omitempty"`

	hint message.Text // what would satisfy the rule; zero if nothing is known
}

// Medium is what the log says of one medium.
type Medium struct {
	Number         string        `json:"number"`
	Class          certify.Class `json:"classification"`
	Type           string        `json:"type"`
	Asset          string        `json:"asset"`
	Former         []Former      `json:"former_devices,omitempty"` // by corrections of the asset
	Serial         string        `json:"serial"`
	Model          string        `json:"model"`
	Source         string        `json:"source"`
	Custodian      string        `json:"custodian"` // who has it now
	Due            *time.Time    `json:"due,omitempty"`
	Maker          string        `json:"maker,omitempty"`
	Size           int64         `json:"size_bytes,omitempty"`
	LimitYears     int           `json:"limit_years,omitempty"`
	LimitCondition string        `json:"limit_condition,omitempty"`
	LimitMonths    int           `json:"limit_months,omitempty"` // as those below, of version 2 only
	LimitDay       string        `json:"limit_day,omitempty"`
	MarkedOn       string        `json:"marked_on,omitempty"` // the limit counts from then
	Place          string        `json:"place,omitempty"`
	Holders        []string      `json:"holders,omitempty"` // who may have it; none: anybody
	CopyOf         string        `json:"copy_of,omitempty"`
	InService      string        `json:"in_service,omitempty"`
	Approvals      []*Approval   `json:"approvals"`
	Erasures       []*Erasure    `json:"erasures"`
	Registered     int64         `json:"registered"` // index of an entry, as all of these
	Destroyed      *int64        `json:"destroyed,omitempty"`
	Lost           *int64        `json:"lost,omitempty"`
	MissingSince   *int64        `json:"missing_since,omitempty"`
	Away           *int64        `json:"away,omitempty"` // another organisation has it
	Out            *int64        `json:"out,omitempty"`  // its custodian carries it outside of the office
	Counted        time.Time     `json:"counted"`        // at the last inventory, or when it was registered
	Trail          []Step        `json:"trail"`

	noticed  time.Time
	reported bool
	stated   int64 // index of the newest entry that states its particulars
	counted  int64 // of the one from which Counted is
	lent     int64 // of the one from which Due is

	before *Medium // without its lists, as it was before the newest act of version 2 about it
	newest int64   // index of that
}

// Step is one entry in the life of a medium.
type Step struct {
	Index int64        `json:"index"`
	At    time.Time    `json:"at"`
	Event message.Text `json:"says"`
}

// Approval is what one entry allows.
type Approval struct {
	Entry      certify.EntryRef `json:"entry"`
	Purpose    string           `json:"purpose"`
	Technician string           `json:"technician"`
	From       time.Time        `json:"from"`
	Until      time.Time        `json:"until"`
	Used       *int64           `json:"used,omitempty"` // by which entry, for this medium
	Withdrawn  *int64           `json:"withdrawn,omitempty"`
	Copies     int64            `json:"copies,omitempty"` // that it allows
	Copied     int64            `json:"copied,omitempty"` // that are registered

	by []Person
}

// InForce returns the newest approval of an erasure that is valid; nil if there is none.
func (m *Medium) InForce(now time.Time) *Approval {
	for _, a := range slices.Backward(m.Approvals) {
		if a.erases() && a.validAt(now) {
			return a
		}
	}
	return nil
}

// Approvers returns the names of those who signed the approval.
func (a *Approval) Approvers() (names []string) {
	for _, p := range a.by {
		names = append(names, p.Name)
	}
	return names
}

// Erasure is one job on a medium.
type Erasure struct {
	Entry     certify.EntryRef `json:"entry"`
	ID        string           `json:"id"`
	Number    string           `json:"number"` // "" for a disk in no register
	Rule      string           `json:"rule"`   // "" where the policy has none
	Outcome   string           `json:"outcome"`
	Level     string           `json:"level_achieved"`
	Operator  string           `json:"operator"`
	Ended     time.Time        `json:"ended"`
	Witnesses []string         `json:"witnesses"`
	Decision  string           `json:"decision"`  // of the last validation
	Secondary bool             `json:"secondary"` // checked by another person with another tool
	Serial    string           `json:"serial"`    // of the disk, as it reported it
	Model     string           `json:"model"`
	Began     time.Time        `json:"began"`
	Approvers []string         `json:"approvers"`
	Result    string           `json:"result,omitempty"` // what the technician says of it: "done" "not-done" "irregular"
	Saw       []Seen           `json:"saw"`              // by the witnesses, in their words

	health    string            // of the drive after it; "" if it was not asked
	signs     bool              // the technician signs the result
	offset    int64             // of the station's zone in minutes, east of UTC, when it began
	begun     int64             // index of its begin
	approval  *certify.EntryRef // that the begin names
	purpose   string            // that the begin names
	witnesses int               // demanded, as all of these by the rules that were in force when the job began
	secondary int               // per cent
	demanded  string            // level
	people    []Person

	witnessDays, secondaryDays int
}

// Seen is what a witness says.
type Seen struct {
	Entry   int64  `json:"entry"`
	Witness string `json:"witness"`
	Present string `json:"present,omitempty"` // "all" "begin-and-end" "end-only", in version 2
	Words   string `json:"words"`
}

// BeginIndex is the entry with which the job began.
func (e *Erasure) BeginIndex() int64 { return e.begun }

// Local is when the job began, in the zone of the station.
func (e *Erasure) Local() time.Time { return e.Began.In(time.FixedZone("", int(e.offset)*60)) }

// Jobs returns every job that began, in the order of the log, also of disks that are not registered. One without a certificate has no Outcome.
func (r *Register) Jobs() []*Erasure {
	all := make([]*Erasure, 0, len(r.jobs))
	for _, e := range r.jobs {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *Erasure) int { return cmp.Compare(a.begun, b.begun) })
	return all
}

// record is what is kept of every entry, so that others can refer to it.
type record struct {
	ref       certify.EntryRef
	text      [32]byte // SHA-256 of the text, by which version 2 refers to it
	about     *about   // nil where it says none of this
	floor     int64    // newest time of the log up to here, in seconds: see [Register.floorOf]
	named     bool     // by a later entry of version 2
	kind      certify.Kind
	at        time.Time
	act       *certify.Declaration
	by        []Person
	erasure   *Erasure
	refused   bool
	withdrawn bool
	copied    bool // of an earlier statement
}

// Register is the log, folded.
type Register struct {
	Policy     *Policy
	Violations []Violation
	Policies   map[certify.Policy]int64 // certificates by the rules they name

	now      time.Time
	media    map[string]*Medium
	keys     map[string]string // number by its key
	lengths  map[int]bool      // of the keys that there were
	serials  map[string]string // number by serial
	records  []record
	ids      map[string]int64
	sums     map[string]int64
	jobs     map[string]*Erasure // by id, from the begin on
	erasures []*Erasure
	clock    time.Time // the newest time that the station has stated

	given    *Policy   // by New
	policies []enacted // by the log
	lists    []listing // in the order of the log
	closed   map[statement.Hash]Closed
	recounts []Recount
	offset   int64  // of the station's zone in minutes, by its newest statement: days end at 24:00 there
	zoned    bool   // the log states the zone: it has a statement of version 2 by the station
	retired  *int64 // the entry that ends the log
	alone    bool   // the station ended it, and no other log continues it

	equipment map[string]Equipment // by the key of its number
}

// New returns an empty register. A statement dated after now is refused; a zero now allows any date.
func New(p *Policy, now time.Time) *Register {
	return &Register{Policy: p, given: p, now: now, closed: map[statement.Hash]Closed{}, Policies: map[certify.Policy]int64{}, media: map[string]*Medium{}, keys: map[string]string{}, lengths: map[int]bool{}, serials: map[string]string{}, ids: map[string]int64{},
		sums: map[string]int64{}, jobs: map[string]*Erasure{}, equipment: map[string]Equipment{}}
}

// zone is that of the station.
func (r *Register) zone() *time.Location { return time.FixedZone("", int(r.offset)*60) }

// daysAfter is when so many days are over: at 24:00 of the last one where the station is. A log of version 1 states no zone, and counts 24
// hours a day.
func (r *Register) daysAfter(at time.Time, n int) time.Time {
	if !r.zoned {
		return at.Add(days(n))
	}
	y, m, d := at.In(r.zone()).Date()
	return lastSecond(time.Date(y, m, d+n, 0, 0, 0, 0, r.zone()))
}

// lastDay is the last day before a time, as the station counts days: 24:00 is of the day that it ends. Version 1 states no zone.
func (r *Register) lastDay(until time.Time) string {
	if r.zoned {
		until = until.Add(-time.Second)
	}
	return until.In(r.zone()).Format(time.DateOnly)
}

// lastSecond is the last second of the day that begins then: a time that is still shown as of that day.
func lastSecond(day time.Time) time.Time { return day.AddDate(0, 0, 1).Add(-time.Second).UTC() }

// Size is the number of entries so far.
func (r *Register) Size() int64 { return int64(len(r.records)) }

// Medium returns the medium with that number, however its letters and digits are typed, or nil.
func (r *Register) Medium(number string) *Medium {
	if m := r.media[number]; m != nil {
		return m
	}
	return r.media[r.keys[statement.NumberKey(number)]]
}

// BySerial returns the medium with that serial number on its label, or nil.
func (r *Register) BySerial(serial string) *Medium { return r.media[r.serials[serial]] }

// Media returns all media, sorted by number.
func (r *Register) Media() []*Medium {
	all := make([]*Medium, 0, len(r.media))
	for _, m := range r.media {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *Medium) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

// Ref returns how a statement refers to an entry.
func (r *Register) Ref(index int64) (certify.EntryRef, bool) {
	if index < 0 || index >= r.Size() {
		return certify.EntryRef{}, false
	}
	return r.records[index].ref, true
}

// Active reports whether somebody of the office has the medium: it is neither destroyed nor lost, and not with another organisation.
func (m *Medium) Active() bool { return m.Destroyed == nil && m.Lost == nil && m.Away == nil }

// Status is one word for what matters most: "destroyed" "lost" "away" "carried" "missing" "approved" "erased" "registered".
func (m *Medium) Status(now time.Time) string {
	switch {
	case m.Destroyed != nil:
		return "destroyed"
	case m.Lost != nil:
		return "lost"
	case m.Away != nil:
		return "away"
	case m.Out != nil:
		return "carried"
	case m.MissingSince != nil:
		return "missing"
	case slices.ContainsFunc(m.Approvals, func(a *Approval) bool { return a.validAt(now) }):
		return "approved"
	case slices.ContainsFunc(m.Erasures, func(e *Erasure) bool { return e.verified() }):
		return "erased"
	}
	return "registered"
}

func (a *Approval) validAt(at time.Time) bool {
	return a.Used == nil && a.Withdrawn == nil && !at.After(a.Until) && !at.Before(a.From)
}

// erases reports whether the approval is for an erasure, or for a destruction, before which a medium may be erased.
func (a *Approval) erases() bool { return slices.Contains(certify.Purposes, a.Purpose) }

func (e *Erasure) verified() bool { return e.Outcome == "verified" }

// Check returns the rules that refuse the entry, which must be the next one.
func (r *Register) Check(e Entry) []Violation {
	refuse, _, _ := r.judge(r.unfold(e), e.Entry.Refer(e.Index))
	return refuse
}

// Add folds the next entry. A declaration that a rule refuses changes nothing but the list of violations. What the station did is
// recorded even against a rule: it happened.
func (r *Register) Add(e Entry) {
	e = r.unfold(e)
	ref := e.Entry.Refer(e.Index)
	refuse, remark, apply := r.judge(e, ref)
	r.Violations = append(append(r.Violations, refuse...), remark...)
	rec := recordOf(e, ref)
	rec.act, rec.by, rec.refused = e.Act, e.By, len(refuse) > 0
	rec.floor = r.floorOf(e, rec)
	r.records = append(r.records, rec)
	if _, ok := r.sums[ref.SHA256]; !ok {
		r.sums[ref.SHA256] = e.Index
	}
	if e.Act != nil && e.Statement == nil && !rec.refused {
		r.ids[e.Act.ID] = e.Index
	}
	if !e.ByPeople() && rec.at.After(r.clock) {
		r.clock = rec.at
	}
	if e.Statement != nil && !e.ByPeople() {
		r.offset, r.zoned = e.Statement.Station().Clock.Offset, true
		if l, ok := e.Statement.Body.(*statement.List); ok {
			r.lists = append(r.lists, listing{e.Index, l})
		}
	}
	if apply != nil && (e.Act == nil || !rec.refused) {
		apply()
	}
	if e.Act == nil || !rec.refused {
		for _, named := range e.Named().Refs {
			if named.Index < e.Index {
				r.records[named.Index].named = true
			}
		}
	}
}

// AddCopy folds an entry that is the same statement as an earlier one. It changes nothing, and no statement can refer to it.
func (r *Register) AddCopy(e Entry) {
	rec := recordOf(e, e.Entry.Refer(e.Index))
	rec.refused, rec.copied = true, true
	rec.floor = r.floorOf(e, rec)
	r.records = append(r.records, rec)
}

func (m *Medium) appendHistory(e Entry, format string, args ...any) {
	m.Trail = append(m.Trail, Step{e.Index, e.Stated(), message.Of(format, args...)})
}
