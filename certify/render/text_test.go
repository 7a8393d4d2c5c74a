package render_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/certify/render"
)

// page renders one of the certificates that version 1 signed.
func page(t *testing.T, name string) (text string, sum [32]byte) {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join("../testdata/v1", filepath.Dir(name), "station.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pub, err := certify.ParsePublicKey(pem)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := os.ReadFile("../testdata/v1/" + name)
	if err != nil {
		t.Fatal(err)
	}
	e, err := certify.CheckEntry(signed, pub)
	if err != nil {
		t.Fatal(err)
	}
	sum = sha256.Sum256(signed)
	var b strings.Builder
	if err := render.Text(&b, *e.Certificate, sum); err != nil {
		t.Fatal(err)
	}
	return b.String(), sum
}

func TestAPageShowsWhatTheCertificateClaimsAndWhatLimitsIt(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"2.certificate":       {"VERIFIED", "clear (asked for: clear)", "001CC0EC", "1048576 bytes, all", "hidden-areas-not-examined", "What this does not say", "the key is in a file"},
		"4.certificate":       {"INTERRUPTED", "none (asked for: clear)", "65536 bytes, 6.25 %", "not read back"},
		"5.certificate":       {"VERIFIED", "interrupted, in pass 1 after 4096 bytes"},
		"7.certificate":       {"COMPLETED-WITH-EXCEPTIONS", "none (asked for: clear)", "512 bytes in 1 extents", "offset 4096, 512 bytes", "1048064 bytes, 99.95 %", "2 retries"},
		"purge/2.certificate": {"VERIFIED", "purge (asked for: purge)", "The drive's own erase: nvme-sanitize-block", "done, hex ffff010102000000", "1048576 bytes gone, 0 bytes still there", "rests on the drive's word", "hidden nvme-unallocated 4096 bytes, erased by the method"},
		"purge/4.certificate": {"FAILED", "none (asked for: purge)", "0 bytes gone, 1048576 bytes still there", "markers-kept"},
	} {
		text, sum := page(t, name)
		for _, w := range append(want, fmt.Sprintf("sha-256 %x", sum)) {
			if !strings.Contains(text, w) {
				t.Errorf("%s: no %q in\n%s", name, w, text)
			}
		}
	}
}

func TestAPageShowsMediumApprovalAndRules(t *testing.T) {
	t.Parallel()
	c := certify.Certificate{Register: &certify.MediumRef{Number: "S-1", Class: certify.Secret, Purpose: "inside", Approval: &certify.EntryRef{Index: 5, SHA256: "ab"}},
		Policy: &certify.Policy{Name: "ours", SHA256: "cd"}}
	var b strings.Builder
	if err := render.Text(&b, c, [32]byte{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"S-1, classification secret, which this erasure does not lower", "purpose inside, by log entry 5, sha-256 ab", "ours, sha-256 cd"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestAPageNeverRoundsUpToAll(t *testing.T) {
	t.Parallel()
	c := certify.Certificate{Disk: certify.Disk{Size: 1 << 50}, Passes: []certify.Pass{{Pattern: "zero", Written: 1<<50 - 512, Verify: "none"}}}
	var b strings.Builder
	if err := render.Text(&b, c, [32]byte{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "99.99 %") {
		t.Errorf("one block short is shown as\n%s", b.String())
	}
}
