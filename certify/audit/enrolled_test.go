package audit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"rasure/certify"
	"rasure/certify/enrol"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/certify/tpm/tpmtest"
)

// bureau is an office whose station waits for its enrolment.
type bureau struct {
	*office2
	vendor *tpmtest.Vendor
	ek     *ecdsa.PublicKey
	cert   []byte // of that
}

func newBureau(t testing.TB, assurance string) *bureau {
	t.Helper()
	return newBureauOf(t, newPlayed(t, assurance))
}

func newBureauOf(t testing.TB, l *testLog) *bureau {
	t.Helper()
	b := &bureau{vendor: tpmtest.NewVendor(t)}
	b.office2 = emptyOffice2(t, l, nil)
	b.people["bureau"], b.people["clerk"] = newPerson(t, "bureau", "rasure-enrol"), newPerson(t, "clerk", "rasure-witness")
	b.with()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	b.ek = &key.PublicKey
	b.cert = b.vendor.Certify(b.ek, nil)
	return b
}

// enrolment is one that counts, unless edit changes that.
func (b *bureau) enrolment(edit func(*statement.Enrolment)) *statement.Enrolment {
	b.Helper()
	c := b.station.Counter
	key, err := x509.MarshalPKIXPublicKey(&b.key.PublicKey)
	check(b, err)
	ek, err := x509.MarshalPKIXPublicKey(b.ek)
	check(b, err)
	act := b.act("enrol bureau")
	e := &statement.Enrolment{Act: act, Station: statement.Enrolled{Name: b.station.Name, Key: sha256.Sum256(key), First: act.Log.First, Counter: statement.Counter{Index: int64(c.Index), Base: int64(c.Base), Policy: statement.Hash(policyOf(b.station))}, From: 1},
		Policy: statement.Hash(policyOf(b.station)),
		EK:     statement.EK{Certificate: b.cert, Chain: []statement.Bytes{b.vendor.Issuer.Raw}, Public: sha256.Sum256(ek)},
		TPM:    statement.Chip{Manufacturer: "IFX", Model: "SLB9670", Firmware: "id:0785"}, Roots: []statement.Hash{sha256.Sum256(b.vendor.Root.Raw)}, Checked: []string{"chain"}, Until: "2031-01-01"}
	if edit != nil {
		edit(e)
	}
	return e
}

// emulate gives the endorsement key a certificate for swtpm, by a vendor whose root the authority and the auditor chose.
func (b *bureau) emulate() {
	b.Helper()
	b.cert = b.vendor.Certify(b.ek, func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{tpmtest.AltName(b, "id:49465800", "swtpm", "id:1")}
	})
}

// enrol adds an enrolment that counts; the station states its class from then on.
func (b *bureau) enrol() int64 {
	b.Helper()
	at := b.say(b.enrolment(nil))
	b.station.Assurance = certify.TPMVerified
	return at
}

func (b *bureau) trust() *enrol.Trust { return &enrol.Trust{Roots: []*x509.Certificate{b.vendor.Root}} }

func (b *bureau) auditWith(edit func(*Options)) *Report {
	b.Helper()
	o := Options{Pin: b.cardPin(), Now: start.AddDate(1, 0, 0), Roots: []people.Signer{b.people["chief"].line, b.people["deputy"].line}}
	if edit != nil {
		edit(&o)
	}
	r, err := Log(b.files(), o)
	check(b, err)
	return r
}

