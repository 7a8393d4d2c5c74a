package tpm_test

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-tpm/tpm2"

	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

func open(t testing.TB, address string) *tpm.TPM {
	t.Helper()
	chip, err := tpm.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { chip.Close() })
	return chip
}

// station makes a station in a new emulated TPM.
func station(t testing.TB) (*tpmtest.Emulator, *tpm.TPM, tpm.Key, *tpm.Station) {
	t.Helper()
	e := tpmtest.New(t)
	chip := open(t, e.Address())
	k, err := chip.Create()
	if err != nil {
		t.Fatal(err)
	}
	s, err := chip.Load(k)
	if err != nil {
		t.Fatal(err)
	}
	return e, chip, k, s
}

func sign(t testing.TB, s *tpm.Station, text []byte) []byte {
	t.Helper()
	sig, err := s.Signer("station.example").Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// kept lists what of ours is in the TPM: persistent keys and counters, and keys left loaded.
func kept(t testing.TB, e *tpmtest.Emulator) (all []tpm2.TPMHandle) {
	t.Helper()
	for _, first := range []uint32{0x80000000, 0x81010100, 0x01800000} {
		r, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: first, PropertyCount: 64}.Execute(e)
		if err != nil {
			t.Fatal(err)
		}
		list, err := r.CapabilityData.Data.Handles()
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range list.Handle {
			if uint32(h)>>16 == first>>16 {
				all = append(all, h)
			}
		}
	}
	return all
}

// write puts content into a new file and returns its path.
func write(t testing.TB, content []byte) string {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

func needs(t testing.TB, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip("needs " + program)
	}
}

// opensslVerifies asks openssl, as an auditor without our program would.
func opensslVerifies(t testing.TB, s *tpm.Station, text, sig []byte) bool {
	t.Helper()
	out, err := exec.Command("openssl", "dgst", "-sha256", "-verify", publicPEM(t, s), "-signature", write(t, sig), write(t, text)).CombinedOutput()
	return err == nil && string(out) == "Verified OK\n"
}

func publicPEM(t testing.TB, s *tpm.Station) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(s.Public())
	if err != nil {
		t.Fatal(err)
	}
	return write(t, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func readFile(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
