package logs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"rasure/logs"
)

// Run it with -benchtime 256x, a whole bundle: an append writes the bundle again,
// so the last of 256 takes longer than the first.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int64{1_024, 10_240, 102_400} {
		b.Run(fmt.Sprintf("to %d entries", size), func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "log")
			if err := logs.Fill(dir, plain(), size, entry); err != nil {
				b.Fatal(err)
			}
			l, err := logs.Open(dir, plain())
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := l.Append(entry(l.Size())); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpenVerified opens a log that was verified before, up to its last entry but 100.
func BenchmarkOpenVerified(b *testing.B) {
	const size = 102_400
	dir := filepath.Join(b.TempDir(), "log")
	if err := logs.Fill(dir, plain(), size-100, entry); err != nil {
		b.Fatal(err)
	}
	l, err := logs.Open(dir, plain())
	if err != nil {
		b.Fatal(err)
	}
	o, old := plain(), l.Snapshot().Checkpoint()
	o.Verified = &old
	for range 100 {
		if _, err := l.Append(entry(l.Size())); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := logs.Open(dir, o); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, size := range []int64{10_000, 100_000} {
		b.Run(fmt.Sprintf("%d entries", size), func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "log")
			if err := logs.Fill(dir, plain(), size, entry); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(size * int64(len(entry(size/2))))
			for b.Loop() {
				if _, err := logs.Open(dir, plain()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAudit verifies an ECDSA signature for each entry, as the audit of
// certificates does.
func BenchmarkAudit(b *testing.B) {
	const size = 10_000
	dir := filepath.Join(b.TempDir(), "log")
	if err := logs.Fill(dir, plain(), size, entry); err != nil {
		b.Fatal(err)
	}
	k := newP256(9)
	sig, err := k.Sign(entry(1))
	if err != nil {
		b.Fatal(err)
	}
	one := entry(1)
	for b.Loop() {
		_, err := auditLog(os.DirFS(dir), plain().Identity, nil, func(_ int64, e []byte) error {
			if !k.Verify(one, sig) {
				b.Error("does not verify")
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEntries reads a whole log, by the iterator and by index. The second reads a bundle again for each entry.
func BenchmarkEntries(b *testing.B) {
	const size = 2048
	dir := filepath.Join(b.TempDir(), "log")
	if err := logs.Fill(dir, plain(), size, entry); err != nil {
		b.Fatal(err)
	}
	s, err := logs.ReadSnapshot(os.DirFS(dir), plain().Identity)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("by the iterator", func(b *testing.B) {
		for b.Loop() {
			for _, err := range s.Entries(0) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("by index", func(b *testing.B) {
		for b.Loop() {
			for i := range int64(size) {
				if _, err := s.Entry(i); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkExtend continues from a prefix that was verified before: one entry more.
func BenchmarkExtend(b *testing.B) {
	const size = 102_400
	dir := filepath.Join(b.TempDir(), "log")
	if err := logs.Fill(dir, plain(), size, entry); err != nil {
		b.Fatal(err)
	}
	l, err := logs.Open(dir, plain())
	if err != nil {
		b.Fatal(err)
	}
	old := l.Snapshot().Checkpoint()
	if _, err := l.Append(entry(size)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := logs.ReadSnapshot(os.DirFS(dir), plain().Identity)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Extends(old); err != nil {
			b.Fatal(err)
		}
		for _, err := range s.Entries(old.Size) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkAppendRecords appends in turn to two logs with a counter, one with records and one without, and reports the ratio of the medians.
// Run it with -benchtime 256x, a whole bundle. The counter takes no time; with a TPM, which takes some, the ratio is smaller.
func BenchmarkAppendRecords(b *testing.B) {
	b.Run("1024 entries", func(b *testing.B) {
		var open [2]*logs.Log
		for i := range open {
			c := &counter{v: 40 + 1024}
			o := counted(c, 40)
			if i == 1 {
				o = withoutRecords(o)
			}
			dir := filepath.Join(b.TempDir(), "log")
			if err := logs.Fill(dir, o, 1024, entry); err != nil {
				b.Fatal(err)
			}
			var err error
			if open[i], err = logs.Open(dir, o); err != nil {
				b.Fatal(err)
			}
		}
		var took [2][]time.Duration
		for b.Loop() {
			for i, l := range open {
				begin := time.Now()
				if _, err := l.Append(entry(l.Size())); err != nil {
					b.Fatal(err)
				}
				took[i] = append(took[i], time.Since(begin))
			}
		}
		median := func(all []time.Duration) float64 {
			slices.Sort(all)
			return float64(all[len(all)/2])
		}
		b.ReportMetric(median(took[0])/median(took[1]), "ratio")
		b.ReportMetric(median(took[0])/1e6, "with-ms")
		b.ReportMetric(median(took[1])/1e6, "without-ms")
	})
}
