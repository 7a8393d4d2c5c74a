package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/logs"
	"rasure/wipe/scheme"
)

// headNow is the head of the log as it is now.
func (l *testLog) headNow() statement.Head {
	l.Helper()
	first, err := logs.ReadEntry(l.files(), 0)
	check(l, err)
	s, err := logs.ReadSnapshot(l.files(), l.id)
	check(l, err)
	cp := s.Checkpoint()
	return statement.Head{Origin: cp.Origin, First: certify.TextSHA256(first), Size: cp.Size, Root: statement.Hash(cp.Root)}
}

func (l *testLog) byStation(head statement.Head) statement.ByStation {
	l.Helper()
	l.jobs++
	key, err := x509.MarshalPKIXPublicKey(&l.key.PublicKey)
	check(l, err)
	b := statement.ByStation{ID: l.ulid(), Log: head, Station: statement.Station{Name: l.station.Name, Key: sha256.Sum256(key), Assurance: l.station.Assurance},
		Org: statement.Org{Organisation: "the archive"}, Clock: statement.Clock{At: start},
		Software: statement.Software{Name: "rasure", Version: "0.2.0", Go: "go1.26.8", Attested: "none", SHA256: sha256.Sum256(nil)}}
	if c := l.station.Counter; c != nil {
		b.Station.Counter = &statement.Counter{Index: int64(c.Index), Base: int64(c.Base), Policy: statement.Hash(policyOf(l.station))}
	}
	return b
}

// entropy is what ids and seeds come from. That of the vectors is a list of hashes.
func (l *testLog) entropy() io.Reader {
	if l.random == nil {
		return rand.Reader
	}
	return l.random
}

func (l *testLog) ulid() string {
	l.Helper()
	id, err := certify.NewID(start, l.entropy())
	check(l, err)
	return id
}

func (l *testLog) signNew(body statement.Body) []byte {
	l.Helper()
	signed, err := certify.SignStatement(body, l.signer)
	check(l, err)
	return signed
}

func (l *testLog) ref2(index int64) statement.Ref {
	l.Helper()
	entry, err := logs.ReadEntry(l.files(), index)
	check(l, err)
	return statement.Ref{Index: index, SHA256: certify.TextSHA256(entry)}
}

// station2 is the statement that begins version 2.
func (l *testLog) station2(edit func(*statement.StationStatement)) []byte {
	l.Helper()
	key, err := x509.MarshalPKIXPublicKey(&l.key.PublicKey)
	check(l, err)
	replaces := l.ref2(0)
	s := &statement.StationStatement{ByStation: l.byStation(l.headNow()), Draft: true, PublicKey: key, Replaces: &replaces, Host: statement.Host{Name: "s7", Kernel: "6.1.0"},
		Zone: "UTC", Keys: []statement.StationKey{{Use: "statement", Algorithm: "ecdsa-p256-sha256", Key: key, Required: true}}}
	if l.station.Counter != nil {
		s.From = 1
		s.TPM = &statement.TPM{Manufacturer: "IFX", Vendor: "SLB9670", Firmware: "7.85", Key: []byte("k"), NV: []byte("n"), Policy: statement.Hash(policyOf(l.station))}
	}
	if edit != nil {
		edit(s)
	}
	return l.signNew(s)
}

// job2 is a job of version 2 that has begun.
type job2 struct {
	*testLog
	begin  *statement.Begin
	index  int64
	seed   [32]byte
	anchor *statement.Anchor
}

func (l *testLog) begin2(edit func(*statement.Begin)) *job2 {
	l.Helper()
	j := &job2{testLog: l}
	_, err := io.ReadFull(l.entropy(), j.seed[:])
	check(l, err)
	s, err := scheme.Named("clear-random")
	check(l, err)
	j.begin = &statement.Begin{ByStation: l.byStation(l.headNow()), Seed: sha256.Sum256(j.seed[:]), Confirmation: statement.Confirmation{Typed: "serial", Seconds: 4},
		Work: statement.Work{Job: l.ulid(), Operator: statement.Operator{Account: "root", By: "flag"}, Identified: "serial",
			Disk: statement.Disk{Model: "WDC WD800JD", Serial: fmt.Sprintf("S-%d", l.jobs), SerialSource: "ata-identify", Bus: "sata", MediumType: "magnetic", Size: 1 << 30,
				Logical: 512, Physical: 512, Hidden: "not-examined", Direct: "yes", Node: statement.Node{Name: "sdb", Major: 8, Minor: 16}},
			Plan: statement.Plan{Scheme: s.ID, SHA256: sha256.Sum256([]byte(s.Text())), Level: "clear", Verify: "full", Standard: "NIST SP 800-88 Rev. 2"}}}
	if edit != nil {
		edit(j.begin)
	}
	j.index = l.add(l.signNew(j.begin)).Index
	j.anchor = l.anchorNow()
	return j
}

// anchorNow is the signed head of the log as it is.
func (l *testLog) anchorNow() *statement.Anchor {
	l.Helper()
	s, err := logs.ReadSnapshot(l.files(), l.id)
	check(l, err)
	a, err := Anchor(s, l.id, s.Size(), l.signer)
	check(l, err)
	return a
}

// certificate is one of a verified erasure, with the keys that the job must have.
func (j *job2) certificate(edit func(*statement.Certificate)) []byte {
	j.Helper()
	keys, err := certify.NewPassKeys(j.seed, j.anchor.SHA256, j.begin.Job)
	check(j, err)
	at, confirmation := start.Add(time.Hour), j.begin.Confirmation
	size := j.begin.Disk.Size
	c := &statement.Certificate{ByStation: j.byStation(j.headNow()), Work: j.begin.Work, Begin: j.ref2(j.index), Confirmation: &confirmation, Seed: j.seed, Anchor: j.anchor,
		Passes: []statement.Pass{{Pattern: "random", Key: keys.Pass(1), Written: size, Verified: size, Verify: "full", Unwritten: []statement.Extent{}, Mismatched: []statement.Extent{},
			Unreadable: []statement.Extent{}, Started: start, Ended: at, Elapsed: 3600_000, Writing: 1800_000, Verifying: 1800_000}},
		Sessions: []statement.Session{{Boot: sha256.Sum256([]byte("boot")), Started: start, Ended: at, Elapsed: 3600_000}},
		Outcome:  "verified", Level: "clear", Exceptions: []statement.Exception{{Code: "hidden-areas-not-examined"}}, Limits: []string{}, Evidence: []statement.File{}}
	c.Clock.At = at
	if edit != nil {
		edit(c)
	}
	return j.signNew(c)
}

// rules are those that an audit finds broken, each with its entry.
func (l *testLog) rules() []string {
	l.Helper()
	all := []string{}
	for _, p := range l.audit().Problems {
		all = append(all, fmt.Sprintf("%d %s", p.Index, p.Rule))
	}
	return all
}

func (l *testLog) breaks(name string, want ...string) {
	l.Helper()
	if got := l.rules(); !slices.Equal(got, want) {
		for _, p := range l.audit().Problems {
			l.Logf("entry %d: %s: %v", p.Index, p.Rule, p.Detail)
		}
		l.Errorf("%s breaks %q, not %q", name, got, want)
	}
}

func each2(t *testing.T, test func(t *testing.T, make func(testing.TB) *testLog)) {
	for name, make := range map[string]func(testing.TB) *testLog{
		"software": newLog, "counter": func(t testing.TB) *testLog { return newPlayed(t, certify.TPMUnverified) },
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, make) })
	}
}
