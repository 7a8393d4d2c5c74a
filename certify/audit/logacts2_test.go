package audit

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/logs"
)

// recount takes the counter up again, which has counted gap times without entries.
func (o *office2) recount(gap uint64, signers string) *statement.Recount {
	o.Helper()
	o.played.Value += gap
	s, err := logs.ReadSnapshot(o.files(), o.id)
	check(o, err)
	cp := s.Checkpoint()
	signed, err := note.Sign(&note.Note{Text: cp.Text()}, o.signers()...)
	check(o, err)
	line, err := logs.CounterLine(o.id, signed)
	check(o, err)
	r := &statement.Recount{Act: o.act(signers), Reason: "power cut", OldBase: int64(o.id.BaseAt(cp.Size)), Size: cp.Size, Root: statement.Hash(cp.Root)}
	r.NewBase = r.OldBase + int64(gap)
	r.Attestation, err = o.id.Records.Record(line)
	check(o, err)
	return r
}

// takeUp lets the log be continued after a recount.
func (o *office2) takeUp(r *statement.Recount) {
	o.Helper()
	o.id.Steps = append(o.id.Steps, logs.Step{Size: r.Size + 1, Base: uint64(r.NewBase)})
	var err error
	o.log, err = logs.Open(o.dir, o.options())
	check(o, err)
}

// A recount is by the roots and the secrecy officer, and is what the counter did.
func TestRecount(t *testing.T) {
	t.Parallel()
	const all = "roster chief roster deputy secrecy lan"
	o := emptyOffice2(t, newPlayed(t, certify.TPMUnverified), nil).with()
	o.say(o.registration("S-1", "none", nil))
	r := o.recount(3, all)
	o.takeUp(r)
	at := o.say(r)
	o.say(o.registration("S-2", "none", nil))
	r = o.recount(2, all)
	o.takeUp(r)
	o.say(r)
	s := o.state()
	if recounts := s.Register.Recounts(); len(recounts) != 2 || recounts[0].Index != at || recounts[1].NewBase != 45 {
		t.Errorf("%+v", recounts)
	}
	if len(s.Chain.Problems)+len(s.Register.Violations) != 0 {
		t.Errorf("%+v, %+v", s.Chain.Problems, s.Register.Violations)
	}
	cache, err := s.Cache("program 1", o.signer)
	check(t, err)
	again, used, err := ReplayCached(o.files(), o.id, &o.key.PublicKey, cache, "program 1", register.Default(), start.AddDate(1, 0, 0))
	if err != nil || !used || len(again.Register.Recounts()) != 2 || string(packed(t, again)) != string(packed(t, s)) {
		t.Errorf("used %t, %v", used, err)
	}
	for name, c := range map[string]struct {
		rule, signers string
		edit          func(*statement.Recount)
	}{
		"by one root":           {"unsigned", "roster chief secrecy lan", func(*statement.Recount) {}},
		"of another root":       {"fork", all, func(r *statement.Recount) { r.Root[0]++ }},
		"from another base":     {"from 41 to 43", all, func(r *statement.Recount) { r.OldBase++ }},
		"with another record":   {"does not verify", all, func(r *statement.Recount) { r.Attestation[20]++ }},
		"of a log of yesterday": {"the counter was read at 2 entries, and the recount is entry 3", all, func(r *statement.Recount) { r.Size--; r.Root = statement.Hash{} }},
	} {
		o := emptyOffice2(t, newPlayed(t, certify.TPMUnverified), nil).with()
		o.say(o.registration("S-1", "none", nil))
		r := o.recount(3, c.signers)
		if c.edit(r); name == "of a log of yesterday" {
			snapshot, err := logs.ReadSnapshot(o.files(), o.id)
			check(t, err)
			head, err := snapshot.Head(r.Size)
			check(t, err)
			r.Root = statement.Hash(head.Root)
		}
		o.id.Steps = append(o.id.Steps, logs.Step{Size: 4, Base: 43})
		o.log, err = logs.Open(o.dir, o.options())
		check(t, err)
		if rules := o.refusals(o.sign2(r)); len(rules) == 0 || !strings.Contains(rules[0], c.rule) {
			t.Errorf("%s: refused by %q", name, rules)
		}
	}
}