func TestEnrolment(t *testing.T) {
	t.Parallel()
	b := newBureau(t, certify.TPMUnverified)
	early := b.begin2(nil)
	early.certificateAdded()
	if r := b.auditWith(nil); r.Assurance != certify.TPMUnverified || r.CounterBy != OwnWord || len(r.Enrolments) != 0 {
		t.Errorf("before: %s, counter by %s", r.Assurance, r.CounterBy)
	}
	running := b.begin2(nil)
	at := b.enrol()
	signed := running.certificateAdded()

	r := b.auditWith(nil)
	if !r.Valid || r.Assurance != certify.TPMVerified || r.CounterBy != TPM || len(r.Enrolments) != 1 || slices.Contains(r.NotShown, ByCounter) || !slices.Contains(r.NotShown, TPMRoots) {
		t.Errorf("%s, counter by %s, %v, not shown %v", r.Assurance, r.CounterBy, r.Problems, r.NotShown)
	}
	if e := r.Enrolments[0]; e.Index != at || !slices.Equal(e.By, []string{"bureau"}) || e.Manufacturer != "IFX" || e.Compared || e.Emulator || e.Assurance != certify.TPMVerified ||
		!slices.Equal(e.Roots, []string{fmt.Sprintf("%x", sha256.Sum256(b.vendor.Root.Raw))}) || e.Until != "2031-01-01" {
		t.Errorf("%+v", e)
	}
	if r := b.auditWith(func(o *Options) { o.TPMRoots = b.trust() }); !r.Valid || !r.Enrolments[0].Compared || slices.Contains(r.NotShown, TPMRoots) {
		t.Errorf("with the root: %v, %+v", r.Problems, r.Enrolments[0])
	}
	other := &enrol.Trust{Roots: []*x509.Certificate{tpmtest.NewVendor(t).Root}}
	if r := b.auditWith(func(o *Options) { o.TPMRoots = other }); r.Valid || r.Problems[0].Rule != certify.Enrolling || r.CounterBy != OwnWord || r.Enrolments[0].Compared {
		t.Errorf("with another root: %v, counter by %s", r.Problems, r.CounterBy)
	}
	// Nobody vouches for the roster: the station could have made itself the authority.
	if r := b.auditWith(func(o *Options) { o.Roots = nil }); !r.Valid || r.CounterBy != OwnWord || !slices.Contains(r.NotShown, ByCounter) {
		t.Errorf("without roots: counter by %s", r.CounterBy)
	}

	// A certificate alone cannot show it; its bundle does.
	v, err := VerifyCertificate(signed, nil, b.cardPin())
	if err != nil || !slices.Contains(v.NotShown, Enrolling) || v.CounterBy != OwnWord || len(v.Warnings) > 0 {
		t.Errorf("%+v, %v", v, err)
	}
	packed, err := r.Bundle(signed, b.cardPin(), fstest.MapFS{})
	check(t, err)
	roots := []people.Signer{b.people["chief"].line, b.people["deputy"].line}
	in, err := VerifyBundle(unpack(t, packed), b.cardPin(), Trusted{Roots: roots, TPMs: b.trust()})
	if err != nil || in.CounterBy != TPM || len(in.Enrolments) != 1 || !in.Enrolments[0].Compared || slices.Contains(in.NotShown, Enrolling) || slices.Contains(in.NotShown, TPMRoots) {
		t.Errorf("%+v, %v", in, err)
	}
	if in, err := VerifyBundle(unpack(t, packed), b.cardPin(), Trusted{}); err != nil || in.CounterBy != OwnWord {
		t.Errorf("without roots: counter by %v, %v", in.CounterBy, err)
	}
	if _, err := VerifyBundle(unpack(t, packed), b.cardPin(), Trusted{TPMs: other}); err == nil || !strings.Contains(err.Error(), "does not lead to your roots") {
		t.Errorf("with another root: %v", err)
	}
	files := unpack(t, packed)
	delete(files, entryName(at))
	delete(files, proofName(at))
	delete(files, recordName(at))
	if _, err := VerifyBundle(files, b.cardPin(), Trusted{}); err == nil || !strings.Contains(err.Error(), "another assurance than its enrolment gives it") {
		t.Errorf("without the enrolment: %v", err)
	}

	// What was verified once is read from the cache with it.
	s := b.state()
	cache, err := s.Cache("test", b.signer)
	check(t, err)
	again, used, err := ReplayCached(b.files(), b.id, &b.key.PublicKey, cache, "test", register.Default(), start.AddDate(1, 0, 0))
	if err != nil || !used || len(again.enrolments) != 1 || again.Chain.AssuranceAt(at+1) != certify.TPMVerified || again.Chain.AssuranceAt(at) != certify.TPMUnverified {
		t.Errorf("from the cache: %t, %+v, %v", used, again.enrolments, err)
	}

	// It can be renewed, which changes nothing.
	b.say(b.enrolment(func(e *statement.Enrolment) { e.Until = "2032-01-01" }))
	b.begin2(nil).certificateAdded()
	if r := b.auditWith(nil); !r.Valid || len(r.Enrolments) != 2 || len(r.Warnings) > 0 {
		t.Errorf("renewed: %v, %v", r.Problems, r.Warnings)
	}
}

