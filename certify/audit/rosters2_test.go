package audit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/certify/statement"
)

// Who may change the roster, and how.
func TestRostersOfVersion2(t *testing.T) {
	t.Parallel()
	each(t, map[string]func(o *office2) (string, []byte){
		"by one root of two": func(o *office2) (string, []byte) {
			r := o.nextBody(nil)
			r.Signers = r.Signers[:1]
			return "signed by 1 root(s)", o.sign2(r)
		},
		"by another than it names": func(o *office2) (string, []byte) {
			r := o.nextBody(nil)
			r.Signers[1].Person = "li"
			return "does not name this signer", o.sign2(r, "roster", "chief", "roster", "deputy")
		},
		"that follows another one": func(o *office2) (string, []byte) {
			return "does not follow", o.next(func(r *statement.Roster) { r.Previous[0]++ })
		},
		"with another number": func(o *office2) (string, []byte) {
			return "does not follow", o.next(func(r *statement.Roster) { r.Number++ })
		},
		"a second first one": func(o *office2) (string, []byte) { return "does not follow", o.roster(1, nil) },
		"with a pattern": func(o *office2) (string, []byte) {
			return "one by one", o.next(func(r *statement.Roster) {
				r.People[0].Keys[0] = strings.Replace(r.People[0].Keys[0], `"rasure-`, `"rasure-?*,!rasure-roster,rasure-`, 1)
			})
		},
		"with a role that nobody knows": func(o *office2) (string, []byte) {
			return "one by one", o.next(func(r *statement.Roster) {
				r.People[0].Keys[0] = strings.Replace(r.People[0].Keys[0], `"rasure-`, `"rasure-boss,rasure-`, 1)
			})
		},
		"with the line of another person": func(o *office2) (string, []byte) {
			return "has a line of", o.next(func(r *statement.Roster) { r.People[0].Person = "yang" })
		},
		"with one key of two persons": func(o *office2) (string, []byte) {
			return "have the same key", o.next(func(r *statement.Roster) {
				r.People[0].Keys[0] = strings.Replace(r.People[1].Keys[0], r.People[1].Person, r.People[0].Person, 1)
			})
		},
		"with a threshold that nobody reaches": func(o *office2) (string, []byte) {
			return "the threshold is 3", o.next(func(r *statement.Roster) {
				r.Threshold, r.Roots = 3, append(r.Roots, newPerson(o, "chief", "rasure-roster").line.String())
			})
		},
		"that does not drop who is gone": func(o *office2) (string, []byte) {
			return "is not dropped", o.next(func(r *statement.Roster) { r.People = slices.DeleteFunc(r.People, isPerson("qian")) })
		},
		"that drops who is there": func(o *office2) (string, []byte) {
			return "is dropped", o.next(func(r *statement.Roster) { r.Drops = []statement.Drop{{Person: "yang", Reason: "left"}} })
		},
		"that drops who has media": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			return "still has 1 media", o.drop("zhao")
		},
		"dated before its head": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			return "order", o.next(func(r *statement.Roster) { r.At = r.At.Add(-time.Hour - 11*time.Minute) })
		},
		"dated in the future": func(o *office2) (string, []byte) {
			return "future", o.next(func(r *statement.Roster) { r.At = start.AddDate(10, 0, 0) })
		},
		"of a fork": func(o *office2) (string, []byte) {
			return "fork", o.next(func(r *statement.Roster) { r.Log.Root[0]++ })
		},
	})
	o := newOffice2(t)
	text, _, err := people.Open(o.drop("qian"))
	check(t, err)
	check(t, o.state().CheckDraft(text)) // a draft that is not refused
	o.add(o.drop("qian"))
	s := o.state()
	if len(s.Chain.Problems) > 0 || len(s.Rosters.Indices()) != 2 {
		t.Fatalf("%+v", s.Chain.Problems)
	}
	o.refused("who was dropped", "signature", o.sign2(o.registration("S-1", "none", func(r *statement.Registration) { r.Custodian, r.Signers[0].Person = "qian", "qian" })))
}

