package audit

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/statement"
)

// demanding is a policy that demands what an office can demand besides the rules of its classes. Its first lines are replaced by those of a case.
const demanding = `
[[rule]]
id = "inside"
purpose = ["inside", "destroy"]
level = "clear"
approvers = 1

[[rule]]
id = "out"
purpose = ["borrow", "carry", "send", "abroad", "repair", "copy"]
level = "clear"
approvers = 1
escorts = 2
channels = ["confidential-courier"]
days = 10
permit = true
`

func demand(lines string) string {
	return "name = \"demanding\"\nsource = \"a test\"\ninventory_days = 183\nwitness_days = 7\nsecondary_days = 30\nlate_days = 90\n" + lines + demanding
}

// withMedia is an office with a secret medium of zhao's in cabinet 1, under a policy.
func withMedia(o *office2, lines string) *office2 {
	o.policy = demand(lines)
	o.say(o.registration("S-1", "secret", func(r *statement.Registration) { r.Place = "cabinet 1" }))
	return o
}

// ruleOf is the rule that refused; "" if none did.
func ruleOf(err error) string {
	var refused *register.RuleError
	if errors.As(err, &refused) {
		return refused.Rule
	}
	return ""
}

// trip is an approval that the rule "out" accepts.
func (o *office2) trip(purpose string, edit func(*statement.Approval)) *statement.Approval {
	a := o.approval(purpose, "S-1")
	a.Until, a.Escorts, a.Channel, a.Permit = a.At.AddDate(0, 0, 9), []string{"sun", "zhou"}, "confidential-courier", "P-1"
	if purpose == "copy" {
		a.Copies = 1
	}
	if edit != nil {
		edit(a)
	}
	return a
}

// sent is a handover to another organisation under an approval, escorted by sun and zhou.
func (o *office2) sent(approval int64, edit func(*statement.Handover)) *statement.Handover {
	t := o.target(approval)
	due := o.clock.AddDate(0, 0, 5)
	h := &statement.Handover{Act: o.act("custodian zhao witness sun witness zhou"), Media: o.media("S-1"), From: "zhao", Receiver: &statement.Outside{Organisation: "ministry"}, Approval: &t,
		Due: &due, Escorts: []string{"sun", "zhou"}, Channel: "confidential-courier"}
	if edit != nil {
		edit(h)
	}
	return h
}

