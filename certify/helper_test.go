package certify_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/wipe/scheme"
)

const stationName = "station7.archive.example"

// signer makes a fresh software key for one test.
func signer(t testing.TB) (note.Signer, *ecdsa.PublicKey) {
	t.Helper()
	key, pub := software(t)
	s, err := certify.NewSoftwareSigner(stationName, key)
	if err != nil {
		t.Fatal(err)
	}
	return s, pub
}

func software(t testing.TB) (*ecdsa.PrivateKey, *ecdsa.PublicKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key, &key.PublicKey
}

var when = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func station(t testing.TB, pub *ecdsa.PublicKey) certify.Station {
	t.Helper()
	sum, err := certify.KeySHA256(pub)
	if err != nil {
		t.Fatal(err)
	}
	return certify.Station{Name: stationName, Assurance: certify.Software, KeySHA256: sum}
}

// certificate states a job on a disk of 1 MiB that ended well.
func certificate(t testing.TB, pub *ecdsa.PublicKey) certify.Certificate {
	t.Helper()
	s, err := scheme.Named("clear-random")
	if err != nil {
		t.Fatal(err)
	}
	const size = 1 << 20
	return certify.Certificate{
		ID: "01JGJQ7M8R0000000000000000", Station: station(t, pub), Operator: "zhang",
		Disk: certify.Disk{Vendor: "Kingston", Model: "DT101", Serial: "001CC0EC", SerialSource: "scsi-vpd80", Bus: "usb", Protocol: "scsi", Driver: "usb-storage",
			Medium: "flash", Size: size, Logical: 512, Physical: 512, Hidden: "not-examined",
			Node: certify.Node{Name: "sdb", Major: 8, Minor: 16, Seq: 12, Direct: true}},
		Plan: certify.Plan{Scheme: s.ID, Title: s.Title, SchemeSHA256: s.SHA256(), Source: s.Source, Level: "clear", Verify: "full"},
		Passes: []certify.Pass{{Pattern: "random", Key: strings.Repeat("0f", 32), Written: size, Verified: size, Verify: "full",
			Unwritten: []certify.Extent{}, Mismatched: []certify.Extent{}, Unreadable: []certify.Extent{},
			WriteSpeed: 1e6, VerifySpeed: 2e6, Started: when, Ended: when.Add(2 * time.Second)}},
		Level: "clear", Outcome: "verified", Evidence: []certify.File{}, Interruptions: []certify.Interruption{},
		Exceptions: []certify.Exception{{Code: "hidden-areas-not-examined", Detail: "nobody looked"}},
		Started:    when, Ended: when.Add(3 * time.Second), Seconds: 3,
		Tool: certify.Tool{Name: "rasure", Version: "0"}, Begin: certify.EntryRef{Index: 1, SHA256: strings.Repeat("ab", 32)},
	}
}

// sign signs a statement that the station might make.
func sign(t testing.TB, kind certify.Kind, body any, s note.Signer) []byte {
	t.Helper()
	signed, err := certify.Sign(kind, body, s)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// sealed is a signed certificate, and the key that opens it.
func sealed(t testing.TB) ([]byte, *ecdsa.PublicKey) {
	t.Helper()
	s, pub := signer(t)
	return sign(t, certify.KindCertificate, certificate(t, pub), s), pub
}

func open(signed []byte, pub *ecdsa.PublicKey) (*certify.Certificate, error) {
	c := new(certify.Certificate)
	return c, certify.OpenWithKey(signed, certify.KindCertificate, pub, c)
}

// malleate rewrites the signature (r, s) of a statement as (r, n-s), which anybody can do.
func malleate(t testing.TB, signed []byte, pub *ecdsa.PublicKey) []byte {
	t.Helper()
	i := bytes.LastIndexByte(signed[:len(signed)-1], ' ') + 1
	raw, err := base64.StdEncoding.DecodeString(string(signed[i : len(signed)-1]))
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(raw[4:], &v); err != nil {
		t.Fatal(err)
	}
	v.S.Sub(pub.Params().N, v.S)
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(signed[:i]), base64.StdEncoding.EncodeToString(append(raw[:4:4], der...))+"\n"...)
}
