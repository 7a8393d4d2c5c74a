package main

import (
	"io"
	"path/filepath"
	"sync"
	"testing"

	"rasure/devices/devicetest"
)

// leftOnes are the unfinished jobs of a bench, as the next process finds them, with its station.
func (b *bench) leftOnes(want int) (*app, *station, []*jobFile) {
	b.Helper()
	a := &app{stateDir: b.at("state"), out: io.Discard, err: io.Discard, host: b.host}
	left, err := a.leftJobs()
	if err != nil {
		b.Fatal(err)
	}
	st, err := a.openStation()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(st.Close)
	if left, err = a.tidy(st, left); err != nil || len(left) != want {
		b.Fatalf("%d jobs are left, %v, want %d", len(left), err, want)
	}
	return a, st, left
}

// The serial numbers differ only in what no file name can bear, and both jobs end within one second.
func TestTwoCertificatesNeverShareAFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.cut(b.plug("sda", "S/1"), devicetest.Write, 6)
	b.cut(b.plug("sdb", "S:1"), devicetest.Write, 6)
	_, st, left := b.leftOnes(2)
	ended := now()
	for _, f := range left {
		r := f.report("cut off")
		r.Ended = ended
		if err := f.seal(st, r); err != nil {
			t.Fatal(err)
		}
	}
	var both sync.WaitGroup
	jobs := make([]wiped, 2)
	for i, f := range left {
		both.Go(func() {
			f.Halted = ""
			index, cert, proof, err := f.settle(st)
			if err != nil {
				t.Error(err)
			}
			jobs[i] = wiped{Certificate: cert, Proof: proof, Index: index, Outcome: "interrupted"}
		})
	}
	both.Wait()
	if first, second := b.certificate(jobs[0], "interrupted"), b.certificate(jobs[1], "interrupted"); first.ID == second.ID {
		t.Errorf("both are of job %s: %v", first.ID, jobs)
	}
	if all, err := filepath.Glob(b.at("state/certificates/S_1-*.cert")); len(all) != 2 || err != nil {
		t.Errorf("certificates %v, %v", all, err)
	}
	b.audit(map[string]int64{"interrupted": 2})
}
