package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/cmd/internal/station"
)

// BenchmarkAudit audits a log as it grows, of begins and their certificates. "us/bare" is what nothing but verifying an ECDSA
// P-256 signature for each entry takes, with all processors; "cores" is how many were busy.
func BenchmarkAudit(b *testing.B) {
	a, s := practiceStation(b, station.KeySoftware, "")
	for _, size := range []int64{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("%d entries", size), func(b *testing.B) {
			for s.Log().Size() < size {
				begin, cert := practiceJob(b, s, s.Log().Size())
				for _, e := range [][]byte{begin, cert} {
					if _, err := s.Log().Append(e); err != nil {
						b.Fatal(err)
					}
				}
			}
			n, spent := s.Log().Size(), cpuTime(b)
			for b.Loop() {
				f, err := audit.Replay(os.DirFS(a.statePath(station.LogDir)), s.Identity(), s.PublicKey(), nil, register.New(register.Default(), time.Time{}))
				if err != nil || len(f.Chain.Problems) > 0 || f.Chain.Outcomes["verified"] != n/2 || f.Checkpoint.Size != n {
					b.Fatalf("%v, %+v, %d entries", err, f.Chain, f.Checkpoint.Size)
				}
			}
			per := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(cpuTime(b)-spent)/float64(b.Elapsed()), "cores")
			b.ReportMetric(per.Seconds(), "s/audit")
			b.ReportMetric(float64(per)/1e3/float64(n), "us/entry")
			b.ReportMetric(float64(bareVerify(b, 20_000))/1e3, "us/bare")
		})
	}
}

// BenchmarkAuditAttested is [BenchmarkAudit] of a log that keeps what a counter attested when each entry was added: two signatures an entry.
// "us/signature" is what the audit takes for one of them.
func BenchmarkAuditAttested(b *testing.B) {
	l := newPlayedLog(b, certify.TPMUnverified, true)
	for _, size := range []int64{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("%d entries", size), func(b *testing.B) {
			for l.log.Size() < size {
				begin, cert := practiceJobBy(b, l.by, l.signer, l.log.Size())
				for _, e := range [][]byte{begin, cert} {
					if _, err := l.log.Append(e); err != nil {
						b.Fatal(err)
					}
				}
			}
			n, spent := l.log.Size(), cpuTime(b)
			for b.Loop() {
				r, err := audit.Log(os.DirFS(l.path("log")), audit.Options{Pin: audit.Pin{Key: &l.key.PublicKey}, Now: time.Now(), AttestedFrom: 1})
				if err != nil || !r.Valid || r.Entries != n || r.Attested.Entries != n {
					b.Fatalf("%v, %+v", err, r)
				}
			}
			per, spent := b.Elapsed()/time.Duration(b.N), cpuTime(b)-spent
			b.ReportMetric(float64(spent)/float64(b.Elapsed()), "cores")
			b.ReportMetric(per.Seconds(), "s/audit")
			b.ReportMetric(float64(per)/1e3/float64(2*n), "us/signature")
			begun, bare := cpuTime(b), bareVerify(b, 20_000)
			b.ReportMetric(float64(bare)/1e3, "us/bare")
			// The same in time of the processors, which others on a busy machine disturb less.
			b.ReportMetric(float64(spent)/float64(b.N)/float64(2*n)/(float64(cpuTime(b)-begun)/20_000), "cpu/bare")
		})
	}
}

// bareVerify is what one of n verifications takes when all processors share them.
func bareVerify(b *testing.B, n int) time.Duration {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256([]byte("a statement"))
	sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		b.Fatal(err)
	}
	begun, all := time.Now(), runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for range all {
		wg.Go(func() {
			for range n / all {
				if !ecdsa.VerifyASN1(&key.PublicKey, sum[:], sig) {
					b.Error("a good signature does not verify")
				}
			}
		})
	}
	wg.Wait()
	return time.Since(begun) / time.Duration(n/all*all)
}

// cpuTime is what this process has used of all processors, in itself and in the kernel.
func cpuTime(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkWipe erases an image of 64 KiB at a station whose log is long, and reports what that takes of the processors: reading the log
// must not grow with it.
func BenchmarkWipe(b *testing.B) {
	a, _ := practiceStation(b, station.KeySoftware, "")
	image := filepath.Join(filepath.Dir(a.stateDir), "disk.img")
	if err := os.WriteFile(image, make([]byte, 64<<10), 0o600); err != nil {
		b.Fatal(err)
	}
	wipe := func() {
		if code := a.run(b.Context(), []string{"wipe", image, "--allow-image", "--confirm", "disk.img", "--out", filepath.Dir(image), "--state", a.stateDir}); code != 0 {
			b.Fatalf("exit status %d", code)
		}
	}
	for _, size := range []int64{100, 2_000, 20_000, 100_000} {
		b.Run(fmt.Sprintf("%d entries", size), func(b *testing.B) {
			s, err := a.openStation() // with what the wipes before have logged
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			for s.Log().Size() < size {
				begin, cert := practiceJob(b, s, s.Log().Size())
				for _, e := range [][]byte{begin, cert} {
					if _, err := s.Log().Append(e); err != nil {
						b.Fatal(err)
					}
				}
			}
			wipe() // reads what is new, and keeps that it did
			spent := cpuTime(b)
			for b.Loop() {
				wipe()
			}
			b.ReportMetric((cpuTime(b)-spent).Seconds()*1000/float64(b.N), "cpu-ms/wipe")
		})
	}
}
