package register_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/statement"
)

// BenchmarkAdd folds the statements of an office with 25,000 media. Signatures and JSON are checked before, on all cores.
func BenchmarkAdd(b *testing.B) { benchmarkAdd(b, routine) }

// BenchmarkAddVersion2 is the same in version 2, without the heads and references, which package certify compares.
func BenchmarkAddVersion2(b *testing.B) { benchmarkAdd(b, routine2) }

func benchmarkAdd(b *testing.B, routine func(testing.TB, int) register.Entry) {
	const n = 100_000
	entries := make([]register.Entry, n)
	var wg sync.WaitGroup
	for w := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := w; i < n; i += runtime.GOMAXPROCS(0) {
				entries[i] = routine(b, i)
			}
		})
	}
	wg.Wait()
	for b.Loop() {
		r := register.New(register.Default(), time.Time{})
		for _, e := range entries {
			r.Add(e)
		}
		r.Tasks(start)
		if len(r.Violations) > 0 || len(r.Media()) != n/4 {
			b.Fatalf("%d media, violations %+v", len(r.Media()), r.Violations[:1])
		}
	}
}

// routine is the i-th statement of an office in which every medium is registered, approved and handed over, to and fro.
func routine(t testing.TB, i int) register.Entry {
	number, at := fmt.Sprintf("S-%d", i/4), start.Add(time.Duration(i)*time.Second)
	until := at.AddDate(0, 1, 0)
	act := []certify.Declaration{
		{Class: certify.Secret, Type: "magnetic", Serial: "WD-" + number, Custodian: "zhao", Source: "x", LimitCondition: "y", Signs: sign("custodian", "zhao")},
		{Purpose: "destroy", Technician: "wang", Until: &until, Signs: sign("approve", "li")},
		{From: "zhao", To: "qian", Signs: sign("custodian", "zhao", "custodian", "qian")},
		{From: "qian", To: "zhao", Signs: sign("custodian", "qian", "custodian", "zhao")},
	}[i%4]
	kind := []certify.Kind{certify.KindRegistration, certify.KindApproval, certify.KindHandover, certify.KindHandover}[i%4]
	act.ID, act.At, act.Media = fmt.Sprintf("01JGJQ7M8R%016d", i), at, []string{number}
	body, err := json.MarshalIndent(act, "", "  ")
	if err != nil {
		t.Error(err)
	}
	checked, err := certify.CheckEntry([]byte(string(kind)+"\n"+string(body)+"\n\n"), nil)
	if err != nil {
		t.Error(err)
	}
	by := []register.Person{}
	for _, s := range act.Signs {
		by = append(by, register.Person{Role: s.Role, Name: s.Name, Key: s.Name})
	}
	return register.Entry{Index: int64(i), Entry: checked, By: by}
}

// routine2 is [routine] in version 2.
func routine2(t testing.TB, i int) register.Entry {
	number, at := fmt.Sprintf("S-%d", i/4), start.Add(time.Duration(i)*time.Second)
	act := func(at time.Time, i int, signers ...string) statement.Act {
		a := statement.Act{ID: fmt.Sprintf("01JGJQ7M8R%016d", i), Log: statement.Head{Origin: "s7", First: statement.Hash{1}, Size: int64(max(i, 1)), Root: statement.Hash{2}}, At: at}
		for ; len(signers) > 0; signers = signers[2:] {
			a.Signers = append(a.Signers, statement.Signer{Role: signers[0], Person: signers[1]})
		}
		return a
	}
	text := func(b statement.Body) string {
		s := statement.Statement{Body: b}
		s.Act().Says = statement.SayingOf(b).String()
		text, err := statement.Write(b)
		if err != nil {
			t.Error(err)
		}
		return text
	}
	first := i - i%4
	registration := text(&statement.Registration{Act: act(start.Add(time.Duration(first)*time.Second), first, "custodian", "zhao"), Number: number, Classification: "secret", Type: "magnetic", Serial: "WD-" + number,
		Custodian: "zhao", Source: "x", Limit: &statement.Limit{Condition: "y"}, Marked: "2026-01-01"})
	media := []statement.Medium{{Number: number, Classification: "secret", Type: "magnetic", Serial: "WD-" + number, Registration: statement.Ref{Index: int64(first), SHA256: sha256.Sum256([]byte(registration))}}}
	said := registration
	switch i % 4 {
	case 1:
		said = text(&statement.Approval{Act: act(at, i, "approve", "li"), Media: media, Purpose: "destroy", Technician: "wang", From: at, Until: at.AddDate(0, 1, 0)})
	case 2:
		said = text(&statement.Handover{Act: act(at, i, "custodian", "zhao", "custodian", "qian"), Media: media, From: "zhao", To: "qian"})
	case 3:
		said = text(&statement.Handover{Act: act(at, i, "custodian", "qian", "custodian", "zhao"), Media: media, From: "qian", To: "zhao"})
	}
	s, err := statement.Read(said)
	if err != nil {
		t.Fatal(err)
	}
	by, lines := []register.Person{}, []string{}
	for k, p := range s.Act().Signers {
		by = append(by, register.Person{Role: p.Role, Name: p.Person, Key: p.Person})
		lines = append(lines, "\u2014 rasure-"+p.Role+" "+base64.StdEncoding.EncodeToString([]byte{0, 0, 0, 0, byte(k)})+"\n")
	}
	slices.Sort(lines)
	checked, err := certify.CheckEntry([]byte(said+"\n"+strings.Join(lines, "")), nil)
	if err != nil {
		t.Error(err)
	}
	return register.Entry{Index: int64(i), Entry: checked, By: by}
}
