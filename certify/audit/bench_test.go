package audit

import (
	"fmt"
	"os"
	"testing"

	"rasure/certify/register"
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
