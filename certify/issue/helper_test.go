package issue_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/devices"
	"rasure/wipe"
	"rasure/wipe/scheme"
)

const stationName = "station7.archive.example"

// signer makes a fresh software key for one test.
func signer(t testing.TB) (note.Signer, *ecdsa.PublicKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := certify.NewSoftwareSigner(stationName, key)
	if err != nil {
		t.Fatal(err)
	}
	return s, &key.PublicKey
}

var when = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// report is a job on a disk of 1 MiB that ended well.
func report(t testing.TB) wipe.Report {
	t.Helper()
	scheme, err := scheme.Named(scheme.ClearRandom)
	if err != nil {
		t.Fatal(err)
	}
	d := devices.Disk{Name: "sdb", Path: "/dev/sdb", Number: devices.Number{Major: 8, Minor: 16}, Seq: 12, Size: 1 << 20,
		Identity: devices.Identity{Vendor: "Kingston", Model: "DT101", Serial: "001CC0EC"}, SerialSource: devices.SerialSCSI,
		Bus: devices.USB, Protocol: devices.ProtocolSCSI, Driver: "usb-storage", Medium: devices.Flash, LogicalBlock: 512, PhysicalBlock: 512}
	return wipe.Report{
		Plan: wipe.Plan{Scheme: scheme, Level: wipe.Clear, Verify: wipe.Full}, Disk: d, Outcome: wipe.Verified,
		Passes: []wipe.PassReport{{Pattern: "random", Key: strings.Repeat("0f", 32), Written: d.Size, Verified: d.Size, Verify: wipe.Full,
			WriteBytesPerSecond: 1e6, VerifyBytesPerSecond: 2e6, Started: when, Ended: when.Add(2 * time.Second)}},
		Started: when, Ended: when.Add(3 * time.Second),
	}
}

func facts(t testing.TB, pub *ecdsa.PublicKey) issue.Facts {
	t.Helper()
	sum, err := certify.KeySHA256(pub)
	if err != nil {
		t.Fatal(err)
	}
	return issue.Facts{ID: "01JGJQ7M8R0000000000000000", Operator: "zhang",
		Station: certify.Station{Name: stationName, Assurance: certify.Software, KeySHA256: sum},
		Tool:    certify.Tool{Name: "rasure", Version: "0"}, Begin: certify.EntryRef{Index: 1, SHA256: strings.Repeat("ab", 32)}}
}

// sealed is a certificate of report, signed.
func sealed(t testing.TB, r wipe.Report) ([]byte, *ecdsa.PublicKey) {
	t.Helper()
	s, pub := signer(t)
	signed, _, err := issue.Seal(r, facts(t, pub), "x.extents", s)
	if err != nil {
		t.Fatal(err)
	}
	return signed, pub
}

func open(signed []byte, pub *ecdsa.PublicKey) (*certify.Certificate, error) {
	c := new(certify.Certificate)
	return c, certify.OpenWithKey(signed, certify.KindCertificate, pub, c)
}
