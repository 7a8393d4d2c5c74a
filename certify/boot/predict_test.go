package boot

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	stubFile   = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"
	kernelFile = "/usr/lib/systemd/boot/efi/systemd-bootx64.efi" // any UEFI program stands in for a kernel
	measure    = "/usr/lib/systemd/systemd-measure"
)

// A made UKI with its parts, as trust.md and .ci/image build it.
type made struct {
	dir   string
	parts []string // section names
}

func need(t *testing.T, files ...string) {
	t.Helper()
	for _, f := range files {
		if _, err := exec.LookPath(f); err != nil {
			if _, err := os.Stat(f); err != nil {
				t.Skipf("%s is missing", f)
			}
		}
	}
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s %v: %v", name, args, err)
	}
	return out
}

func build(t *testing.T, parts ...string) *made {
	t.Helper()
	need(t, "objcopy", stubFile, kernelFile)
	m := &made{dir: t.TempDir(), parts: parts}
	kernel, err := os.ReadFile(kernelFile)
	if err != nil {
		t.Fatal(err)
	}
	kernel = append(kernel, make([]byte, -len(kernel)&7)...) // as signed kernels are
	contents := map[string]string{"osrel": "ID=rasure\n", "cmdline": "quiet lockdown=integrity", "initrd": strings.Repeat("initrd", 1001), "linux": string(kernel), "splash": "BM"}
	at := map[string]string{"osrel": "0x20000", "cmdline": "0x30000", "splash": "0x40000", "linux": "0x2000000", "initrd": "0x3000000"}
	args := []string{}
	for _, p := range parts {
		if err := os.WriteFile(m.part(p), []byte(contents[p]), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--add-section", "."+p+"="+m.part(p), "--change-section-vma", "."+p+"="+at[p])
	}
	run(t, "objcopy", append(args, stubFile, m.part("uki"))...)
	uki, err := os.ReadFile(m.part("uki"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.part("uki"), append(uki, make([]byte, -len(uki)&7)...), 0o600); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *made) part(name string) string { return filepath.Join(m.dir, name) }

func (m *made) predict(t *testing.T, name string) *Prediction {
	t.Helper()
	data, err := os.ReadFile(m.part(name))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Predict(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// PCR 11 is what systemd-measure computes of the parts.
func TestPCR11(t *testing.T) {
	need(t, measure)
	for _, parts := range [][]string{{"osrel", "cmdline", "linux", "initrd"}, {"linux"}, {"osrel", "cmdline", "splash", "linux", "initrd"}} {
		m := build(t, parts...)
		args := []string{"calculate", "--bank=sha256", "--phase=", "--json=short"}
		for _, p := range parts {
			args = append(args, "--"+p+"="+m.part(p))
		}
		var out map[string][]struct{ Hash Digest }
		if err := json.Unmarshal(run(t, measure, args...), &out); err != nil {
			t.Fatal(err)
		}
		if p := m.predict(t, "uki"); p.PCR11 != out["sha256"][0].Hash {
			t.Errorf("%v: PCR 11 is %v, and systemd-measure says %v", parts, p.PCR11, out["sha256"][0].Hash)
		}
	}
}

// The Authenticode hash is what sbsign signs, and a signature does not change it.
func TestAuthenticode(t *testing.T) {
	need(t, "sbsign", "sbattach", "openssl")
	m := build(t, "osrel", "cmdline", "linux", "initrd")
	run(t, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout", m.part("key"), "-out", m.part("cert"))
	unsigned := m.predict(t, "uki")
	for file, hash := range map[string]Digest{"uki": unsigned.Image, "linux": unsigned.Kernel} {
		run(t, "sbsign", "--key", m.part("key"), "--cert", m.part("cert"), "--output", m.part(file+".signed"), m.part(file))
		run(t, "sbattach", "--detach", m.part("signature"), m.part(file+".signed"))
		signature, err := os.ReadFile(m.part("signature"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(signature, hash[:]) {
			t.Errorf("%s: sbsign signs another hash than %v", file, hash)
		}
		// sbattach has removed the signature again
		run(t, "sbsign", "--key", m.part("key"), "--cert", m.part("cert"), "--output", m.part(file+".signed"), m.part(file))
	}
	if signed := m.predict(t, "uki.signed"); *signed != *unsigned {
		t.Errorf("a signature changes what is predicted: %+v", signed)
	}
}

// Each part of the image changes what is predicted.
func TestPredictDepends(t *testing.T) {
	m := build(t, "osrel", "cmdline", "linux", "initrd")
	before := m.predict(t, "uki")
	if before.PCR4.On == before.PCR4.Off || before.PCR12 != (Digest{}) || before.PCR13 != (Digest{}) {
		t.Errorf("predicted: %+v", before)
	}
	data, err := os.ReadFile(m.part("uki"))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"ID=rasure", "quiet lockdown", "initrdinitrd"} {
		p, err := Predict(bytes.Replace(data, []byte(word), []byte(strings.ToUpper(word)), 1))
		if err != nil {
			t.Fatal(err)
		}
		if p.PCR4.Off == before.PCR4.Off || p.PCR4.On == before.PCR4.On || p.PCR11 == before.PCR11 {
			t.Errorf("%q does not count", word)
		}
	}
	for from, to := range map[string]string{"systemd-stub 252": "systemd-stub 257", "LoaderInfo: systemd-stub": "LoaderInfo: anybody-stub", ".linux\x00": ".lunix\x00"} {
		if _, err := Predict(bytes.Replace(data, []byte(from), []byte(to), 1)); err == nil {
			t.Errorf("an image with %q in the place of %q is predicted", to, from)
		}
	}
}

// iPXE of QEMU passed the name of the file: what the TPM then had in PCR 12 was seen in a virtual machine (OVMF 2022.11, systemd-stub 252.39).
func TestOptions(t *testing.T) {
	t.Parallel()
	p := new(Prediction)
	if err := p.Options("rasure.efi"); err != nil || p.PCR12.String() != "78337018fb36235cb7d6483b50222c3382a5ac689fcdbc90c426ddd67a822cfc" {
		t.Errorf("%s, %v", p.PCR12, err)
	}
	for _, bad := range []string{"\x1bquiet", "quiet\x00", "\xff"} {
		if p.Options(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if err := p.Options(""); err != nil || p.PCR12 != (Digest{}) {
		t.Errorf("none: %s, %v", p.PCR12, err)
	}
}
