package register_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/register"
)

// processor is the time that all cores have worked for this process.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// The limit is 2 s of the processor, for the machine may have other things to do; signatures and JSON are not in it, they
// are checked on the way in, on all cores.
func TestAHundredThousandStatementsFoldInTwoSeconds(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	const n = 100_000
	entries := make([]register.Entry, n)
	var wg sync.WaitGroup
	for w := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := w; i < n; i += runtime.GOMAXPROCS(0) {
				entries[i] = routine(t, i)
			}
		})
	}
	wg.Wait()
	r := register.New(register.Default(), time.Time{})
	begin, busy := time.Now(), processor(t)
	for _, e := range entries {
		r.Add(e)
	}
	r.Tasks(start)
	busy = processor(t) - busy
	t.Logf("%d statements in %v, %v of the processor", n, time.Since(begin), busy)
	if len(r.Violations) > 0 || len(r.Media()) != n/4 {
		t.Fatalf("%d media, problems %+v", len(r.Media()), r.Violations[:1])
	}
	if busy > 2*time.Second {
		t.Errorf("%v", busy)
	}
}

// routine is the i-th statement of an office in which every medium is registered, approved and handed over, to and fro.
func routine(t *testing.T, i int) register.Entry {
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
