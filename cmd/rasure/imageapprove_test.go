package main

import (
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"rasure/certify/boot"
	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
)

// newImage makes an image, and returns its file and what its stub measures into PCR 11.
func newImage(t *testing.T) (path string, measured []tpmtest.Measured) {
	t.Helper()
	const efi = "/usr/lib/systemd/boot/efi/"
	if _, err := os.Stat(efi + "linuxx64.efi.stub"); err != nil {
		t.Skip("systemd-stub is missing (systemd-boot-efi)")
	}
	if _, err := exec.LookPath("objcopy"); err != nil {
		t.Skip("objcopy is missing (binutils)")
	}
	kernel, err := os.ReadFile(efi + "systemd-bootx64.efi")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, line := filepath.Join(dir, "image.efi"), filepath.Join(dir, "cmdline")
	if err := os.WriteFile(line, []byte("quiet"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("objcopy", "--add-section", ".cmdline="+line, "--change-section-vma", ".cmdline=0x30000", "--add-section", ".linux="+efi+"systemd-bootx64.efi",
		"--change-section-vma", ".linux=0x2000000", efi+"linuxx64.efi.stub", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, content := range []string{".linux\x00", string(kernel), ".cmdline\x00", "quiet"} {
		measured = append(measured, tpmtest.Measured{PCR: 11, Type: boot.EventIPL, SHA256: sha256.Sum256([]byte(content))})
	}
	return path, measured
}

// TestImageApproveSeen: an office approves the boot that a station on the machine stated, if it names all that ran before the image.
func TestImageApproveSeen(t *testing.T) {
	t.Parallel()
	image, inside := newImage(t)
	predicted, err := readImage(image)
	if err != nil {
		t.Fatal(err)
	}
	loader := boot.Digest{8}
	events := append([]tpmtest.Measured{{PCR: 4, Type: boot.EventApplication, SHA256: loader}, {PCR: 4, Type: boot.EventApplication, SHA256: predicted.Image},
		{PCR: 4, Type: boot.EventApplication, SHA256: predicted.Kernel}}, inside...)
	e, b := tpmtest.New(t), &bench{T: t, dir: t.TempDir()}
	s, err := station.Init(t.Context(), filepath.Join(b.dir, "state"), station.InitOptions{Name: "s7.example", Key: station.KeyTPM, TPM: e.Address()},
		station.Options{Root: fstest.MapFS{"sys/kernel/security/tpm0/binary_bios_measurements": {Data: e.Boot(events...)}}})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Boot(t.Context())
	s.Close()
	if err != nil {
		t.Fatal(err)
	}
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(b.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	card, _ := b.run(fault.Done, "station", "card")
	entry, _ := b.run(fault.Done, "log", "entry", "1")
	first, _ := b.run(fault.Done, "log", "entry", "0")
	key := filepath.Join(b.dir, "office.key")
	if out, err := exec.Command("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	approve := []string{"image", "approve", image, "--key", key, "--version", "1"}
	with := func(args []string, more ...string) []string { return slices.Concat(args, more) }
	seen := with(approve, "--seen", file("entry", entry), "--station", file("card", card))
	named := with(seen, "--program", loader.String())

	out, text := b.run(fault.Done, named...)
	says(t, out, `"start": "seen"`)
	says(t, text, "started: "+loader.String()+"\n", predicted.Image.String()+", the image", predicted.Kernel.String()+", the kernel of the image")
	_, text = b.run(fault.Refused, seen...)
	says(t, text, "no --program names it", "started: "+loader.String()+"\n")
	for _, args := range [][]string{
		with(approve, "--program", loader.String()), with(approve, "--evidence", b.dir), with(approve, "--station", file("card", card)),
		with(seen, "--program", "x"), with(named, "--evidence", key), with(approve, "--seen", file("entry", entry)),
	} {
		b.run(fault.BadUsage, args...)
	}
	b.run(fault.Unverified, with(approve, "--seen", file("first", first), "--station", file("card", card))...)
	b.run(fault.Unverified, with(approve, "--seen", file("changed", strings.Replace(entry, "boot", "boat", 1)), "--station", file("card", card))...)
	long := file("long.efi", "")
	if err := os.Truncate(long, boot.MaxImage+1); err != nil {
		t.Fatal(err)
	}
	b.run(fault.Unverified, with(approve, "--shim", long)...)
}
