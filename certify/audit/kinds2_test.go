package audit

import (
	"testing"
	"time"

	"rasure/certify/register"
	"rasure/certify/statement"
)

// What the kinds do that only version 2 has.
func TestKindsOfVersion2(t *testing.T) {
	t.Parallel()
	medium := func(o *office2, number string) register.Medium { return *o.state().Register.Medium(number) }
	one := func(t *testing.T) *office2 {
		o := newOffice2(t)
		o.say(o.registration("S-1", "secret", func(r *statement.Registration) {
			r.Limit, r.Maker, r.Size, r.Place = &statement.Limit{Months: 18}, "WD", 500, "room 12"
		}))
		return o
	}
	for name, test := range map[string]func(o *office2){
		"registration": func(o *office2) {
			m := medium(o, "S-1")
			o.expect("particulars", []any{m.Maker, m.Size, m.Place, m.LimitMonths, m.MarkedOn, m.LimitYears}, []any{"WD", 500, "room 12", 18, "2026-05-01", 0})
			o.expect("subject", o.subject("S-1").Maker, "WD")
			for _, task := range o.state().Register.Tasks(time.Date(2027, 8, 1, 0, 0, 0, 0, time.UTC)) {
				if task.Kind == "retention" {
					o.expect("end of the limit", task.Due.Format(time.DateOnly), "2027-11-01")
					return
				}
			}
			o.Error("nobody reports that the limit ends")
		},
		"a limit until a day": func(o *office2) {
			o.say(o.registration("S-2", "secret", func(r *statement.Registration) { r.Limit = &statement.Limit{Day: "2026-12-31"} }))
			for _, task := range o.state().Register.Tasks(time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)) {
				if task.Kind == "retention" && task.Medium == "S-2" {
					o.expect("end of the limit", task.Due.Format(time.DateOnly), "2026-12-31")
					return
				}
			}
			o.Error("nobody reports that the limit ends")
		},
		"return": func(o *office2) {
			at := o.say(&statement.Return{Act: o.act("custodian zhao"), Media: o.media("S-1"), From: "zhao", Receiver: statement.Outside{Organisation: "issuer"}, Receipt: "R-1"})
			m := medium(o, "S-1")
			o.expect("where it is", []any{*m.Away, m.Active(), m.Status(o.clock)}, []any{at, false, "away"})
			o.refused("a handover of what is away", "away", o.sign2(&statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-1"), From: "zhao", To: "qian"}))
			o.refused("an approval of what is away", "away", o.sign2(o.approval("destroy", "S-1")))
			o.say(&statement.Inventory{Act: o.act("custodian qian"), Scope: statement.Scope{Person: "qian"}, Unexpected: []string{"S-1"}, CountedBy: "qian"})
			m = medium(o, "S-1")
			o.expect("who has it after it came back", []any{m.Away == nil, m.Custodian, m.Active()}, []any{true, "qian", true})
		},
		"handover to another organisation": func(o *office2) {
			due := o.clock.AddDate(0, 0, 3)
			at := o.say(&statement.Handover{Act: o.act("custodian zhao"), Media: o.media("S-1"), From: "zhao", Receiver: &statement.Outside{Organisation: "repair shop"}, Due: &due})
			o.expect("entry", *medium(o, "S-1").Away, at)
			o.expect("found by nobody's count", len(o.state().Register.Holds("zhao")), 0)
		},
		"handover under an approval": func(o *office2) {
			o.policy = borrowing
			at := o.say(o.approval("borrow", "S-1"))
			approval := o.target(at)
			o.say(&statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-1"), From: "zhao", To: "qian", Approval: &approval})
			back := o.approval("borrow", "S-1")
			back.Technician = "zhao"
			approval = o.target(o.say(back))
			o.clock = o.clock.AddDate(0, 0, 40)
			o.refused("under one that has ended", "approval", o.sign2(&statement.Handover{Act: o.act("custodian qian custodian zhao"), Media: o.media("S-1"), From: "qian", To: "zhao", Approval: &approval}))
		},
		"handover under an approval for somebody else": func(o *office2) {
			o.policy = borrowing
			a := o.approval("borrow", "S-1")
			a.Technician = "wang"
			approval := o.target(o.say(a))
			o.refused("to whom nobody approved", "approval", o.sign2(&statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-1"), From: "zhao", To: "qian", Approval: &approval}))
		},
		"an approval to borrow erases nothing": func(o *office2) {
			o.policy = borrowing
			o.say(o.approval("borrow", "S-1"))
			s := o.state()
			w := register.EraseRequest{Number: "S-1", Level: "clear", Verify: "full", Operator: "wang", At: o.clock}
			w.Disk.Serial, w.Disk.Medium = "WD-S-1", "magnetic"
			_, err := s.Register.Allow(w)
			if err == nil {
				o.Error("an approval to borrow a medium lets it be erased")
			}
		},
		"transfer": func(o *office2) {
			o.say(&statement.Transfer{Act: o.act("approve li custodian qian witness sun"), Media: o.media("S-1"), From: "zhao", To: "qian", Reason: "ill"})
			o.expect("custodian", medium(o, "S-1").Custodian, "qian")
			o.refused("from who does not have it", "custodian", o.sign2(&statement.Transfer{Act: o.act("approve li custodian qian witness sun"), Media: o.media("S-1"), From: "zhao", To: "qian", Reason: "ill"}))
		},
		"found": func(o *office2) {
			a := o.act("custodian zhao")
			lost := o.say(&statement.Loss{Act: a, Media: o.media("S-1"), Noticed: a.At, Circumstances: "gone"})
			o.expect("lost", *medium(o, "S-1").Lost, lost)
			report := &statement.Report{Act: o.act("secrecy lan"), Target: o.target(lost)}
			report.Receivers = []statement.Receiver{{Organisation: "bureau", At: report.At, Reference: "1"}}
			o.say(report)
			for _, task := range o.state().Register.Tasks(o.clock) {
				if task.Kind == "report-loss" {
					o.Error("the loss was reported, and is to be reported")
				}
			}
			found := &statement.Found{Act: o.act("custodian qian witness sun"), Media: o.media("S-1"), Loss: o.target(lost), Where: "desk"}
			o.say(found)
			o.expect("custodian", []any{medium(o, "S-1").Custodian, medium(o, "S-1").Lost == nil}, []any{"qian", true})
			found = &statement.Found{Act: o.act("custodian qian witness sun"), Media: o.media("S-1"), Loss: o.target(lost), Where: "desk"}
			o.refused("found again", "lost", o.sign2(found))
		},
		"a loss that was reported late": func(o *office2) {
			a := o.act("custodian zhao")
			lost := o.say(&statement.Loss{Act: a, Media: o.media("S-1"), Noticed: a.At, Circumstances: "gone"})
			o.clock = o.clock.AddDate(0, 0, 2)
			report := &statement.Report{Act: o.act("secrecy lan"), Target: o.target(lost)}
			report.Receivers = []statement.Receiver{{Organisation: "bureau", At: report.At, Reference: "1"}}
			at := o.say(report)
			v := o.state().Register.Violations
			if len(v) != 1 || v[0].Rule != "loss-24h" || v[0].Index != at {
				o.Errorf("%+v", v)
			}
		},
		"reclassify": func(o *office2) {
			o.say(o.approval("destroy", "S-1"))
			at := o.say(&statement.Reclassify{Act: o.act("approve li secrecy lan"), Media: o.media("S-1"), From: "secret", To: "none", Basis: "order 7"})
			m := medium(o, "S-1")
			o.expect("an approval of what was secret", *m.Approvals[0].Withdrawn, at)
			o.expect("classification", []any{m.Class, m.LimitMonths, m.MarkedOn, o.subject("S-1").Registration.Index}, []any{"none", 0, "", at})
		},
		"retype": func(o *office2) {
			o.say(&statement.Retype{Act: o.act("custodian zhao approve li"), Medium: o.subject("S-1"), From: "magnetic", To: "hybrid", Reason: "looked"})
			o.expect("type", medium(o, "S-1").Type, "hybrid")
			o.say(o.registration("S-2", "none", nil))
			o.wipe("S-2")
			o.refused("after an erasure", "retype", o.sign2(&statement.Retype{Act: o.act("custodian zhao approve li"), Medium: o.subject("S-2"), From: "magnetic", To: "hybrid", Reason: "looked"}))
		},
		"result": func(o *office2) {
			o.say(o.registration("S-2", "none", nil))
			cert := o.target(o.wipe("S-2"))
			o.say(&statement.Result{Act: o.act("technician wang"), Target: cert, Statement: "done"})
			if v := o.state().Register.Violations; len(v) != 0 {
				o.Errorf("%+v", v)
			}
			at := o.say(&statement.Result{Act: o.act("technician wang"), Target: cert, Statement: "not-done"})
			if v := o.state().Register.Violations; len(v) != 1 || v[0].Rule != "irregular" || v[0].Index != at {
				o.Errorf("%+v", v)
			}
		},
		"result of another's job": func(o *office2) {
			o.say(o.registration("S-2", "none", nil))
			cert := o.target(o.wipe("S-2"))
			sun := o.people["sun"]
			sun.line.Namespaces = []string{"rasure-technician"}
			o.change("sun", sun)
			o.refused("by who did not run it", "technician", o.sign2(&statement.Result{Act: o.act("technician sun"), Target: cert, Statement: "done"}))
		},
		"incident": func(o *office2) {
			a := o.act("secrecy lan")
			o.say(&statement.Incident{Act: a, Noticed: a.At, Kind: "seal-broken", Media: o.media("S-1"), Measures: "sealed"})
			trail := medium(o, "S-1").Trail
			o.expect("trail", trail[len(trail)-1].Event, "incident seal-broken: sealed")
		},
		"inventory of a place": func(o *office2) {
			o.say(o.registration("S-2", "none", nil))
			o.say(&statement.Inventory{Act: o.act("custodian qian"), Scope: statement.Scope{Place: "room 12"}, Found: []string{"S-1"}, CountedBy: "sun"})
			m := medium(o, "S-1")
			o.expect("counted", m.Counted.Equal(o.clock), true)
			o.refused("of what is not in the register", "uncounted", o.sign2(&statement.Inventory{Act: o.act("custodian qian"), Scope: statement.Scope{Place: "room 12"}, Found: []string{"S-9"}, CountedBy: "sun"}))
		},
		"correction": func(o *office2) {
			say := func(changes ...statement.Change) []byte {
				return o.sign2(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: o.target(2), Reason: "misread", Changes: changes})
			}
			o.refused("another old value", "stale", say(statement.Change{Field: "model", Old: "WD40", New: "WD80"}))
			o.refused("a classification", "correction", say(statement.Change{Field: "classification", Old: "secret", New: "none"}))
			o.refused("a size", "correction", say(statement.Change{Field: "size_bytes", Old: "500", New: "0x1"}))
			o.refused("no source", "correction", say(statement.Change{Field: "source", Old: "office 3"}))
			o.say(o.registration("S-2", "none", nil))
			o.refused("the serial number of another", "serial-taken", say(statement.Change{Field: "serial", Old: "WD-S-1", New: "WD-S-2"}))
			o.add(say(statement.Change{Field: "serial", Old: "WD-S-1", New: "WD-1"}, statement.Change{Field: "size_bytes", Old: "500", New: "600"}, statement.Change{Field: "place", Old: "room 12"}))
			m := medium(o, "S-1")
			o.expect("values", []any{m.Serial, m.Size, m.Place, o.state().Register.BySerial("WD-1").Number}, []any{"WD-1", 600, "", "S-1"})
			if o.state().Register.BySerial("WD-S-1") != nil {
				o.Error("the old serial number finds the medium")
			}
		},
		"correction of what was erased": func(o *office2) {
			at := o.say(o.registration("S-2", "none", nil))
			o.wipe("S-2")
			o.refused("a serial number", "correction", o.sign2(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: o.target(at), Reason: "misread", Changes: []statement.Change{{Field: "serial", Old: "WD-S-2", New: "x"}}}))
		},
		"correction that withdraws": func(o *office2) {
			at := o.say(o.approval("destroy", "S-1"))
			o.say(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: o.target(at), Reason: "r", Withdraws: true})
			o.expect("withdrawn", medium(o, "S-1").Approvals[0].Withdrawn != nil, true)
		},
		"secondary check": func(o *office2) {
			for number, ok := range map[string]bool{"S-2": false, "S-3": true} {
				o.say(o.registration(number, "none", nil))
				cert := o.target(o.wipe(number))
				o.say(&statement.Validation{Act: o.act("validate chen"), Target: cert, Decision: "accept", Reason: "seen", Secondary: &statement.Secondary{Tool: "dd", Version: "9", PatternOK: ok}})
				o.expect("checked", medium(o, number).Erasures[0].Secondary, ok)
			}
		},
		"destruction of another's erasure": func(o *office2) {
			o.say(o.registration("S-2", "none", nil))
			cert := o.target(o.wipe("S-2"))
			approved := o.target(o.say(o.approval("destroy", "S-1")))
			o.refused("with the certificate of another medium", "subject", o.sign2(&statement.Destruction{Act: o.act("technician wang witness sun witness zhou"), Media: o.media("S-1"), Approval: approved, Erasure: &cert,
				Method: "shred", Place: "yard"}))
		},
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(one(t)) })
	}
}

