package tpm_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"testing"

	"github.com/google/go-tpm/tpm2"
	"golang.org/x/mod/sumdb/note"

	"rasure/certify/tpm"
)

// vector is the station of testdata/v1.
func vector(t testing.TB) (pub *ecdsa.PublicKey, text, sig, attestation []byte) {
	t.Helper()
	block, _ := pem.Decode(readFile(t, "testdata/v1/station.pem"))
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return key.(*ecdsa.PublicKey), readFile(t, "testdata/v1/text"), readFile(t, "testdata/v1/signature.der"), readFile(t, "testdata/v1/attestation.bin")
}

func TestWhatVersion1SignedVerifiesForEver(t *testing.T) {
	t.Parallel()
	pub, text, sig, line := vector(t)
	if sum := sha256.Sum256(text); !ecdsa.VerifyASN1(pub, sum[:], sig) {
		t.Error("the signature does not verify")
	}
	v, err := tpm.NewAttestationVerifier("station7.archive.example", pub, nvIndex, tpm.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	if v.KeyHash() != 0x848727c1 {
		t.Errorf("key ID %08x, want 848727c1", v.KeyHash())
	}
	a, err := v.Open(text, line)
	if err != nil || a.Counter != 42 || a.Clock != 582 || a.ResetCount != 2 || a.RestartCount != 0 || !a.Safe || a.FirmwareVersion != 0x2019102300163636 {
		t.Errorf("%+v, %v", a, err)
	}
	n, err := note.Open(readFile(t, "testdata/v1/note"), note.VerifierList(v))
	if err != nil || n.Text != string(text) || len(n.UnverifiedSigs) != 1 || n.UnverifiedSigs[0].Hash != 0x089f0300 {
		t.Fatalf("%+v, %v", n, err)
	}
	raw, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil || binary.BigEndian.Uint32(raw) != 0x848727c1 || !bytes.Equal(raw[4:], line) {
		t.Errorf("the note holds the line %x, %v", raw, err)
	}
}

// Whatever is taken for an attestation, go-tpm reads as the same statement, to the last byte.
func FuzzAnAttestationIsWhatGoTPMReads(f *testing.F) {
	_, _, _, line := vector(f)
	f.Add(line)
	f.Add(line[:stated])
	f.Add(append(bytes.Clone(line), 0))
	unsafe := bytes.Clone(line)
	unsafe[92] = 2
	f.Add(unsafe)
	for _, at := range []int{0, 5, 7, 43, 92, 102, 138, 140, 148} { // magic, type, sizes, safe, offset, counter
		changed := bytes.Clone(line)
		changed[at] ^= 1
		f.Add(changed)
	}
	f.Fuzz(func(t *testing.T, sig []byte) {
		a, err := tpm.ParseAttestation(sig)
		if err != nil {
			return
		}
		theirs, err := tpm2.Unmarshal[tpm2.TPMSAttest](sig[:stated])
		if err != nil {
			t.Fatalf("go-tpm refuses it: %v", err)
		}
		if !bytes.Equal(tpm2.Marshal(*theirs), sig[:stated]) {
			t.Fatal("go-tpm writes it differently")
		}
		nv, err := theirs.Attested.NV()
		if err != nil {
			t.Fatal(err)
		}
		c := theirs.ClockInfo
		if a.Counter != binary.BigEndian.Uint64(nv.NVContents.Buffer) || !bytes.Equal(a.Text[:], theirs.ExtraData.Buffer) ||
			a.Clock != c.Clock || a.ResetCount != c.ResetCount || a.RestartCount != c.RestartCount || a.Safe != bool(c.Safe) || a.FirmwareVersion != theirs.FirmwareVersion {
			t.Errorf("read %+v, go-tpm %+v", a, theirs)
		}
	})
}
