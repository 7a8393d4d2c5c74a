package audit

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/wipe/scheme"
)

var (
	jobID  = regexp.MustCompile(`01[0-9A-Z]{24}`)
	sum256 = regexp.MustCompile(`[0-9a-f]{64}`)
)

// mediaOf is the register without what differs between versions: the SHA-256 of entries, ids of jobs, and from when a limit counts.
func mediaOf(t testing.TB, s *State) []byte {
	t.Helper()
	text, err := json.Marshal(s.Register.Media())
	check(t, err)
	text = jobID.ReplaceAll(sum256.ReplaceAll(text, []byte("-")), []byte("-"))
	return []byte(strings.ReplaceAll(string(text), `"marked_on":"2026-05-01",`, ""))
}

// The same story in both versions is the same register.
func TestTwins(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	for _, n := range []string{"S-1", "S-2", "S-3"} {
		o.say(o.registration(n, "confidential", nil))
	}
	o.say(o.approval("inside", "S-1"))
	cert := o.wipe("S-1")
	o.say(&statement.Witness{Act: o.act("witness sun"), Target: o.target(cert), Present: "all", Saw: "it"})
	o.say(&statement.Validation{Act: o.act("validate chen"), Target: o.target(cert), Decision: "accept", Reason: "seen"})
	o.say(&statement.Handover{Act: o.act("custodian zhao custodian qian"), Media: o.media("S-2", "S-3"), From: "zhao", To: "qian"})
	approved := o.say(o.approval("destroy", "S-2"))
	o.say(&statement.Destruction{Act: o.act("technician wang witness sun witness zhou"), Media: o.media("S-2"), Approval: o.target(approved), Method: "shred", Place: "yard"})
	o.say(&statement.Inventory{Act: o.act("custodian qian"), Scope: statement.Scope{Person: "qian"}, Missing: []string{"S-3"}, CountedBy: "qian"})
	a := o.act("custodian qian")
	o.say(&statement.Loss{Act: a, Media: o.media("S-3"), Noticed: a.At, Circumstances: "stolen"})
	registered := int64(2)
	o.say(&statement.Correction{Act: o.act("custodian zhao approve li"), Target: o.target(registered), Reason: "misread", Changes: []statement.Change{{Field: "model", New: "WD40"}}})
	two := o.state()
	if len(two.Chain.Problems) != 0 || len(two.Register.Violations) != 0 {
		t.Fatalf("%+v, %+v", two.Chain.Problems, two.Register.Violations)
	}

	l := newLog(t)
	w := &writer1{testLog: l, o: o, clock: start}
	draft, err := people.NewRoster(nil, w.tick(), 1, []people.Signer{o.people["chief"].line}, linesOf(o))
	check(t, err)
	l.add(o.people["chief"].sign(t, draft, people.Root))
	for _, n := range []string{"S-1", "S-2", "S-3"} {
		w.say("custodian zhao", certify.KindRegistration, certify.Declaration{Media: []string{n}, Class: certify.Confidential, Type: "magnetic", Serial: "WD-" + n, Custodian: "zhao", Source: "office 3",
			LimitCondition: "when the project ends"})
	}
	ref := w.approve("inside", "S-1")
	ref = w.wipe(&certify.MediumRef{Number: "S-1", Class: certify.Confidential, Purpose: "inside", Approval: &ref}, "WD-S-1")
	w.say("witness sun", certify.KindWitness, certify.Declaration{Entry: &ref, Saw: "it"})
	w.say("validate chen", certify.KindValidation, certify.Declaration{Entry: &ref, Decision: "accept", Reason: "seen"})
	w.say("custodian zhao custodian qian", certify.KindHandover, certify.Declaration{Media: []string{"S-2", "S-3"}, From: "zhao", To: "qian"})
	ref = w.approve("destroy", "S-2")
	w.say("technician wang witness sun witness zhou", certify.KindDestruction, certify.Declaration{Media: []string{"S-2"}, Entry: &ref, Method: "shred", Place: "yard"})
	w.say("custodian qian", certify.KindInventory, certify.Declaration{Custodian: "qian", Missing: []string{"S-3"}})
	noticed := w.clock.Add(time.Hour)
	w.say("custodian qian", certify.KindLoss, certify.Declaration{Media: []string{"S-3"}, Noticed: &noticed, Reason: "stolen"})
	first := l.refOf(registered)
	w.say("custodian zhao approve li", certify.KindCorrection, certify.Declaration{Entry: &first, Reason: "misread", Model: "WD40"})
	one := l.replay()
	if len(one.Chain.Problems) != 0 || len(one.Register.Violations) != 0 {
		t.Fatalf("%+v, %+v", one.Chain.Problems, one.Register.Violations)
	}
	b := strings.ReplaceAll(string(mediaOf(t, two)), `"present":"all",`, "") // only version 2 states it
	if a := string(mediaOf(t, one)); a != b {
		t.Errorf("version 1: %s\nversion 2: %s", a, b)
	}
	at := o.clock.AddDate(1, 0, 0)
	tasks := func(r *register.Register) []byte {
		all := r.Tasks(at)
		for i := range all { // only version 2 states when a day ends
			all[i].Due = all[i].Due.Truncate(24 * time.Hour)
		}
		text, err := json.Marshal(all)
		check(t, err)
		return text
	}
	a1, a2 := tasks(one.Register), tasks(two.Register)
	if string(a1) != string(a2) {
		t.Errorf("tasks of version 1: %s\nof version 2: %s", a1, a2)
	}
	// What is cached continues as what was not.
	cache, err := two.Cache("program 1", o.signer)
	check(t, err)
	again, used, err := ReplayCached(o.files(), o.id, &o.key.PublicKey, cache, "program 1", two.Register.Policy, start.AddDate(1, 0, 0))
	if err != nil || !used || string(packed(t, again)) != string(packed(t, two)) {
		t.Errorf("used %t, %v", used, err)
	}
}