// borrowing is a policy that has a rule for it.
const borrowing = `name = "office"
source = "us"
inventory_days = 180
witness_days = 7
secondary_days = 30
late_days = 90
[[rule]]
id = "borrow"
purpose = ["borrow"]
level = "clear"
approvers = 1
`

// What was said by mistake is taken back within a day, and is as if it had never been said. It stays in the log.
func TestVoid(t *testing.T) {
	t.Parallel()
	void := func(o *office2, at int64, signers string) []byte {
		return o.sign2(&statement.Void{Act: o.act(signers), Target: o.target(at), Reason: "mistake"})
	}
	for name, c := range map[string]struct {
		say     func(o *office2) int64
		signers string
	}{
		"registration": {func(o *office2) int64 { return o.say(o.registration("S-2", "none", nil)) }, "custodian zhao"},
		"handover": {func(o *office2) int64 {
			return o.say(&statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-1"), From: "zhao", To: "qian"})
		}, "custodian zhao custodian qian"},
		"loss": {func(o *office2) int64 {
			a := o.act("custodian zhao")
			return o.say(&statement.Loss{Act: a, Media: o.media("S-1"), Noticed: a.At, Circumstances: "gone"})
		}, "custodian zhao"},
		"destruction": {func(o *office2) int64 {
			return o.say(&statement.Destruction{Act: o.act("technician wang witness sun witness zhou"), Media: o.media("S-1"), Approval: o.target(3), Method: "shred", Place: "yard"})
		}, "technician wang witness sun witness zhou"},
		"inventory": {func(o *office2) int64 {
			return o.say(&statement.Inventory{Act: o.act("custodian zhao"), Scope: statement.Scope{All: true}, Missing: []string{"S-1"}, CountedBy: "zhao"})
		}, "custodian zhao"},
		"reclassify": {func(o *office2) int64 {
			return o.say(&statement.Reclassify{Act: o.act("approve li secrecy lan"), Media: o.media("S-1"), From: "none", To: "secret", Basis: "b", Limit: &statement.Limit{Years: 3}})
		}, "approve li secrecy lan"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice2(t)
			o.say(o.registration("S-1", "none", nil))
			o.say(o.approval("destroy", "S-1"))
			before := particulars(o)
			at := c.say(o)
			if after := particulars(o); after == before {
				t.Fatal("it changed nothing")
			}
			o.add(void(o, at, c.signers))
			if s := o.state(); len(s.Register.Violations) != 0 || len(s.Chain.Problems) != 0 {
				t.Errorf("%+v, %+v", s.Register.Violations, s.Chain.Problems)
			}
			if after := particulars(o); after != before {
				t.Errorf("before %s\nafter %s", before, after)
			}
			o.refused("twice", "void", void(o, at, c.signers))
		})
	}
	each(t, map[string]func(o *office2) (string, []byte){
		"by others": func(o *office2) (string, []byte) {
			return "unsigned", void(o, o.say(o.registration("S-1", "none", nil)), "custodian qian")
		},
		"later than a day": func(o *office2) (string, []byte) {
			at := o.say(o.registration("S-1", "none", nil))
			o.clock = o.clock.Add(24 * time.Hour)
			return "void", void(o, at, "custodian zhao")
		},
		"what others rest on": func(o *office2) (string, []byte) {
			at := o.say(o.registration("S-1", "none", nil))
			o.say(o.approval("inside", "S-1"))
			return "void", void(o, at, "custodian zhao")
		},
		"that an incident names": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			at := o.say(&statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-1"), From: "zhao", To: "qian"})
			a, target := o.act("secrecy lan"), o.target(at)
			o.say(&statement.Incident{Act: a, Noticed: a.At, Kind: "seal-broken", Target: &target, Measures: "sealed"})
			return "void", void(o, at, "custodian zhao custodian qian")
		},
		"with a later act about the medium": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			at := o.say(&statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-1"), From: "zhao", To: "qian"})
			o.say(&statement.Inventory{Act: o.act("custodian qian"), Scope: statement.Scope{Person: "qian"}, Found: []string{"S-1"}, CountedBy: "qian"})
			return "void", void(o, at, "custodian zhao custodian qian")
		},
		"an approval": func(o *office2) (string, []byte) {
			o.say(o.registration("S-1", "none", nil))
			return "void", void(o, o.say(o.approval("inside", "S-1")), "approve li")
		},
	})
}

// particulars are the media without their trails.
func particulars(o *office2) string {
	s := o.state()
	for _, m := range s.Register.Media() {
		m.Trail = nil
	}
	return string(mediaOf(o, s))
}
