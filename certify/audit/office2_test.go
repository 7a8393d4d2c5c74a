package audit

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/certify/statement"
)

// office2 is an office whose log begins with version 2. Every statement is an hour younger than the one before.
type office2 struct {
	annex statement.Hash // of the next certificate
	*testLog
	people map[string]person
	clock  time.Time
	policy string
}

// staff has the roles of each person. wang is the technician, whom the jobs name.
var staff = map[string]string{"chief": "roster", "deputy": "roster", "li": "approve", "he": "approve", "lan": "secrecy", "zhao": "custodian", "qian": "custodian", "sun": "witness", "zhou": "witness",
	"chen": "validate", "wang": "technician", "liu": "audit", "wu": "custodian,approve,secrecy"}

func newOffice2(t testing.TB) *office2 { return emptyOffice2(t, newLog(t), nil).with() }

// with is the office with its first roster.
func (o *office2) with() *office2 {
	o.Helper()
	o.add(o.roster(1, nil))
	return o
}

// emptyOffice2 has the station of old in a log of its own, and no roster yet. edit changes the station statement.
func emptyOffice2(t testing.TB, old *testLog, edit func(*statement.StationStatement)) *office2 {
	t.Helper()
	o := &office2{people: map[string]person{}, clock: start}
	for _, name := range sortedKeys(staff) {
		o.people[name] = newPerson(t, name, rolesOf(name))
	}
	card := old.station2(func(s *statement.StationStatement) {
		s.Log, s.Replaces, s.From = statement.Head{Origin: s.Log.Origin}, nil, 0
		if edit != nil {
			edit(s)
		}
	})
	o.testLog = old.again(t)
	o.card = card
	o.add(card)
	return o
}

func rolesOf(name string) string { return "rasure-" + strings.ReplaceAll(staff[name], ",", ",rasure-") }

func (o *office2) tick() time.Time { o.clock = o.clock.Add(time.Hour); return o.clock }

// roots are the lines of persons.
func (o *office2) roots(names ...string) (lines []string) {
	for _, n := range names {
		lines = append(lines, o.people[n].line.String())
	}
	return lines
}

// roster is one with all the staff, signed by chief and deputy.
func (o *office2) roster(number int64, edit func(*statement.Roster)) []byte {
	o.Helper()
	r := o.rosterBody(number)
	if edit != nil {
		edit(r)
	}
	return o.sign2(r)
}

func (o *office2) rosterBody(number int64) *statement.Roster {
	o.Helper()
	r := &statement.Roster{Act: o.act("roster chief roster deputy"), Number: number, Threshold: 2}
	for _, name := range slices.Sorted(maps.Keys(o.people)) {
		if staff[name] == "roster" {
			r.Roots = append(r.Roots, o.roots(name)...)
		} else if name == o.people[name].line.Principal {
			r.People = append(r.People, statement.RosterPerson{Person: name, Keys: o.roots(name)})
		}
	}
	return r
}

// act is the beginning of an act by "role name ...", who have seen the log as it is.
func (o *office2) act(signers string) statement.Act {
	o.Helper()
	a := statement.Act{ID: o.ulid(), Log: o.headNow(), At: o.tick()}
	for words := strings.Fields(signers); len(words) > 0; words = words[2:] {
		a.Signers = append(a.Signers, statement.Signer{Role: words[0], Person: words[1]})
	}
	return a
}

// sign2 writes an act and signs it by all whom it names, or by others, "role name ...", in their place.
func (o *office2) sign2(body statement.Body, by ...string) []byte {
	o.Helper()
	s := statement.Statement{Body: body}
	s.Act().Says = statement.SayingOf(body).String()
	text, err := statement.Write(body)
	check(o, err)
	if len(by) == 0 {
		for _, p := range s.Act().Signers {
			by = append(by, p.Role, p.Person)
		}
	}
	lines := []string{}
	for ; len(by) > 0; by = by[2:] {
		signed := o.people[by[1]].sign(o, text, people.Role(by[0]))
		lines = append(lines, string(signed[len(text)+1:]))
	}
	slices.Sort(lines)
	return []byte(text + "\n" + strings.Join(lines, ""))
}

// refusals are the rules that keep an act out of the log.
func (o *office2) refusals(signed []byte) (rules []string) {
	o.Helper()
	s := o.state()
	e, err := s.key.CheckEntry(signed)
	if err != nil {
		return []string{err.Error()}
	}
	if err := s.CheckNext(e); err != nil {
		rule, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "rule "), ":")
		return []string{rule}
	}
	if certify.IsRoster(e.Kind) {
		if err := s.CheckRoster(signed); err != nil {
			return []string{err.Error()}
		}
	}
	for _, v := range s.Register.Check(s.Next(signed, e)) {
		rules = append(rules, v.Rule)
	}
	return rules
}

// state is the log folded under the policy of the office.
func (o *office2) state() *State {
	o.Helper()
	p := register.Default()
	if o.policy != "" {
		var err error
		p, err = register.ParsePolicy([]byte(o.policy))
		check(o, err)
	}
	s, err := Replay(o.files(), o.id, &o.key.PublicKey, nil, register.New(p, start.AddDate(1, 0, 0)))
	check(o, err)
	return s
}

