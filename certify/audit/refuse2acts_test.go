package audit

import (
	"encoding/hex"
	"os"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/logs"
)

// What every act of version 2 must keep to: its head, its time, its subject, its signers.
func TestActsRefused(t *testing.T) {
	t.Parallel()
	each(t, map[string]func(o *office2) (string, []byte){
		"a head with another root": func(o *office2) (string, []byte) {
			r := o.registration("S-1", "none", nil)
			r.Log.Root[0]++
			return "fork", o.sign2(r)
		},
		"a head of another log": func(o *office2) (string, []byte) {
			r := o.registration("S-1", "none", nil)
			r.Log.First[0]++
			return "fork", o.sign2(r)
		},
		"a head of another station": func(o *office2) (string, []byte) {
			r := o.registration("S-1", "none", nil)
			r.Log.Origin = "s8.example"
			return "fork", o.sign2(r)
		},
		"a head of a later size": func(o *office2) (string, []byte) {
			r := o.registration("S-1", "none", nil)
			r.Log.Size++
			return "fork", o.sign2(r)
		},
		"a head of a fork": func(o *office2) (string, []byte) {
			fork := *o
			fork.testLog = o.copyLog()
			fork.say(fork.registration("S-9", "none", nil))
			o.say(o.registration("S-1", "none", nil))
			return "fork", fork.sign2(fork.registration("S-2", "none", nil))
		},
		"dated before its head": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			r := o.registration("S-2", "none", nil)
			r.At = r.At.Add(-time.Hour - 11*time.Minute)
			return "order", o.sign2(r)
		},
		"dated in the future": func(o *office2) (string, []byte) {
			r := o.registration("S-1", "none", nil)
			r.At = start.AddDate(1, 0, 0).Add(11 * time.Minute)
			return "future", o.sign2(r)
		},
		"late, in a log of acts only": func(o *office2) (string, []byte) {
			late := o.registration("S-1", "none", nil)
			o.clock = o.clock.AddDate(0, 0, 91)
			o.say(o.registration("S-2", "none", nil))
			return "late", o.sign2(late)
		},
		"the same text again": func(o *office2) (string, []byte) {
			signed := o.sign2(o.registration("S-1", "none", nil))
			o.add(signed)
			return "twice", signed
		},
		"of version 1": func(o *office2) (string, []byte) {
			w := writer1{testLog: o.testLog, clock: o.clock, o: o}
			return "the log has statements of version 2", w.registration("S-1") // rule old-form
		},
		"an entry that the log does not have": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			a := o.approval("inside", "S-1")
			a.Media[0].Registration.SHA256[0]++
			return "not-in-log", o.sign2(a)
		},
		"another medium": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			a := o.approval("inside", "S-1")
			a.Media[0].Serial = "WD-S-2"
			return "subject", o.sign2(a)
		},
		"another model": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", func(r *statement.Registration) { r.Model, r.Size = "WD40", 4000 }))
			brief := o.approval("inside", "S-1")
			brief.Media[0] = brief.Media[0].Brief()
			if o.say(brief); brief.Media[0].Model != "" || o.subject("S-1").Model == "" {
				o.Error("the model was not left out")
			}
			a := o.approval("inside", "S-1")
			a.Media[0].Model = "WD50"
			return "subject", o.sign2(a)
		},
		"no serial number": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			a := o.approval("inside", "S-1")
			a.Media[0].Serial = ""
			return "subject", o.sign2(a)
		},
		"another classification": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "secret", nil))
			a := o.approval("destroy", "S-1")
			a.Media[0].Classification = "none"
			return "subject", o.sign2(a)
		},
		"the registration of another medium": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			o.say(o.registration("S-2", "none", nil))
			a := o.approval("inside", "S-1")
			a.Media[0].Registration = o.subject("S-2").Registration
			return "subject", o.sign2(a)
		},
		"a medium that was changed since": func(o *office2) (string, []byte) {
			at := o.say(o.registration("S-1", "none", nil))
			a := o.approval("inside", "S-1")
			o.say(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: o.target(at), Reason: "misread", Changes: []statement.Change{{Field: "serial", Old: "WD-S-1", New: "WD-7"}}})
			return "stale", o.sign2(a)
		},
		"another entry than it says": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			o.say(o.approval("inside", "S-1"))
			target := o.target(o.wipe("S-1"))
			target.Number = "S-2"
			return "subject", o.sign2(&statement.Witness{Act: o.act("witness sun"), Target: target, Present: "all", Saw: "it"})
		},
		"a failed erasure as a verified one": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			target := o.target(o.wipe("S-1"))
			target.Outcome = "failed"
			return "subject", o.sign2(&statement.Witness{Act: o.act("witness sun"), Target: target, Present: "all", Saw: "it"})
		},
		"an act that a rule refused": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			a := o.approval("inside", "S-1")
			o.add(o.sign2(a, "approve", "sun")) // who may not
			return "not-in-log", o.sign2(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: o.target(3), Reason: "r", Withdraws: true})
		},
		"an act for another log": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			a := o.approval("inside", "S-1")
			a.Log.Root[0]++
			o.add(o.sign2(a))
			return "not-in-log", o.sign2(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: o.target(3), Reason: "r", Withdraws: true})
		},
		"a role that the roster does not give": func(o *office2) (string, []byte) {
			return "signature", o.sign2(o.registration("S-1", "none", nil), "custodian", "sun")
		},
		"somebody else": func(o *office2) (string, []byte) {
			return "signature", o.sign2(o.registration("S-1", "none", nil), "custodian", "qian")
		},
		"nobody in the roster": func(o *office2) (string, []byte) {
			o.people["he"] = newPerson(o, "he", "rasure-custodian")
			return "signature", o.sign2(o.registration("S-1", "none", nil), "custodian", "he")
		},
		"the same person for two": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			h := &statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-1"), From: "zhao", To: "qian"}
			o.people["zhao2"] = newPerson(o, "zhao", "rasure-custodian")
			o.change("zhao", o.people["zhao"], o.people["zhao2"])
			return "unsigned", o.sign2(h, "custodian", "zhao", "custodian", "zhao2")
		},
		"one key in two roles": func(o *office2) (string, []byte) {
			return "signature", o.sign2(&statement.Policy{Act: o.act("approve li secrecy lan"), Name: "office", Source: "us", Lines: []string{"x"}}, "approve", "wu", "secrecy", "wu")
		},
		"an approval by the custodian": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", func(r *statement.Registration) { r.Custodian, r.Signers[0].Person = "wu", "wu" }))
			a := o.approval("inside", "S-1")
			a.Signers[0].Person = "wu"
			return "one-role", o.sign2(a)
		},
		"a witness who approved": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "confidential", nil))
			o.say(o.approval("inside", "S-1"))
			target := o.target(o.wipe("S-1"))
			li := o.people["li"]
			li.line.Namespaces = []string{"rasure-approve", "rasure-witness"}
			o.change("li", li)
			return "one-role", o.sign2(&statement.Witness{Act: o.act("witness li"), Target: target, Present: "all", Saw: "it"})
		},
		"a medium that nobody registered": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			a := o.approval("inside", "S-1")
			a.Media[0].Number = "S-2"
			return "unknown-medium", o.sign2(a)
		},
	})
}