// TestRosterRenames: a root whose name was wrong keeps the key, and signs by the name of the new roster.
func TestRosterRenames(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	renamed := func(edit func(*statement.Roster)) (text string, signed []byte) {
		r := o.nextBody(func(r *statement.Roster) {
			r.Roots[0] = strings.Replace(r.Roots[0], "chief", "chef", 1)
			r.Signers[0].Person = "chef"
			edit(r)
		})
		signed = o.sign2(r, "roster", "chief", "roster", "deputy")
		text, _, err := people.Open(signed)
		check(t, err)
		return text, signed
	}
	if text, _ := renamed(func(r *statement.Roster) { r.Signers[0].Person = "chief" }); !says(o.state().CheckDraft(text), "the key of chief belongs to chef in roster 2") {
		t.Errorf("by the old name: %v", o.state().CheckDraft(text))
	}
	text, signed := renamed(func(*statement.Roster) {})
	check(t, o.state().CheckDraft(text))
	o.add(signed)
	if s := o.state(); len(s.Chain.Problems) > 0 || len(s.Rosters.Indices()) != 2 {
		t.Errorf("%+v", s.Chain.Problems)
	}
}

func says(err error, want string) bool { return err != nil && strings.Contains(err.Error(), want) }

func isPerson(name string) func(statement.RosterPerson) bool {
	return func(p statement.RosterPerson) bool { return p.Person == name }
}

func (o *office2) drop(name string) []byte {
	o.Helper()
	return o.next(func(r *statement.Roster) {
		r.People, r.Drops = slices.DeleteFunc(r.People, isPerson(name)), []statement.Drop{{Person: name, Reason: "left"}}
	})
}

// A roster of version 2 follows one of version 1. What that grants by a pattern are the roles of its day only.
func TestRosterBehindCutOver(t *testing.T) {
	t.Parallel()
	o := &office2{testLog: newLog(t), people: map[string]person{"chief": newPerson(t, "chief", "rasure-roster"), "liu": newPerson(t, "liu", "rasure-?*,!rasure-roster")}, clock: start}
	draft, err := people.NewRoster(nil, start, 1, []people.Signer{o.people["chief"].line}, []people.Signer{o.people["liu"].line})
	check(t, err)
	o.add(o.people["chief"].sign(t, draft, people.Root))
	o.add(o.station2(nil))
	a := &statement.Audit{Act: o.act("audit liu"), Audited: o.headNow()}
	o.refused("an audit by a role of a pattern", "signature", o.sign2(a))
	liu := o.people["liu"]
	liu.line.Namespaces = []string{"rasure-audit"}
	signed := o.next(func(r *statement.Roster) {
		r.Signers, r.Threshold = r.Signers[:1], 1
		r.People = []statement.RosterPerson{{Person: "liu", Keys: []string{liu.line.String()}}}
	})
	if rules := o.refusals(signed); len(rules) > 0 {
		t.Fatalf("the roster is refused by %q", rules)
	}
	o.add(signed)
	o.say(&statement.Audit{Act: o.act("audit liu"), Audited: o.headNow()})
	// What is cached has its rosters.
	s := o.state()
	s.Chain.Problems, s.Register.Violations = nil, nil
	cache, err := s.Cache("program 1", o.signer)
	check(t, err)
	if again, used, err := ReplayCached(o.files(), o.id, &o.key.PublicKey, cache, "program 1", register.Default(), start.AddDate(1, 0, 0)); err != nil || !used || len(again.Rosters.Indices()) != 2 {
		t.Errorf("used %t, %v", used, err)
	}
}

// The station statement pins the roots of the first roster, or the auditor must.
func TestFirstRoster(t *testing.T) {
	t.Parallel()
	has := func(o *office2, roots []people.Signer) (rules []string) {
		r, err := Log(o.files(), Options{Pin: o.cardPin(), Now: start.AddDate(0, 0, 1), Roots: roots})
		check(t, err)
		for _, w := range r.Warnings {
			rules = append(rules, w.Rule)
		}
		for _, p := range r.Problems {
			rules = append(rules, p.Rule)
		}
		return rules
	}
	o := newOffice2(t)
	o.expect("not pinned", has(o, nil), []string{FirstRosterUnpinned})
	o.expect("pinned by the auditor", has(o, []people.Signer{o.people["chief"].line, o.people["deputy"].line}), []string{})

	for name, right := range map[string]bool{"pinned": true, "pinned to others": false} {
		old := newOffice2(t)
		sum := old.state().Rosters.At(2).RootsSHA256()
		if !right {
			sum[0]++
		}
		made := emptyOffice2(t, newLog(t), func(s *statement.StationStatement) { s.Roots = sum })
		made.people = old.people
		signed := made.roster(1, nil)
		if rules := made.refusals(signed); (len(rules) == 0) != right {
			t.Errorf("%s: refused by %q", name, rules)
		}
		made.add(signed)
		if rules := has(made, nil); (len(rules) == 0) != right {
			t.Errorf("%s: %q", name, rules)
		}
	}
}