// say adds an act that no rule refuses.
func (o *office2) say(body statement.Body, by ...string) int64 {
	o.Helper()
	signed := o.sign2(body, by...)
	if rules := o.refusals(signed); len(rules) > 0 {
		o.Fatalf("%T is refused by %q", body, rules)
	}
	return o.add(signed).Index
}

// refused checks that a rule keeps an act out of the log, and that an audit finds it if it is there nevertheless.
func (o *office2) refused(name, rule string, signed []byte) {
	o.Helper()
	if rules := o.refusals(signed); len(rules) == 0 || !strings.Contains(rules[0], rule) {
		o.Errorf("%s is refused by %q, not by %s", name, rules, rule)
		return
	}
	before := o.state()
	if text, _, err := people.Open(signed); certify.IsRoster(certify.KindOf(signed)) && err == nil && before.CheckDraft(text) == nil {
		o.Errorf("%s is not refused as a draft", name)
	}
	o.add(signed)
	after := o.state()
	objects := slices.ContainsFunc(after.Register.Violations, func(v register.Violation) bool {
		return v.Index == before.Checkpoint.Size && strings.Contains(v.Rule, rule)
	}) ||
		slices.ContainsFunc(after.Chain.Problems, func(p certify.Problem) bool {
			return p.Index == before.Checkpoint.Size && strings.Contains(p.Rule+" "+p.Detail.String(), rule)
		}) || slices.ContainsFunc(after.Chain.Warnings, func(p certify.Problem) bool { return rule == "twice" && p.Index == before.Checkpoint.Size })
	if !objects {
		o.Errorf("%s is in the log, and an audit does not find %s", name, rule)
	}
	if !bytes.Equal(mediaOf(o, before), mediaOf(o, after)) {
		o.Errorf("%s changed the register", name)
	}
}

func (o *office2) subject(number string) statement.Medium {
	o.Helper()
	m, err := o.state().Register.SubjectOf(number)
	check(o, err)
	return m
}

func (o *office2) media(numbers ...string) (all []statement.Medium) {
	o.Helper()
	for _, n := range numbers {
		all = append(all, o.subject(n))
	}
	return all
}

func (o *office2) target(index int64) statement.Target {
	o.Helper()
	t, err := o.state().Register.TargetOf(index)
	check(o, err)
	return t
}

func (o *office2) registration(number, class string, edit func(*statement.Registration)) *statement.Registration {
	o.Helper()
	r := &statement.Registration{Act: o.act("custodian zhao"), Number: number, Classification: class, Type: "magnetic", Custodian: "zhao", Source: "office 3", Serial: "WD-" + number}
	if class != "none" {
		r.Limit, r.Marked = &statement.Limit{Condition: "when the project ends"}, "2026-05-01"
	}
	if edit != nil {
		edit(r)
	}
	return r
}

func (o *office2) approval(purpose string, numbers ...string) *statement.Approval {
	o.Helper()
	a := &statement.Approval{Act: o.act("approve li"), Media: o.media(numbers...), Purpose: purpose, Technician: "wang"}
	a.From, a.Until = a.At, a.At.AddDate(0, 1, 0)
	switch purpose {
	case "borrow":
		a.Technician = "qian"
	case "carry", "abroad":
		a.Technician = "zhao"
	}
	return a
}

// wipe begins and ends an erasure of a registered medium, and returns the index of its certificate.
func (o *office2) wipe(number string, health ...string) int64 {
	o.Helper()
	s := o.state()
	m := s.Register.Medium(number)
	at := o.tick()
	w := register.EraseRequest{Number: number, Disk: certify.Disk{Serial: m.Serial, Medium: "magnetic"}, Level: "clear", Verify: "full", Operator: "wang", At: at}
	allowed, err := s.Register.Allow(w)
	check(o, err)
	use, err := s.Register.UseOf(allowed)
	check(o, err)
	return o.job(use, m.Serial, health...)
}

// job is one of wang, whose certificate is an hour younger than its begin.
func (o *office2) job(use *statement.MediumUse, serial string, health ...string) int64 {
	o.Helper()
	began := o.clock
	j := o.begin2(func(b *statement.Begin) {
		b.Clock.At, b.Medium, b.Disk.Serial, b.Operator = began, use, serial, statement.Operator{Person: "wang", By: "flag"}
		b.Policy = o.state().Register.PolicyRef()
	})
	ended := o.tick()
	return o.add(j.certificate(func(c *statement.Certificate) {
		c.Clock.At, c.Sessions[0].Started, c.Sessions[0].Ended, c.Passes[0].Started, c.Passes[0].Ended = ended, began, ended, began, ended
		c.Annex = o.annex
		if len(health) > 0 && health[0] != "" { // of the drive, afterwards
			c.Health = &statement.Healths{After: &statement.Health{Verdict: health[0], Reasons: []string{}, Source: "smart"}}
		}
	})).Index
}

// each holds that what each case says of an office is refused, and by which rule.
func each(t *testing.T, cases map[string]func(o *office2) (rule string, signed []byte)) {
	for name, say := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice2(t)
			rule, signed := say(o)
			o.refused(name, rule, signed)
		})
	}
}

func (o *office2) expect(what string, got, want any) {
	o.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		o.Errorf("%s: %v, not %v", what, got, want)
	}
}
