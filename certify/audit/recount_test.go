package audit

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/logs"
)

// recountOffice is a station with a TPM, whose log is of version 2 and has a roster.
type recountOffice struct {
	*testLog
	root, wang person
}

func newRecountOffice(t testing.TB) *recountOffice {
	t.Helper()
	o := &recountOffice{newPlayed(t, certify.TPMUnverified), newPerson(t, "root", "rasure-roster"), newPerson(t, "wang@office", "rasure-secrecy")}
	draft, err := people.NewRoster(nil, start, 1, []people.Signer{o.root.line}, []people.Signer{o.wang.line})
	check(t, err)
	o.add(o.root.sign(t, draft, people.Root))
	o.add(o.station2(nil))
	o.add(o.begin2(nil).certificate(nil))
	return o
}

// recount states what the counter has done, and is added to the log as the station adds it.
func (o *recountOffice) recount(edit func(*statement.Recount)) []byte {
	o.Helper()
	head := o.headNow()
	value, err := o.played.Read()
	check(o, err)
	r := &statement.Recount{Reason: "the TPM was cleared", OldBase: int64(o.id.BaseAt(head.Size)), NewBase: int64(value) - head.Size, Size: head.Size, Root: head.Root,
		Attestation: o.attest(head)}
	r.Act = statement.Act{ID: o.ulid(), Log: head, At: start.Add(2 * time.Hour), Signers: []statement.Signer{{Role: "roster", Person: "root"}, {Role: "secrecy", Person: "wang@office"}}}
	if edit != nil {
		edit(r)
	}
	r.Says = statement.SayingOf(r).String()
	text, err := statement.Write(r)
	check(o, err)
	return o.signs(text)
}

func (o *recountOffice) signs(text string) []byte {
	o.Helper()
	signed := o.root.sign(o, text, people.Root)
	sig, err := people.Sign([]byte(text), people.Secrecy, o.wang.signer)
	check(o, err)
	signed, err = people.Attach(signed, sig)
	check(o, err)
	return signed
}

// attest is the record of a head at the counter's present value.
func (o *recountOffice) attest(head statement.Head) []byte {
	o.Helper()
	signed, err := note.Sign(&note.Note{Text: logs.Checkpoint{Origin: head.Origin, Size: head.Size, Root: [32]byte(head.Root)}.Text()}, o.signers()...)
	check(o, err)
	line, err := logs.CounterLine(o.id, signed)
	check(o, err)
	record, err := o.id.Records.Record(line)
	check(o, err)
	return record
}

// addRecount adds a recount to the log, whose counter is ahead.
func (o *recountOffice) addRecount(signed []byte) {
	o.Helper()
	r, err := readRecount(signed)
	check(o, err)
	o.id.Steps = append(slices.Clone(o.id.Steps), logs.Step{Size: r.Size + 1, Base: uint64(r.NewBase)})
	o.log, err = logs.Open(o.dir, o.options())
	check(o, err)
	o.add(signed)
}

// broken are the findings of a rule.
func (o *recountOffice) broken(rule string) (all []string) {
	o.Helper()
	for _, p := range o.audit().Problems {
		if p.Rule == rule {
			all = append(all, p.Detail.String())
		}
	}
	return all
}

func TestRecountAudited(t *testing.T) {
	t.Parallel()
	o := newRecountOffice(t)
	for _, gap := range []uint64{3, 1} { // two recounts in one log
		o.played.Value += gap
		o.addRecount(o.recount(nil))
		o.add(o.begin2(nil).certificate(nil))
	}
	r := o.audit()
	if !r.Valid {
		t.Errorf("an honest recount: %s", problemsIn(r))
	}
	if want := uint64(40 + 3 + 1 + r.Entries); r.Counter != want {
		t.Errorf("the counter is %d, want %d", r.Counter, want)
	}
	if a := r.Attested; a == nil || a.Entries != r.Entries {
		t.Errorf("attested: %+v of %d entries", a, r.Entries)
	}
	warned := 0
	for _, w := range r.Warnings {
		if w.Rule == RecountRule && strings.Contains(w.Detail.String(), "an entry that was lost is possible") {
			warned++
		}
	}
	if warned != 2 {
		t.Errorf("%d warnings of a gap, want 2: %v", warned, r.Warnings)
	}
	plain := o.id
	plain.Steps = nil
	found, err := WithRecounts(o.files(), plain)
	if err != nil || !slices.Equal(found.Steps, o.id.Steps) {
		t.Errorf("found the steps %v, %v, want %v", found.Steps, err, o.id.Steps)
	}
}