func TestWishesRefuse(t *testing.T) {
	t.Parallel()
	copied := func(o *office2, class string) []byte {
		return o.sign2(o.registration("S-2", class, func(r *statement.Registration) { r.CopyOf, r.Place = "S-1", "cabinet 1" }))
	}
	each(t, map[string]func(o *office2) (string, []byte){
		"a key in a file": func(o *office2) (string, []byte) {
			withMedia(o, `hardware_keys = ["approve"]`)
			return "hardware-keys", o.sign2(o.approval("inside", "S-1"))
		},
		"a signer who is not trained": func(o *office2) (string, []byte) {
			o.policy = demand("trained = true")
			return "trained", o.sign2(o.registration("S-1", "secret", nil))
		},
		"the custodian as technician": func(o *office2) (string, []byte) {
			withMedia(o, "three_people = true")
			a := o.approval("inside", "S-1")
			a.Technician = "zhao"
			return "three-people", o.sign2(a)
		},
		"another place": func(o *office2) (string, []byte) {
			o.policy = demand("[[keep]]\nclassification = [\"secret\"]\nplaces = [\"cabinet 1\"]\n")
			return "place", o.sign2(o.registration("S-1", "secret", func(r *statement.Registration) { r.Place = "desk" }))
		},
		"a correction to another place": func(o *office2) (string, []byte) {
			withMedia(o, "[[keep]]\nclassification = [\"secret\"]\nplaces = [\"cabinet 1\"]\n")
			return "place", o.sign2(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: o.target(2), Reason: "moved",
				Changes: []statement.Change{{Field: "place", Old: "cabinet 1", New: "desk"}}})
		},
		"a class that is not kept there": func(o *office2) (string, []byte) {
			withMedia(o, "[[keep]]\nclassification = [\"top-secret\"]\nplaces = [\"safe\"]\n")
			return "place", o.sign2(&statement.Reclassify{Act: o.act("approve li secrecy lan"), Media: o.media("S-1"), From: "secret", To: "top-secret", Basis: "order", Limit: &statement.Limit{Years: 30}})
		},
		"one receiver of a report": func(o *office2) (string, []byte) {
			withMedia(o, "report_receivers = 2")
			lost := o.say(&statement.Loss{Act: o.act("custodian zhao"), Media: o.media("S-1"), Noticed: o.clock, Circumstances: "gone"})
			return "report", o.sign2(&statement.Report{Act: o.act("secrecy lan"), Target: o.target(lost), Receivers: []statement.Receiver{{Organisation: "bureau", At: o.clock, Reference: "1"}}})
		},
		"one escort": func(o *office2) (string, []byte) {
			return "out", withMedia(o, "").sign2(o.trip("carry", func(a *statement.Approval) { a.Escorts = a.Escorts[:1] }))
		},
		"no permit": func(o *office2) (string, []byte) {
			return "out", withMedia(o, "").sign2(o.trip("abroad", func(a *statement.Approval) { a.Permit = "" }))
		},
		"too long": func(o *office2) (string, []byte) {
			return "out", withMedia(o, "").sign2(o.trip("carry", func(a *statement.Approval) { a.Until = a.At.AddDate(0, 0, 11) }))
		},
		"another channel": func(o *office2) (string, []byte) {
			return "out", withMedia(o, "").sign2(o.trip("send", func(a *statement.Approval) { a.Channel = "dedicated-person" }))
		},
		"copies without a number": func(o *office2) (string, []byte) {
			return "out", withMedia(o, "").sign2(o.trip("copy", func(a *statement.Approval) { a.Copies = 0 }))
		},
		"sent without an approval": func(o *office2) (string, []byte) {
			withMedia(o, "")
			h := &statement.Handover{Act: o.act("custodian zhao"), Media: o.media("S-1"), From: "zhao", Receiver: &statement.Outside{Organisation: "ministry"}}
			return "no-approval", o.sign2(h)
		},
		"borrowed without an approval": func(o *office2) (string, []byte) {
			withMedia(o, "")
			due := o.clock.AddDate(0, 0, 1)
			return "no-approval", o.sign2(&statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-1"), From: "zhao", To: "qian", Due: &due})
		},
		"an escort who does not sign": func(o *office2) (string, []byte) {
			at := withMedia(o, "").say(o.trip("send", nil))
			return "out", o.sign2(o.sent(at, func(h *statement.Handover) { h.Act = o.act("custodian zhao witness sun") }))
		},
		"back after the approval": func(o *office2) (string, []byte) {
			at := withMedia(o, "").say(o.trip("repair", nil))
			return "out", o.sign2(o.sent(at, func(h *statement.Handover) { due := h.At.AddDate(0, 0, 20); h.Due = &due }))
		},
		"an approval twice": func(o *office2) (string, []byte) {
			at := withMedia(o, "").say(o.trip("send", nil))
			o.say(o.sent(at, nil))
			o.say(&statement.Inventory{Act: o.act("custodian zhao"), Scope: statement.Scope{Person: "zhao"}, Found: []string{}, Missing: []string{}, Unexpected: []string{"S-1"}, CountedBy: "zhao"})
			return "approval", o.sign2(o.sent(at, nil))
		},
		"somebody who may not have it": func(o *office2) (string, []byte) {
			o.policy = demand("")
			o.say(o.registration("S-1", "secret", func(r *statement.Registration) { r.Holders = []string{"zhao", "wu"} }))
			return "holders", o.sign2(&statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-1"), From: "zhao", To: "qian"})
		},
		"a copy without an approval": func(o *office2) (string, []byte) { return "copy", copied(withMedia(o, ""), "secret") },
		"a copy below its class": func(o *office2) (string, []byte) {
			withMedia(o, "").say(o.trip("copy", nil))
			return "copy", copied(o, "confidential")
		},
		"one copy too many": func(o *office2) (string, []byte) {
			withMedia(o, "").say(o.trip("copy", nil))
			o.add(copied(o, "secret"))
			return "copy", o.sign2(o.registration("S-3", "secret", func(r *statement.Registration) { r.CopyOf, r.Place = "S-1", "cabinet 1" }))
		},
	})
}

// What the policy accepts, and what it makes a task of.
func TestWishesTasks(t *testing.T) {
	t.Parallel()
	kinds := func(o *office2, at time.Time) (all []string) {
		for _, task := range o.state().Register.Tasks(at) {
			if task.Overdue && !task.Reminder {
				all = append(all, task.Kind)
			}
		}
		return all
	}
	t.Run("a medium that was sent has to come back", func(t *testing.T) {
		o := withMedia(newOffice2(t), "")
		at := o.say(o.trip("send", nil))
		o.say(o.sent(at, nil))
		m := o.state().Register.Medium("S-1")
		o.expect("out of the office", m.OutOfOffice(), true)
		o.expect("tasks", kinds(o, o.clock.AddDate(0, 0, 6)), []string{"hand-in"})
	})
	t.Run("a medium that is carried has to come back", func(t *testing.T) {
		o := withMedia(newOffice2(t), "")
		at := o.say(o.trip("carry", nil))
		o.expect("out of the office", o.state().Register.Medium("S-1").OutOfOffice(), false)
		out := o.say(o.carry(at, nil))
		o.expect("out of the office", o.state().Register.Medium("S-1").OutOfOffice(), true)
		o.expect("tasks", kinds(o, o.clock.AddDate(0, 0, 6)), []string{"hand-in"})
		o.say(o.back(out, nil))
		m := o.state().Register.Medium("S-1")
		o.expect("tasks", len(kinds(o, o.clock.AddDate(0, 0, 10))), 0)
		o.expect("out of the office", m.OutOfOffice(), false)
		o.expect("counted", m.Counted, o.clock)
		o.expect("the approval is used", *m.Approvals[0].Used, out)
		b := o.back(o.say(o.carry(o.say(o.trip("abroad", nil)), nil)), func(b *statement.Back) { b.Sealed = false })
		o.say(b)
		o.expect("a broken seal", o.state().Register.Violations[0].Rule, "seal")
	})
	t.Run("fixed days", func(t *testing.T) {
		o := withMedia(newOffice2(t), `check_before = ["spring-festival"]`)
		festival := time.Date(2027, 2, 6, 0, 0, 0, 0, time.UTC)
		all := func(at time.Time) []string {
			return slices.DeleteFunc(kinds(o, at), func(k string) bool { return k != "check" })
		}
		o.expect("the day before", len(all(festival.Add(-time.Hour))), 0)
		o.expect("the day after", all(festival.Add(25*time.Hour)), []string{"check"})
		o.clock = festival.AddDate(0, 0, -2)
		o.say(&statement.Inventory{Act: o.act("custodian zhao"), Scope: statement.Scope{Person: "zhao"}, Found: []string{"S-1"}, Missing: []string{}, Unexpected: []string{}, CountedBy: "zhao"})
		o.expect("counted", len(all(festival.Add(25*time.Hour))), 0)
	})
	t.Run("an erasure that did not verify", func(t *testing.T) {
		o := withMedia(newOffice2(t), "unfinished_days = 3")
		o.say(o.approval("inside", "S-1"))
		o.unverified("S-1", "WD-S-1", "interrupted")
		o.expect("tasks", kinds(o, o.clock.AddDate(0, 0, 4)), []string{"unfinished"})
	})
	t.Run("one person has it for too long", func(t *testing.T) {
		o := withMedia(newOffice2(t), "[[keep]]\ndays = 30\n")
		o.expect("tasks", kinds(o, o.clock.AddDate(0, 0, 31)), []string{"holding"})
	})
	t.Run("the technician signs the result", func(t *testing.T) {
		o := withMedia(newOffice2(t), "technician_signs = true")
		o.say(o.approval("inside", "S-1"))
		cert := o.wipe("S-1")
		o.expect("tasks", kinds(o, o.clock.AddDate(0, 0, 8)), []string{"result"})
		s := o.state()
		ref, _ := s.Register.Ref(cert)
		disk := certify.Disk{Serial: "WD-S-1", Medium: "magnetic"}
		if err := s.Register.AllowPreparation(disk, ref); err == nil || err.(*register.RuleError).Rule != "result" {
			t.Errorf("it is prepared: %v", err)
		}
		o.say(&statement.Result{Act: o.act("technician wang"), Target: o.target(cert), Statement: "done"})
		o.expect("tasks", len(kinds(o, o.clock.AddDate(0, 0, 8))), 0)
		s = o.state()
		if err := s.Register.AllowPreparation(disk, ref); err != nil {
			t.Error(err)
		}
	})
	t.Run("disks that are not registered", func(t *testing.T) {
		o := withMedia(newOffice2(t), `unregistered = "refuse"`)
		_, err := o.state().Register.Allow(register.EraseRequest{Disk: certify.Disk{Serial: "X-9", Medium: "magnetic"}, Level: "clear", Verify: "full", Operator: "wang", At: o.clock})
		if err == nil || err.(*register.RuleError).Rule != "unregistered" {
			t.Errorf("%v", err)
		}
		o.policy = demand(`unregistered = "warn"`)
		if _, err := o.state().Register.Allow(register.EraseRequest{Disk: certify.Disk{Serial: "X-9", Medium: "magnetic"}, Level: "clear", Verify: "full", Operator: "wang", At: o.clock}); err != nil {
			t.Error(err)
		}
	})
	t.Run("a drive that is failing", func(t *testing.T) {
		for verdict, want := range map[string]string{"failing": "health", "worn": "", "unknown": "", "": ""} {
			o := withMedia(newOffice2(t), `failing = "destroy"`)
			o.say(o.approval("inside", "S-1"))
			w := register.EraseRequest{Number: "S-1", Disk: certify.Disk{Serial: "WD-S-1", Medium: "magnetic"}, Level: "clear", Verify: "full", Operator: "wang", At: o.tick(), Health: verdict}
			_, err := o.state().Register.Allow(w)
			if rule := ruleOf(err); rule != want {
				t.Errorf("%q: %v", verdict, err)
			}
			cert := o.wipe("S-1", verdict) // the drive began to fail meanwhile
			s := o.state()
			ref, _ := s.Register.Ref(cert)
			if rule := ruleOf(s.Register.AllowPreparation(certify.Disk{Serial: "WD-S-1", Medium: "magnetic"}, ref)); rule != want {
				t.Errorf("%q: it is prepared: %q", verdict, rule)
			}
		}
		o := withMedia(newOffice2(t), `failing = "destroy"`)
		o.say(o.approval("destroy", "S-1"))
		w := register.EraseRequest{Number: "S-1", Disk: certify.Disk{Serial: "WD-S-1", Medium: "magnetic"}, Level: "clear", Verify: "full", Operator: "wang", At: o.tick(), Health: "failing"}
		if _, err := o.state().Register.Allow(w); err != nil {
			t.Errorf("before its destruction: %v", err)
		}
		if _, err := register.ParsePolicy([]byte(demand(`failing = "keep"`))); err == nil {
			t.Error("another word is taken")
		}
	})
	t.Run("a station with a network", func(t *testing.T) {
		o := withMedia(newOffice2(t), "offline = true")
		for want, at := range map[string]*statement.Offline{
			"offline":     {DefaultRoute: true},
			"offline ":    {Radios: 1},
			"offline  ":   nil,
			"no-approval": {},
		} {
			w := register.EraseRequest{Number: "S-1", Disk: certify.Disk{Serial: "WD-S-1", Medium: "magnetic"}, Level: "clear", Verify: "full", Operator: "wang", At: o.clock, Offline: at}
			if _, err := o.state().Register.Allow(w); err == nil || err.(*register.RuleError).Rule != strings.TrimSpace(want) {
				t.Errorf("%+v: %v", at, err)
			}
		}
	})
	t.Run("a signer who is trained", func(t *testing.T) {
		o := emptyOffice2(t, newLog(t), nil)
		o.add(o.roster(1, func(r *statement.Roster) {
			for i := range r.People {
				r.People[i].Trained = "2026-12-31"
			}
		}))
		o.policy = demand("trained = true")
		o.say(o.registration("S-1", "secret", nil))
	})
}

// Days are those of the station: at UTC+8 a limit until 31 December has ended at 16:00 UTC, and not a second before.
func TestDaysOfTheStation(t *testing.T) {
	t.Parallel()
	o := emptyOffice2(t, newLog(t), func(s *statement.StationStatement) { s.Clock.Offset = 480 }).with()
	o.say(o.registration("S-1", "secret", func(r *statement.Registration) { r.Limit = &statement.Limit{Day: "2026-12-31"} }))
	due := map[string]time.Time{}
	for _, task := range o.state().Register.Tasks(time.Date(2026, 12, 31, 15, 59, 59, 0, time.UTC)) {
		due[task.Kind] = task.Due
		if task.Overdue == (task.Kind == "retention") {
			t.Errorf("%s, due %s: overdue is %v", task.Kind, task.Due, task.Overdue)
		}
	}
	if want := time.Date(2026, 12, 31, 15, 59, 59, 0, time.UTC); !due["retention"].Equal(want) {
		t.Errorf("the limit ends at %s, not %s", due["retention"], want)
	}
	if local := due["inventory"].In(time.FixedZone("", 480*60)); local.Format(time.TimeOnly) != "23:59:59" {
		t.Errorf("it has to be counted again until %s", local)
	}
}

// The agenda has the fixed days of the policy, when media are to be counted again, and the tasks.
func TestAgenda(t *testing.T) {
	t.Parallel()
	o := withMedia(newOffice2(t), `check_before = ["spring-festival", "10-01"]`)
	at := o.say(o.trip("send", nil))
	o.say(o.registration("S-2", "none", nil))
	o.say(o.sent(at, nil))
	got := []string{}
	for _, e := range o.state().Register.Agenda(o.clock, o.clock.AddDate(1, 0, 0)) {
		got = append(got, e.Day.Format(time.DateOnly)+" "+e.Kind+" "+e.Word+strings.Join(e.Media, ","))
	}
	want := []string{"2026-05-06 hand-in S-1", "2026-10-01 check 10-01", "2026-10-31 inventory S-2", "2027-02-06 check spring-festival"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}
