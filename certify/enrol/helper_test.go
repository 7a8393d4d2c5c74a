package enrol_test

import (
	"crypto/ecdsa"
	cryptorand "crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"io"
	"testing"
	"time"

	"rasure/certify/enrol"
	"rasure/certify/statement"
	"rasure/certify/tpm/tpmtest"
)

const name = "s7.example"

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func rand() io.Reader { return cryptorand.Reader }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// options are those of an authority that trusts the vendor.
func options(v *tpmtest.Vendor) enrol.Options {
	return enrol.Options{Trust: enrol.Trust{Roots: []*x509.Certificate{v.Root}, Between: []*x509.Certificate{v.Issuer}}, At: now, ID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", Person: "bureau", Until: "2031-05-01"}
}

// requestOf is a request without endorsement keys, by a station whose log has that many entries.
func requestOf(t testing.TB, key *ecdsa.PublicKey, public, nv []byte, c statement.Counter, size int64) *statement.EnrolmentRequest {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	check(t, err)
	return &statement.EnrolmentRequest{Log: statement.Head{Origin: name, First: statement.Hash{1}, Size: size, Root: statement.Hash{2}}, From: 1, At: now,
		Station: statement.Station{Name: name, Key: sha256.Sum256(der), Assurance: "tpm-unverified", Counter: &c},
		TPM:     statement.TPM{Manufacturer: "IFX", Vendor: "SLB9670", Firmware: "7.85", Key: public, NV: nv}}
}