// A log that another one continues has ended.
func TestSuccession(t *testing.T) {
	t.Parallel()
	succession := func(o *office2) *statement.Succession {
		h := o.headNow()
		return &statement.Succession{Act: o.act("roster chief roster deputy"), Old: h, New: statement.Head{Origin: "s8", First: statement.Hash{1}, Size: 1, Root: statement.Hash{2}}, Reason: "new mainboard", Carried: statement.Hash{3}}
	}
	each(t, map[string]func(o *office2) (string, []byte){
		"by one root": func(o *office2) (string, []byte) {
			s := succession(o)
			s.Signers = s.Signers[:1]
			return "unsigned", o.sign2(s)
		},
		"of another head": func(o *office2) (string, []byte) {
			s := succession(o)
			s.Old.Root[0]++
			return "fork", o.sign2(s)
		},
		"an act behind the end": func(o *office2) (string, []byte) {
			o.say(succession(o))
			return "retired", o.sign2(o.registration("S-1", "none", nil))
		},
		"a roster behind the end": func(o *office2) (string, []byte) {
			o.say(succession(o))
			return "retired", o.next(nil)
		},
		"an audit of another head": func(o *office2) (string, []byte) {
			a := &statement.Audit{Act: o.act("audit liu"), Audited: o.headNow()}
			a.Audited.Root[0]++
			return "fork", o.sign2(a)
		},
	})
	o := newOffice2(t)
	s := succession(o)
	s.Old, s.New = statement.Head{Origin: "s8", First: statement.Hash{1}, Size: 1, Root: statement.Hash{2}}, s.Old // this log is the new one
	o.say(s)
	if _, _, retired := o.state().Register.Retired(); retired {
		t.Error("the new log has ended")
	}
	at := o.say(succession(o))
	if entry, alone, retired := o.state().Register.Retired(); !retired || alone || entry != at {
		t.Error("the log goes on")
	}
	o.begin2(func(b *statement.Begin) { b.Clock.At = o.clock })
	v := o.state().Register.Violations
	if len(v) != 1 || v[0].Rule != "retired" {
		t.Errorf("a job behind the end: %+v", v)
	}
}

func TestBundleBehindRetirement(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	b := &statement.Retirement{ByStation: o.byStation(o.headNow()), Operator: statement.Operator{Account: "root", By: "login"}, Reason: "scrapped"}
	b.Clock.At = o.clock
	o.add(o.signNew(b))
	signed := o.begin2(func(b *statement.Begin) { b.Clock.At = o.clock }).certificateAdded()
	packed, err := o.audit().Bundle(signed, o.cardPin(), fstest.MapFS{})
	check(t, err)
	_, err = VerifyBundle(unpack(t, packed), o.cardPin(), Trusted{})
	fails(t, "a certificate behind the last entry", err, "the certificate behind it does not count")
}

// The station ends its log by itself when it is retired. Nothing counts behind that, of the station neither.
func TestRetirement(t *testing.T) {
	t.Parallel()
	retirement := func(o *office2) *statement.Retirement {
		b := &statement.Retirement{ByStation: o.byStation(o.headNow()), Operator: statement.Operator{Account: "root", By: "login"}, Reason: "scrapped"}
		b.Clock.At = o.clock
		return b
	}
	for name, follow := range map[string]func(o *office2){
		"a job":    func(o *office2) { o.begin2(func(b *statement.Begin) { b.Clock.At = o.clock }) },
		"an act":   func(o *office2) { o.add(o.sign2(o.registration("S-1", "none", nil))) },
		"a roster": func(o *office2) { o.add(o.next(nil)) },
		"a list": func(o *office2) {
			o.add(o.signNew(&statement.List{ByStation: o.byStation(o.headNow()), Purpose: "import", Rows: []statement.Row{{Number: "A-1", Classification: "none", Type: "unknown"}}}))
		},
		"a second one": func(o *office2) { o.add(o.signNew(retirement(o))) },
		"nothing":      nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice2(t)
			end := o.add(o.signNew(retirement(o))).Index
			if follow == nil {
				r := o.audit()
				if !r.Valid || r.Retired == nil || *r.Retired != (Retired{end, o.clock, "root", "scrapped"}) {
					t.Errorf("%v, %+v", r.Problems, r.Retired)
				}
				return
			}
			follow(o)
			rule := "retired"
			if name == "a roster" { // which the log refuses before the register sees it
				rule = "log"
			}
			o.breaks(name, fmt.Sprintf("%d %s", end+1, rule))
		})
	}
}