// certificateAdded adds the certificate of the job, and returns it.
func (j *job2) certificateAdded() []byte {
	j.Helper()
	signed := j.certificate(nil)
	j.add(signed)
	return signed
}

// The class rises at the enrolment and nowhere else.
func TestClassRises(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		card string
		make func(b *bureau)
		want string // class at the end
		says string // a problem, or ""
	}{
		"never enrolled": {certify.TPMUnverified, func(b *bureau) {
			b.station.Assurance = certify.TPMVerified
			b.begin2(nil).certificateAdded()
		}, certify.TPMUnverified, `assurance "tpm-verified", unlike the first entry`},
		"a head before it": {certify.TPMUnverified, func(b *bureau) {
			head := b.headNow()
			b.enrol()
			b.begin2(func(s *statement.Begin) { s.Log = head }).certificateAdded()
		}, certify.TPMVerified, `assurance "tpm-verified", unlike the first entry`},
		"not stated behind it": {certify.TPMUnverified, func(b *bureau) {
			b.enrol()
			b.station.Assurance = certify.TPMUnverified
			b.begin2(nil).certificateAdded()
		}, certify.TPMVerified, `assurance "tpm-unverified", unlike the first entry`},
		"a certificate whose head is before it": {certify.TPMUnverified, func(b *bureau) {
			j := b.begin2(nil)
			signed := j.certificate(nil) // and somebody adds the enrolment first
			b.enrol()
			b.add(signed)
		}, certify.TPMVerified, ""},
		"an emulator": {certify.TPMEmulated, func(b *bureau) {
			b.say(b.enrolment(nil))
			b.begin2(nil).certificateAdded()
		}, certify.TPMEmulated, ""},
		"a certificate of an emulator": {certify.TPMUnverified, func(b *bureau) {
			b.emulate()
			b.say(b.enrolment(nil))
			b.station.Assurance = certify.TPMEmulated
			b.begin2(nil).certificateAdded()
		}, certify.TPMEmulated, ""},
		"a certificate of an emulator, not stated behind it": {certify.TPMUnverified, func(b *bureau) {
			b.emulate()
			b.say(b.enrolment(nil))
			b.begin2(nil).certificateAdded()
		}, certify.TPMEmulated, `assurance "tpm-unverified", unlike the first entry`},
		"a certificate of an emulator that says more": {certify.TPMUnverified, func(b *bureau) {
			b.emulate()
			b.enrol()
			b.begin2(nil).certificateAdded()
		}, certify.TPMEmulated, `assurance "tpm-verified", unlike the first entry`},
		"an emulator that says more": {certify.TPMEmulated, func(b *bureau) {
			b.enrol()
			b.begin2(nil).certificateAdded()
		}, certify.TPMEmulated, `assurance "tpm-verified", unlike the first entry`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBureau(t, c.card)
			c.make(b)
			r := b.auditWith(nil)
			if r.Assurance != c.want || r.Valid != (c.says == "") || c.says != "" && !strings.Contains(r.Problems[0].Detail.String(), c.says) {
				t.Errorf("%s, %v", r.Assurance, r.Problems)
			}
			if c.want == certify.TPMEmulated && (r.CounterBy != Emulator || !r.Enrolments[0].Emulator) {
				t.Errorf("counter by %s, %+v", r.CounterBy, r.Enrolments[0])
			}
		})
	}
}

func TestEnrolmentRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(b *bureau, e *statement.Enrolment)
		rule string
	}{
		"another key":                  {func(_ *bureau, e *statement.Enrolment) { e.Station.Key[0] ^= 1 }, certify.Enrolling},
		"another counter":              {func(_ *bureau, e *statement.Enrolment) { e.Station.Counter.Index++ }, certify.Enrolling},
		"another base":                 {func(_ *bureau, e *statement.Enrolment) { e.Station.Counter.Base-- }, certify.Enrolling},
		"a key that is bound":          {func(_ *bureau, e *statement.Enrolment) { e.Policy[0], e.Station.Counter.Policy[0] = 1, 1 }, certify.Enrolling},
		"attested from later":          {func(_ *bureau, e *statement.Enrolment) { e.Station.From = 2 }, certify.Enrolling},
		"another log":                  {func(_ *bureau, e *statement.Enrolment) { e.Station.First[0] ^= 1; e.Log.First[0] ^= 1 }, certify.Fork},
		"a certificate of another key": {func(b *bureau, e *statement.Enrolment) { e.EK.Public[0] ^= 1 }, certify.Enrolling},
		"certificates of two vendors":  {func(b *bureau, e *statement.Enrolment) { e.EK.Chain[0] = tpmtest.NewVendor(t).Issuer.Raw }, certify.Enrolling},
		"no such role":                 {func(_ *bureau, e *statement.Enrolment) { e.Signers[0].Person = "clerk" }, "signature"},
		"somebody unknown":             {func(_ *bureau, e *statement.Enrolment) { e.Signers[0].Person = "li" }, "signature"},
		"dated in the future":          {func(_ *bureau, e *statement.Enrolment) { e.At = start.AddDate(2, 0, 0) }, "future"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBureau(t, certify.TPMUnverified)
			e := b.enrolment(nil)
			c.edit(b, e)
			b.refused(name, c.rule, b.sign2(e))
			if r := b.auditWith(nil); r.Valid || r.Assurance != certify.TPMUnverified || len(r.Enrolments) != 0 {
				t.Errorf("%s: valid %t, %s", name, r.Valid, r.Assurance)
			}
		})
	}
	soft := newOffice2(t)
	b := &bureau{office2: soft, vendor: tpmtest.NewVendor(t), ek: &newKey(t).PublicKey}
	b.people["bureau"] = newPerson(t, "bureau", "rasure-enrol")
	b.cert = b.vendor.Certify(b.ek, nil)
	b.station.Counter = &certify.Counter{Index: nvIndex}
	e := b.enrolment(nil)
	b.station.Counter = nil
	if rules := b.refusals(b.sign2(e)); len(rules) == 0 || rules[0] != certify.Enrolling {
		t.Errorf("a key in a file: %q", rules)
	}
}

func TestEnrolmentEnded(t *testing.T) {
	t.Parallel()
	b := newBureau(t, certify.TPMUnverified)
	b.say(b.enrolment(func(e *statement.Enrolment) { e.Until = statement.Day(e.At.AddDate(0, 0, 1).Format("2006-01-02")) }))
	b.station.Assurance = certify.TPMVerified
	j := b.begin2(func(s *statement.Begin) { s.Clock.At = start.AddDate(0, 0, 5) })
	j.add(j.certificate(func(c *statement.Certificate) { c.Clock.At = start.AddDate(0, 0, 5) }))
	r := b.auditWith(nil)
	if !r.Valid || r.Assurance != certify.TPMVerified || !strings.Contains(warningsOf(r), "the enrolment ended on 2026-05-02, and the log has statements of 2026-05-06") {
		t.Errorf("%v, %q", r.Problems, warningsOf(r))
	}
}