func linesOf(o *office2) (all []people.Signer) {
	for _, name := range sortedKeys(staff) {
		if staff[name] != "roster" && !strings.Contains(staff[name], "audit") {
			all = append(all, o.people[name].line)
		}
	}
	return all
}

// writer1 writes the story in version 1.
type writer1 struct {
	*testLog
	o     *office2
	clock time.Time
}

func (w *writer1) tick() time.Time { w.clock = w.clock.Add(time.Hour); return w.clock }

func (l *testLog) refOf(index int64) certify.EntryRef {
	e, err := l.log.Entry(index)
	check(l, err)
	return certify.EntryRef{Index: index, SHA256: hexSum(e)}
}

func (w *writer1) say(signers string, kind certify.Kind, d certify.Declaration) certify.EntryRef {
	w.Helper()
	w.jobs++
	d.ID, d.At = w.ulid(), w.tick()
	words := strings.Fields(signers)
	for i := 0; i < len(words); i += 2 {
		d.Signs = append(d.Signs, certify.RequiredSigner{Role: words[i], Name: words[i+1]})
	}
	text, err := certify.DeclarationText(kind, d)
	check(w, err)
	signed := []byte(text)
	for i := 0; i < len(words); i += 2 {
		sig, err := people.Sign([]byte(text), people.Role(words[i]), w.o.people[words[i+1]].signer)
		check(w, err)
		signed, err = people.Attach(signed, sig)
		check(w, err)
	}
	return w.add(signed)
}

func (w *writer1) approve(purpose, number string) certify.EntryRef {
	w.Helper()
	until := w.clock.Add(time.Hour).AddDate(0, 1, 0)
	return w.say("approve li", certify.KindApproval, certify.Declaration{Media: []string{number}, Purpose: purpose, Technician: "wang", Until: &until})
}

func (w *writer1) wipe(m *certify.MediumRef, serial string) certify.EntryRef {
	w.Helper()
	began := w.tick()
	id := w.ulid()
	table, err := scheme.Named("clear-random")
	check(w, err)
	plan := certify.Plan{Scheme: table.ID, SchemeSHA256: hexSum([]byte(table.Text())), Level: "clear", Verify: "full"}
	disk := certify.Disk{Model: "WDC WD800JD", Serial: serial, Medium: "magnetic", Size: 1 << 30}
	policy := register.Default().Ref()
	b := w.add(w.sign(certify.KindBegin, certify.Begin{ID: id, Station: w.station, Operator: "wang", Disk: disk, Plan: plan, Started: began, Register: m, Policy: policy}))
	ended := w.tick()
	size := disk.Size
	sum := sha256.Sum256([]byte(id))
	return w.add(w.sign(certify.KindCertificate, certify.Certificate{ID: id, Station: w.station, Operator: "wang", Disk: disk, Plan: plan, Level: "clear", Outcome: "verified", Started: began, Ended: ended,
		Seconds: 3600, Begin: b, Register: m, Policy: policy, Exceptions: []certify.Exception{{Code: "hidden-areas-not-examined"}}, Evidence: []certify.File{}, Interruptions: []certify.Interruption{},
		Passes: []certify.Pass{{Pattern: "random", Key: hexOf(sum), Written: size, Verified: size, Verify: "full", Unwritten: []certify.Extent{}, Mismatched: []certify.Extent{}, Unreadable: []certify.Extent{},
			Started: began, Ended: ended}}}))
}
