package register_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/register"
)

// BenchmarkAdd folds the statements of an office with 25,000 media. Signatures and JSON are checked before, on all cores.
func BenchmarkAdd(b *testing.B) {
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
