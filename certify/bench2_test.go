package certify_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/certify/statement"
)

// To read a certificate must not cost more than a third of verifying its signature.
func BenchmarkReadStatement(b *testing.B) {
	for _, name := range []string{"certificate.least", "certificate.full", "handover.full"} {
		text := certify.TextOf(vectorsOf2(b)[name])
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := statement.Read(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	signed := vectorsOf2(b)["certificate.least"]
	text := certify.TextOf(signed)
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(signed[strings.LastIndexByte(string(signed), ' ')+1:])))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("P-256", func(b *testing.B) {
		sum := sha256.Sum256([]byte(text))
		pub := &stationOfVectors().key.PublicKey
		for b.Loop() {
			if !ecdsa.VerifyASN1(pub, sum[:], raw[4:]) {
				b.Fatal("not good")
			}
		}
	})
	for name, text := range golden(b) {
		if name != "testdata/v1/2.certificate" {
			continue
		}
		b.Run("version 1", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !certify.DecodeCanonical(text, new(certify.Certificate)) {
					b.Fatal("not canonical")
				}
			}
		})
	}
}