// TestEnrolmentOnItsOwnWord has a station make itself the authority: its first statement names roots of its own. With the key alone nobody else vouches for
// them, so that the counter is not the TPM's, neither in an audit nor in a bundle.
func TestEnrolmentOnItsOwnWord(t *testing.T) {
	t.Parallel()
	helper := newBureau(t, certify.TPMUnverified)
	roots := helper.state().Rosters.At(helper.state().Rosters.Indices()[0] + 1).RootsSHA256()
	old := newPlayed(t, certify.TPMUnverified)
	card := old.station2(func(s *statement.StationStatement) {
		s.Log, s.Replaces, s.From, s.Roots = statement.Head{Origin: s.Log.Origin}, nil, 0, roots
	})
	o := &office2{people: helper.people, clock: start}
	o.testLog = old.again(t)
	o.card = card
	o.add(card)
	b := &bureau{vendor: tpmtest.NewVendor(t), office2: o}
	b.with()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	b.ek = &key.PublicKey
	b.cert = b.vendor.Certify(b.ek, nil)
	b.enrol()
	signed := b.begin2(nil).certificateAdded()
	for name, c := range map[string]struct {
		pin  Pin
		want Word
	}{"the key alone": {b.pin(), OwnWord}, "the card, which names the roots": {b.cardPin(), TPM}} {
		r := b.auditWith(func(o *Options) { o.Roots, o.Pin = nil, c.pin })
		warned := slices.ContainsFunc(r.Warnings, func(w certify.Problem) bool { return w.Rule == FirstRosterUnpinned })
		if r.CounterBy != c.want || warned != (c.want == OwnWord) {
			t.Errorf("audit with %s: the counter is by %q, warnings %q", name, r.CounterBy, warningsOf(r))
		}
		if r := b.auditWith(func(o *Options) { o.Pin = c.pin }); strings.Contains(warningsOf(r), "the first roster") {
			t.Errorf("audit with %s and the roots: %q", name, warningsOf(r))
		}
		packed, err := r.Bundle(signed, c.pin, fstest.MapFS{})
		check(t, err)
		v, err := VerifyBundle(unpack(t, packed), c.pin, Trusted{})
		check(t, err)
		if v.CounterBy != c.want || slices.Contains(v.NotShown, Enrolling) != (c.want == OwnWord) {
			t.Errorf("bundle with %s: the counter is by %q, not shown %v", name, v.CounterBy, v.NotShown)
		}
	}
}

// TestEnrolledEmulator verifies a certificate and its bundle behind an enrolment that found an emulator: all of them say so, though the root was chosen.
func TestEnrolledEmulator(t *testing.T) {
	t.Parallel()
	b := newBureau(t, certify.TPMUnverified)
	b.emulate()
	b.say(b.enrolment(nil))
	b.station.Assurance = certify.TPMEmulated
	signed := b.begin2(nil).certificateAdded()
	v, err := VerifyCertificate(signed, nil, b.cardPin())
	if err != nil || v.Assurance != certify.TPMEmulated || v.CounterBy != Emulator {
		t.Errorf("the certificate: %s, counter by %s, %v", v.Assurance, v.CounterBy, err)
	}
	r := b.auditWith(func(o *Options) { o.TPMRoots = b.trust() })
	if !r.Valid || r.CounterBy != Emulator || !r.Enrolments[0].Compared || r.Enrolments[0].Assurance != certify.TPMEmulated {
		t.Errorf("the log: %+v, %v", r.Enrolments[0], r.Problems)
	}
	packed, err := r.Bundle(signed, b.cardPin(), fstest.MapFS{})
	check(t, err)
	roots := []people.Signer{b.people["chief"].line, b.people["deputy"].line}
	in, err := VerifyBundle(unpack(t, packed), b.cardPin(), Trusted{Roots: roots, TPMs: b.trust()})
	if err != nil || in.Assurance != certify.TPMEmulated || in.CounterBy != Emulator || !in.Enrolments[0].Emulator {
		t.Errorf("the bundle: %+v, %v", in, err)
	}
	words := ""
	for _, line := range in.Origin().Key(start.Location()) {
		words += line.String() + "\n"
	}
	if !strings.Contains(words, "the TPM is a program") || strings.Contains(words, certify.TPMVerified) {
		t.Errorf("the words: %s", words)
	}
}
