package audit

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/statement"
)

// BenchmarkReplayCached reads a log of begins and certificates whose entries, except the last two, were verified before. It must be
// flat: what it takes beside 1,000 entries and beside 100,000 differs by the state that is read.
func BenchmarkReplayCached(b *testing.B) {
	for _, size := range []int{1_000, 20_000, 100_000} {
		b.Run(fmt.Sprintf("%d entries", size), func(b *testing.B) {
			if size > 1_000 && os.Getenv("RASURE_BENCH_LONG") == "" {
				b.Skip("set RASURE_BENCH_LONG: the log takes minutes to make")
			}
			l := newLog(b)
			for l.log.Size() < int64(size) {
				l.add(l.begin(start, nil))
			}
			cache, err := l.replay().Cache("program 1", l.signer)
			check(b, err)
			l.add(l.begin(start, nil))
			for b.Loop() {
				s, used, err := ReplayCached(l.files(), l.id, &l.key.PublicKey, cache, "program 1", register.Default(), start.AddDate(1, 0, 0))
				if err != nil || !used || s.Checkpoint.Size != l.log.Size() {
					b.Fatal(used, err)
				}
			}
			b.ReportMetric(float64(len(cache))/float64(size), "B/entry")
		})
	}
}

// BenchmarkReplay compares the replay of a log with the bare verification of all its signatures, on all cores: of the entries, of the attestations,
// and in version 2 of the anchors.
func BenchmarkReplay(b *testing.B) {
	const jobs = 500
	for _, c := range []struct {
		name       string
		make       func(testing.TB) *testLog
		version    int
		signatures int // of each job
	}{
		{"version 1 software", newLog, 1, 2},
		{"version 2 software", newLog, 2, 3},
		{"version 1 counter", func(t testing.TB) *testLog { return newPlayed(t, certify.TPMUnverified) }, 1, 4},
		{"version 2 counter", func(t testing.TB) *testLog { return newPlayed(t, certify.TPMUnverified) }, 2, 5},
	} {
		b.Run(c.name, func(b *testing.B) {
			l := c.make(b)
			if c.version == 2 {
				l.add(l.station2(nil))
			}
			for range jobs {
				if c.version == 1 {
					l.add(l.begin(start, nil))
				} else {
					l.add(l.begin2(nil).certificate(nil))
				}
			}
			sum := sha256.Sum256([]byte("text"))
			sig, err := l.key.Sign(rand.Reader, sum[:], crypto.SHA256)
			check(b, err)
			bare := time.Duration(0)
			for b.Loop() {
				if s := l.replay(); len(s.Chain.Problems) != 0 || s.Chain.Outcomes["verified"] != jobs {
					b.Fatal(s.Chain.Problems)
				}
				b.StopTimer()
				began := time.Now()
				var all sync.WaitGroup
				for range runtime.NumCPU() {
					all.Go(func() {
						for range jobs * c.signatures / runtime.NumCPU() {
							if !ecdsa.VerifyASN1(&l.key.PublicKey, sum[:], sig) {
								b.Error("a signature")
							}
						}
					})
				}
				all.Wait()
				bare += time.Since(began)
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(bare), "x-bare")
		})
	}
}

// BenchmarkBoots compares the replay of logs without boot statements, and with one for each ten jobs, which all of their statements name.
func BenchmarkBoots(b *testing.B) {
	const jobs = 200
	for _, every := range []int{0, 10} {
		b.Run(fmt.Sprintf("one for %d jobs", every), func(b *testing.B) {
			l := newPlayed(b, certify.TPMUnverified)
			l.add(l.station2(nil))
			name := func(*statement.Software) {}
			for i := range jobs {
				if every > 0 && i%every == 0 {
					l.played.Resets++
					ref := l.ref2(l.add(l.signNew(l.boot2(program("image"), nil))).Index)
					name = func(s *statement.Software) { s.Attested, s.Boot = "boot", &ref }
				}
				l.add(l.begin2(func(s *statement.Begin) { name(&s.Software) }).certificate(func(c *statement.Certificate) { name(&c.Software) }))
			}
			for b.Loop() {
				if s := l.replay(); len(s.Chain.Problems) != 0 || s.Chain.Outcomes["verified"] != jobs {
					b.Fatal(s.Chain.Problems)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(l.log.Size()), "µs/entry")
		})
	}
}
