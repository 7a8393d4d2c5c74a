package hub_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/logs/fleet"
)

// BenchmarkIngest has a hub receive 10,000 new entries of a station that has as many already: verified, copied, cosigned, judged and in the index. It
// reports how much more time of processors that takes than the bare verification of the signatures: that of each entry and that of each attestation. The time
// of processors does not depend on what else the machine does.
func BenchmarkIngest(b *testing.B) {
	const jobs = 5000
	for b.Loop() {
		b.StopTimer()
		s := hubtest.New(b, "station.example")
		h := hubtest.Open(b, hub.Options{Dir: hubtest.NewDir(b), Stations: hubtest.Roster(b, s)})
		erase := func(kind string) func() {
			return func() {
				for i := range jobs {
					s.Erase(fmt.Sprintf("%s-%d", kind, i))
				}
			}
		}
		s.Bulk(erase("old"))
		first, err := h.Receive(ctx, s.Body(0), s.Files())
		hubtest.Check(b, err)
		s.Bulk(erase("new"))
		body := s.Body(first.Size)
		b.StartTimer()
		before := spent(b)
		a, err := h.Receive(ctx, body, s.Files())
		took := spent(b) - before
		b.StopTimer()
		if err != nil || a.Status != fleet.Cosigned || a.Size != 4*jobs+1 {
			b.Fatal(a, err)
		}
		sum := sha256.Sum256(body)
		sig, err := s.Key.Sign(rand.Reader, sum[:], crypto.SHA256)
		hubtest.Check(b, err)
		before = spent(b)
		var all sync.WaitGroup
		for range runtime.NumCPU() {
			all.Go(func() {
				for range 4 * jobs / runtime.NumCPU() {
					if !ecdsa.VerifyASN1(&s.Key.PublicKey, sum[:], sig) {
						b.Error("a signature")
					}
				}
			})
		}
		all.Wait()
		b.ReportMetric(float64(took)/float64(spent(b)-before), "cpu-x-bare")
		b.StartTimer()
	}
}

// spent is what this process has used of all processors, in itself and in the kernel.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	hubtest.Check(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