// change adds a roster in which a person has these lines.
func (o *office2) change(name string, lines ...person) {
	o.Helper()
	signed := o.next(func(r *statement.Roster) {
		for i := range r.People {
			if r.People[i].Person == name {
				r.People[i].Keys = nil
				for _, l := range lines {
					r.People[i].Keys = append(r.People[i].Keys, l.line.String())
				}
			}
		}
	})
	if rules := o.refusals(signed); len(rules) > 0 {
		o.Fatalf("a roster is refused by %q", rules)
	}
	o.add(signed)
}

// next is the roster that follows the one in force.
func (o *office2) next(edit func(*statement.Roster)) []byte {
	o.Helper()
	return o.sign2(o.nextBody(edit))
}

func (o *office2) nextBody(edit func(*statement.Roster)) *statement.Roster {
	o.Helper()
	s := o.state()
	before := s.Rosters.At(s.Checkpoint.Size)
	r := o.rosterBody(before.Number + 1)
	_, err := hex.Decode(r.Previous[:], []byte(before.TextSHA256()))
	check(o, err)
	if edit != nil {
		edit(r)
	}
	return r
}

// copyLog is the log as it is, which goes on elsewhere.
func (l *testLog) copyLog() *testLog {
	l.Helper()
	n := *l
	n.dir = l.TempDir()
	check(l, os.CopyFS(n.dir, l.files()))
	var err error
	n.log, err = logs.Open(n.dir, n.options())
	check(l, err)
	return &n
}

func (w writer1) registration(number string) []byte {
	w.Helper()
	w.jobs++
	d := certify.Declaration{ID: w.ulid(), At: w.tick(), Signs: []certify.RequiredSigner{{Role: "custodian", Name: "zhao"}}, Media: []string{number}, Class: certify.Unclassified, Type: "magnetic",
		Custodian: "zhao", Source: "x"}
	text, err := certify.DeclarationText(certify.KindRegistration, d)
	check(w, err)
	return w.o.people["zhao"].sign(w, text, people.Custodian)
}
