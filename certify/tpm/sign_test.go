package tpm_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify/tpm"
)

func TestOpensslVerifiesWhatTheTPMSigned(t *testing.T) {
	t.Parallel()
	needs(t, "openssl")
	_, _, _, s := station(t)
	// Up to 1024 bytes the TPM hashes in one command, beyond in many; 4096 ends on a full piece.
	for _, size := range []int{10, 1024, 1025, 4096, 60000} {
		text := bytes.Repeat([]byte("a line of ten\n"), size/14+1)[:size]
		sig := sign(t, s, text)
		if !opensslVerifies(t, s, text, sig) {
			t.Errorf("openssl refuses the signature of a text of %d bytes", size)
		}
		text[size-1] ^= 1
		if opensslVerifies(t, s, text, sig) {
			t.Errorf("openssl takes the signature of a text of %d bytes for that of another", size)
		}
	}
}

func TestTheKeyIDOfASignatureIsTheHashOfThePublicKey(t *testing.T) {
	t.Parallel()
	_, _, _, s := station(t)
	der, err := x509.MarshalPKIXPublicKey(s.Public())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	if got, want := s.Signer("a").KeyHash(), binary.BigEndian.Uint32(sum[:4]); got != want {
		t.Errorf("key ID %08x, want %08x", got, want)
	}
}

func TestATextThatLooksLikeAStatementOfTheTPMIsNotSigned(t *testing.T) {
	t.Parallel()
	e, _, _, s := station(t)
	for _, size := range []int{149, 2000} {
		text := append([]byte{0xff, 'T', 'C', 'G'}, make([]byte, size)...)
		if _, err := s.Signer("a").Sign(text); err == nil {
			t.Errorf("signed a forged statement of %d bytes", size)
		}
	}
	if left := kept(t, e); len(left) != 2 {
		t.Errorf("left in the TPM: %#x", left)
	}
}

func TestATextLongerThanAnEntryOfTheLogIsNotSigned(t *testing.T) {
	t.Parallel()
	_, _, _, s := station(t)
	sign(t, s, make([]byte, tpm.MaxText))
	for _, signer := range []interface{ Sign([]byte) ([]byte, error) }{s.Signer("a"), s.Attestor("a")} {
		if _, err := signer.Sign(make([]byte, tpm.MaxText+1)); err == nil {
			t.Errorf("signed a text of %d bytes", tpm.MaxText+1)
		}
	}
}

func TestPowerCutsDoNotLockTheStationOut(t *testing.T) {
	t.Parallel()
	e, _, _, s := station(t)
	for i := range 6 {
		before, err := s.Increment()
		if err != nil {
			t.Fatalf("after %d power cuts: %v", i, err)
		}
		sign(t, s, []byte("text\n"))
		e.PowerCycle()
		after, err := s.Read()
		if err != nil || after != before {
			t.Fatalf("the counter said %d before a power cut and %d (%v) after it", before, after, err)
		}
	}
	sign(t, s, []byte("text\n"))
	const lockoutCounter = 0x20E // Part 2, 6.13 TPM_PT_LOCKOUT_COUNTER
	r, err := tpm2.GetCapability{Capability: tpm2.TPMCapTPMProperties, Property: lockoutCounter, PropertyCount: 1}.Execute(e)
	if err != nil {
		t.Fatal(err)
	}
	list, err := r.CapabilityData.Data.TPMProperties()
	if err != nil || len(list.TPMProperty) != 1 {
		t.Fatal(list, err)
	}
	if p := list.TPMProperty[0]; p.Property != lockoutCounter || p.Value != 0 {
		t.Errorf("lockout counter: %+v, want 0", p)
	}
}

func TestManySignAtOnce(t *testing.T) {
	t.Parallel()
	e, _, k, s := station(t)
	const signers, each = 6, 3
	errs := make(chan error, signers*each)
	var all sync.WaitGroup
	for i := range signers {
		all.Go(func() {
			for range each {
				text := bytes.Repeat([]byte{'a' + byte(i)}, 8000)
				_, err1 := s.Signer("a").Sign(text)
				_, err2 := s.Increment()
				_, err3 := s.Attestor("a").Sign(text)
				if err1 != nil || err2 != nil || err3 != nil {
					errs <- fmt.Errorf("%v, %v, %v", err1, err2, err3)
				}
			}
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	if got, err := s.Read(); err != nil || got != k.Base+signers*each {
		t.Errorf("the counter says %d (%v), want %d", got, err, k.Base+signers*each)
	}
	if left := kept(t, e); len(left) != 2 {
		t.Errorf("left in the TPM: %#x", left)
	}
}

func BenchmarkIncrementAndAttest(b *testing.B) {
	_, _, _, s := station(b)
	text := []byte("station.example\n5\nAAAA\n")
	for b.Loop() {
		if _, err := s.Increment(); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Attestor("a").Sign(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign4KiB(b *testing.B) {
	_, _, _, s := station(b)
	text := make([]byte, 4096)
	for b.Loop() {
		sign(b, s, text)
	}
}
