package certify_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"testing"
	"time"

	"rasure/certify"
)

// BenchmarkCheckEntry reports how many bare verifications of a signature one certificate costs: what an audit pays besides is the
// reading of files and the register.
func BenchmarkCheckEntry(b *testing.B) {
	entry, pub := sealed(b)
	key, _ := software(b)
	sum := sha256.Sum256(entry)
	sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
	if err != nil {
		b.Fatal(err)
	}
	k := certify.NewKey(pub)
	var check, bare time.Duration
	for b.Loop() {
		begun := time.Now()
		for range 50 {
			if _, err := k.CheckEntry(entry); err != nil {
				b.Fatal(err)
			}
		}
		between := time.Now()
		for range 50 {
			ecdsa.VerifyASN1(&key.PublicKey, sum[:], sig)
		}
		check, bare = check+between.Sub(begun), bare+time.Since(between)
	}
	b.ReportMetric(float64(check)/float64(bare), "x/bare")
}