// A recount must state what the counter did, and nothing may be appended between the two.
func TestRecountRefusedByAudit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*recountOffice, *statement.Recount)
		says string
	}{
		"another attestation": {func(o *recountOffice, r *statement.Recount) {
			o.played.Value--
			r.Attestation = o.attest(r.Log)
			o.played.Value++
		}, "the attestation of the recount does not verify"},
		"an attestation of an earlier head": {func(o *recountOffice, r *statement.Recount) {
			r.Size--
			head, err := o.log.Snapshot().Head(r.Size)
			check(o, err)
			r.Root, r.Attestation = statement.Hash(head.Root), o.attest(statement.Head{Origin: head.Origin, Size: head.Size, Root: statement.Hash(head.Root)})
		}, "something else was appended meanwhile"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newRecountOffice(t)
			o.played.Value += 3
			base := o.played.Value - uint64(o.log.Size())
			signed := o.recount(func(r *statement.Recount) { c.edit(o, r) })
			o.id.Steps = []logs.Step{{Size: o.log.Size() + 1, Base: base}}
			var err error
			o.log, err = logs.Open(o.dir, o.options())
			check(t, err)
			o.add(signed)
			if got := o.broken(RecountRule); len(got) != 1 || !strings.Contains(got[0], c.says) {
				t.Errorf("found %q, want %q", got, c.says)
			}
		})
	}
}

// Without the recount a log whose counter has jumped does not verify: the files that a process makes who leaves out entries.
func TestCounterJumps(t *testing.T) {
	t.Parallel()
	o := newRecountOffice(t)
	o.played.Value += 2
	o.id.Steps = []logs.Step{{Size: o.log.Size() + 1, Base: 42}}
	var err error
	o.log, err = logs.Open(o.dir, o.options())
	check(t, err)
	o.add(o.begin2(nil).certificate(nil))
	if _, err := Log(os.DirFS(o.dir), Options{Pin: o.cardPin(), Now: start.AddDate(1, 0, 0)}); err == nil || !strings.Contains(err.Error(), "which began at 40") {
		t.Errorf("Log() = %v", err)
	}
}

func TestRecountInBundle(t *testing.T) {
	t.Parallel()
	o := newRecountOffice(t)
	o.played.Value += 3
	o.addRecount(o.recount(nil))
	cert := o.begin2(nil).certificate(func(c *statement.Certificate) { c.Clock.At = start.Add(3 * time.Hour) })
	o.add(cert)
	b, err := o.audit().Bundle(cert, o.cardPin(), nil)
	check(t, err)
	files := unpack(t, b)
	v, err := VerifyBundle(files, o.cardPin(), Trusted{Roots: []people.Signer{o.root.line}})
	if err != nil || v.Counter != 43+uint64(v.LogSize) {
		t.Fatalf("VerifyBundle = %v", err)
	}
	for name, c := range map[string]struct {
		says string
		edit func(fstest.MapFS)
	}{
		"without the recount": {"the TPM counted", func(f fstest.MapFS) {
			delete(f, entryName(5))
			delete(f, proofName(5))
		}},
		"without the roster": {"no roster", func(f fstest.MapFS) {
			delete(f, entryName(1))
			delete(f, proofName(1))
		}},
	} {
		changed := maps.Clone(files)
		c.edit(changed)
		if _, err := VerifyBundle(changed, o.cardPin(), Trusted{}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	// By the roots alone: the form of the act demands the secrecy officer, the bundle does so too.
	b2 := &opened{id: o.id, rosters: o.replay().Rosters}
	e, err := certify.CheckEntry(files[entryName(5)].Data, &o.key.PublicKey)
	check(t, err)
	if err := b2.checkRecount(e, 5, []SignedBy{{Role: "roster", Name: "root"}}); err == nil {
		t.Error("a recount without the secrecy officer")
	}
	if err := b2.checkRecount(e, 5, []SignedBy{{Role: "secrecy", Name: "wang@office"}}); err == nil {
		t.Error("a recount without a root")
	}
	if err := b2.checkRecount(e, 4, []SignedBy{{Role: "roster", Name: "root"}, {Role: "secrecy", Name: "wang@office"}}); err == nil {
		t.Error("a recount of another place")
	}
}
