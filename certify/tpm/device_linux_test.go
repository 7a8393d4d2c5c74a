package tpm_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rasure/certify/tpm"
)

// Runs on the TPM that RASURE_TEST_TPM names, and leaves it as it was, except for the value of its counters: for a virtual machine,
// or to see whether a new kind of TPM serves.
func TestADeviceServes(t *testing.T) {
	address := os.Getenv("RASURE_TEST_TPM")
	if address == "" {
		t.Skip("needs a TPM to make keys in, named by RASURE_TEST_TPM")
	}
	chip := open(t, address)
	d, err := chip.Describe()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s %q, firmware %s, %d certificates: %s", d.Manufacturer, d.Vendor, d.Firmware, len(d.EKCertificates), d.Assurance)
	var last uint64
	for range 2 { // the second counter continues after the last value of the first
		start := time.Now()
		k, err := chip.Create()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("Create took %v", time.Since(start))
		if k.Base <= last {
			t.Errorf("a new counter begins at %d, an old one stopped at %d", k.Base, last)
		}
		last = exercise(t, address, k)
		if err := chip.Remove(k); err != nil {
			t.Error(err)
		}
	}
}

// exercise uses a station over two connections at once, as two programs would.
func exercise(t *testing.T, address string, k tpm.Key) (counter uint64) {
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			s, err := open(t, address).Load(k)
			if err != nil {
				t.Error(err)
				return
			}
			for _, size := range []int{10, 1024, 1025, 60000} {
				text := bytes.Repeat([]byte{'x'}, size)
				start := time.Now()
				sig, err := s.Signer("a").Sign(text)
				sum := sha256.Sum256(text)
				if err != nil || !ecdsa.VerifyASN1(s.Public(), sum[:], sig) {
					t.Errorf("text of %d bytes: %v", size, err)
				}
				signed := time.Now()
				if _, err := s.Increment(); err != nil {
					t.Error(err)
				}
				line, err := s.Attestor("station.example").Sign(text)
				if err != nil || !verifier(t, s.Public(), k.NVIndex).Verify(text, line) {
					t.Errorf("attestation: %v", err)
				}
				t.Logf("%d bytes: signed in %v, counted and attested in %v", size, signed.Sub(start), time.Since(signed))
			}
		})
	}
	both.Wait()
	s, err := open(t, address).Load(k)
	if err != nil {
		t.Fatal(err)
	}
	counter, err = s.Read()
	if err != nil || counter != k.Base+8 {
		t.Errorf("the counter says %d (%v), want %d", counter, err, k.Base+8)
	}
	return counter
}

func TestALinkDoesNotHideTheRawDevice(t *testing.T) {
	if _, err := os.Stat("/dev/tpm0"); err != nil {
		t.Skip("needs /dev/tpm0")
	}
	link := filepath.Join(t.TempDir(), "tpm")
	if err := os.Symlink("/dev/tpm0", link); err != nil {
		t.Fatal(err)
	}
	if _, err := tpm.Open(link); err == nil || !strings.Contains(err.Error(), "resource manager") {
		t.Errorf("Open: %v", err)
	}
}
