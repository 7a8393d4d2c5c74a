package register_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/register"
)

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// office is a log that a test makes; every statement is an hour younger than the one before.
type office struct {
	t     testing.TB
	r     *register.Register
	clock time.Time
	n     int
	key   *ecdsa.PrivateKey
	s     note.Signer
	refs  []certify.EntryRef
}

func newOffice(t testing.TB, policy string) *office {
	t.Helper()
	p := register.Default()
	if policy != "" {
		var err error
		if p, err = register.ParsePolicy([]byte(policy)); err != nil {
			t.Fatal(err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := certify.NewSoftwareSigner("station7.example", key)
	if err != nil {
		t.Fatal(err)
	}
	return &office{t: t, r: register.New(p, time.Time{}), clock: start, key: key, s: s}
}

func (o *office) station() certify.Station {
	sum, err := certify.KeySHA256(&o.key.PublicKey)
	if err != nil {
		o.t.Fatal(err)
	}
	return certify.Station{Name: "station7.example", Assurance: certify.Software, KeySHA256: sum}
}

func (o *office) tick() time.Time { o.clock = o.clock.Add(time.Hour); return o.clock }

// entry makes the next entry out of a text that people sign; by whom, the test says.
func (o *office) entry(text string, by []register.Person) register.Entry {
	o.t.Helper()
	checked, err := certify.CheckEntry([]byte(text+"\n"), &o.key.PublicKey)
	if err != nil {
		o.t.Fatal(err)
	}
	return register.Entry{Index: o.r.Size(), Entry: checked, By: by}
}

// act makes an act by the signers "role name ...", all of whom have signed with a key of their own.
func (o *office) act(kind certify.Kind, signers string, a certify.Declaration) register.Entry {
	o.t.Helper()
	o.n++
	a.ID = fmt.Sprintf("01JGJQ7M8R%016d", o.n)
	if a.At.IsZero() {
		a.At = o.tick()
	}
	by := []register.Person{}
	words := strings.Fields(signers)
	for i := 0; i < len(words); i += 2 {
		a.Signs = append(a.Signs, certify.RequiredSigner{Role: words[i], Name: words[i+1]})
		by = append(by, register.Person{Role: words[i], Name: words[i+1], Key: "key of " + words[i+1]})
	}
	text, err := certify.DeclarationText(kind, a)
	if err != nil {
		o.t.Fatal(err)
	}
	return o.entry(text, by)
}

// good adds an entry that no rule refuses, and returns its reference.
func (o *office) good(e register.Entry) *certify.EntryRef {
	o.t.Helper()
	for _, p := range o.r.Check(e) {
		o.t.Fatalf("entry %d: %+v", e.Index, p)
	}
	return o.add(e)
}

func (o *office) add(e register.Entry) *certify.EntryRef {
	o.r.Add(e)
	ref := e.Entry.Refer(e.Index)
	return &ref
}

// refused checks that a rule, and none before it, refuses the entry.
func (o *office) refused(rule string, e register.Entry) {
	o.t.Helper()
	all := o.r.Check(e)
	if len(all) == 0 {
		o.t.Errorf("want a refusal by %s, have none", rule)
	} else if all[0].Rule != rule {
		o.t.Errorf("want a refusal by %s, have %+v", rule, all)
	}
}

func (o *office) register(number string, class certify.Class, kind, serial, custodian string) register.Entry {
	a := certify.Declaration{Media: []string{number}, Class: class, Type: kind, Serial: serial, Custodian: custodian, Source: "office 3"}
	if class != certify.Unclassified {
		a.LimitCondition = "when the project ends"
	}
	return o.act(certify.KindRegistration, "custodian "+custodian, a)
}

func (o *office) approve(purpose string, numbers ...string) register.Entry {
	until := o.clock.AddDate(0, 1, 0)
	return o.act(certify.KindApproval, "approve li", certify.Declaration{Media: numbers, Purpose: purpose, Technician: "wang", Until: &until})
}

func (o *office) disk(serial string) certify.Disk {
	return certify.Disk{Serial: serial, Model: "WDC", Medium: "magnetic", Size: 1 << 20}
}

func (o *office) wish(number, serial, level string) register.EraseRequest {
	return register.EraseRequest{Number: number, Disk: o.disk(serial), Level: level, Verify: "full", Operator: "wang", At: o.clock}
}

// wipe begins and ends an erasure, and returns the entry of the certificate.
func (o *office) wipe(id string, w register.EraseRequest, reg *certify.MediumRef) *certify.EntryRef {
	o.t.Helper()
	plan := certify.Plan{Scheme: "clear-random", Level: w.Level, Verify: w.Verify}
	b := certify.Begin{ID: id, Station: o.station(), Operator: w.Operator, Disk: w.Disk, Plan: plan, Started: o.tick(), Register: reg, Policy: o.r.Policy.Ref()}
	begin := o.signed(certify.KindBegin, b)
	c := certify.Certificate{Passes: []certify.Pass{}, Exceptions: []certify.Exception{}, Evidence: []certify.File{}, Interruptions: []certify.Interruption{}, ID: id, Station: o.station(), Operator: w.Operator, Disk: w.Disk, Plan: plan, Level: w.Level, Outcome: "verified", Started: o.clock, Ended: o.tick(),
		Begin: *begin, Register: reg, Policy: b.Policy}
	return o.signed(certify.KindCertificate, c)
}

func (o *office) signed(kind certify.Kind, body any) *certify.EntryRef {
	o.t.Helper()
	signed, err := certify.Sign(kind, body, o.s)
	if err != nil {
		o.t.Fatal(err)
	}
	checked, err := certify.CheckEntry(signed, &o.key.PublicKey)
	if err != nil {
		o.t.Fatal(err)
	}
	return o.add(register.Entry{Index: o.r.Size(), Entry: checked})
}

// allowed asks for an erasure that no rule refuses.
func (o *office) allowed(w register.EraseRequest) *certify.MediumRef {
	o.t.Helper()
	reg, err := o.r.Allow(w)
	if err != nil {
		o.t.Fatal(err)
	}
	return reg
}

// erased is an office in which the secret disk S-1 was approved and erased; cert is its certificate.
func erased(t testing.TB) (o *office, cert *certify.EntryRef) {
	t.Helper()
	o = newOffice(t, "")
	o.good(o.register("S-1", certify.Secret, "magnetic", "WD-1", "zhao"))
	o.good(o.approve("inside", "S-1"))
	w := o.wish("S-1", "WD-1", "purge")
	return o, o.wipe("A", w, o.allowed(w))
}
