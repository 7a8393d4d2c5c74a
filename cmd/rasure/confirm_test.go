package main

import (
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/station"
	"rasure/devices/devicetest"
)

// TestOnlyConfirmed prepares two disks and confirms one. The other is not written to, it is free again, and its interrupted job can still
// be resumed.
func TestOnlyConfirmed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d, other := b.plug("sda", "S1"), b.plug("sdb", "S2")
	b.stopped(other, devicetest.Write, 6)
	other.at("", 0, nil)
	before, left := other.writes(), b.left(1)
	st, err := station.Open(b.at("state"), station.Options{Root: b.host().Root})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	batch, err := job.New(st, b.host(b.at("state"))).Prepare(t.Context(), job.Options{Operator: "wang"}, []job.Request{{Disk: "sda"}, {Disk: "sdb"}})
	if err != nil {
		t.Fatal(err)
	}
	defer batch.Close()
	for _, word := range []string{"S3", "sdb", "", "S"} {
		if _, err := batch.Confirm(t.Context(), word, job.Typed); fault.Code(err) != fault.Refused {
			t.Errorf("%q: %v", word, err)
		}
	}
	if i, err := batch.Confirm(t.Context(), "s1", job.Typed); i != 0 || err != nil {
		t.Fatal(i, err)
	}
	results, err := batch.Run(t.Context(), nobody{})
	if err != nil || len(results) != 1 || results[0].Disk.Serial != "S1" || results[0].Outcome != "verified" {
		t.Fatalf("%+v, %v", results, err)
	}
	if d.writes() == 0 || other.writes() != before {
		t.Errorf("%d writes of the disk that was confirmed, %d of the other", d.writes(), other.writes()-before)
	}
	if now := b.left(1); now[0] != left[0] {
		t.Errorf("the interrupted job %s is now %s", left[0], now[0])
	}
	st.Close()
	jobs, _ := b.resume(fault.Done, other)
	b.certificate(jobs[0], "verified")
	b.left(0)
}
