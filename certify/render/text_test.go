package render_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"rasure/certify"
	"rasure/certify/render"
	"rasure/cmd/message"
	_ "rasure/cmd/message/zh"
	"rasure/devices/firmware"
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
	return print(t, message.English, *e.Certificate, sum), sum
}

func print(t *testing.T, l message.Language, c certify.Certificate, sum [32]byte) string {
	t.Helper()
	var b strings.Builder
	if err := render.Text(&b, l, c, sum); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// pageOf2 is the page of a vector of version 2, and the vector.
func pageOf2(t *testing.T, name string) (text string, signed []byte) {
	t.Helper()
	pem, err := os.ReadFile("../testdata/v2/key.pem")
	if err != nil {
		t.Fatal(err)
	}
	pub, err := certify.ParsePublicKey(pem)
	if err != nil {
		t.Fatal(err)
	}
	if signed, err = os.ReadFile("../testdata/v2/" + name); err != nil {
		t.Fatal(err)
	}
	e, err := certify.CheckEntry(signed, pub)
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := render.Signed(&page, message.English, time.UTC, *e.Certificate, signed); err != nil {
		t.Fatal(err)
	}
	return page.String(), signed
}

// What no zone stores is no part of what had to be written.
func TestTextOfZones(t *testing.T) {
	t.Parallel()
	text, _ := pageOf2(t, "certificate.zoned")
	text = strings.Join(strings.Fields(text), " ")
	for _, want := range []string{"zones 4 host-managed zones, 1 of them conventional; they store 851968 bytes", "851968 bytes, all"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// A certificate of version 2 has codes without details, and no class, kernel or title.
func TestTextOfVersion2(t *testing.T) {
	t.Parallel()
	text, signed := pageOf2(t, "certificate.full")
	for _, want := range []string{"organisation 市档案局 保密办 110101-07", "site 二号楼", "order 2026-11", "batch box 4", "its firmware 0209", "its listing the settings of the station list the bridge as tested on 2026-11-30, carrying: identity (IDENTIFY DEVICE), registers of an answer, count and address, their high bytes", "came from 二处 PC-0412", "goes to another unit", "checked by 李四", "operator known by the person's key",
		"identified by the bay bay 3", "the operator scanned its number in the register, 2 s after the question", "made after log entry 12: they come", "session 2 2026-02-03 04:05:06 UTC, 2.500 s by the monotonic clock",
		"by -3600000 ms, noticed 2026-02-03", "to 0 ms by the kernel's estimate", "480 minutes east of UTC", fmt.Sprintf("sha-256 %x", sha256.Sum256(signed)),
		"VERIFIED", "\nknown-trouble\n", "clock-changed the clock was set back by an hour", "clear-random\n", "密-2026/017, whose classification",
		"interrupted device-lost, in pass 1 after 0 bytes", "hex 8000", "rasure 0.2.0 9e4815e\n", "(3 s)"} {
		if !strings.Contains(text, want) && !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"2.certificate":       {"VERIFIED", "clear (requested: clear)", "001CC0EC", "1048576 bytes, all", "hidden-areas-not-examined", "Limits of this certificate", "the key is in a file"},
		"4.certificate":       {"INTERRUPTED", "supports no level (requested: clear)", "65536 bytes, 6.25 %", "not read back"},
		"5.certificate":       {"VERIFIED", "interrupted, in pass 1 after 4096 bytes"},
		"7.certificate":       {"COMPLETED-WITH-EXCEPTIONS", "supports no level (requested: clear)", "512 bytes in 1 extents", "offset 4096, 512 bytes", "1048064 bytes, 99.95 %", "2 retries"},
		"purge/2.certificate": {"VERIFIED", "purge (requested: purge)", "The drive's own erase: nvme-sanitize-block", "done, hex ffff010102000000", "1048576 bytes gone, 0 bytes still there", "rests on the drive's word", "hidden nvme-unallocated 4096 bytes, erased by the method", firmware.NeverOnRealDrive.String()},
		"purge/4.certificate": {"FAILED", "supports no level (requested: purge)", "0 bytes gone, 1048576 bytes still there", "markers-kept"},
	} {
		t.Run(name, func(t *testing.T) {
			text, sum := page(t, name)
			for _, w := range append(want, fmt.Sprintf("sha-256 %x", sum)) {
				if !strings.Contains(text, w) {
					t.Errorf("no %q in\n%s", w, text)
				}
			}
			if overwritten := !strings.HasPrefix(name, "purge/"); overwritten && strings.Contains(text, firmware.NeverOnRealDrive.String()) {
				t.Error("it speaks of firmware commands, and none was used")
			}
		})
	}
	t.Run("medium, approval and rules", func(t *testing.T) {
		c := certify.Certificate{Register: &certify.MediumRef{Number: "S-1", Class: certify.Secret, Purpose: "inside", Approval: &certify.EntryRef{Index: 5, SHA256: "ab"}},
			Policy: &certify.Policy{Name: "office", SHA256: "cd"}}
		text := print(t, message.English, c, [32]byte{})
		for _, want := range []string{"S-1, classification secret, which this erasure does not lower", "purpose re-use inside, by log entry 5, sha-256 ab", "office, sha-256 cd"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	})
	t.Run("one block short is not all", func(t *testing.T) {
		c := certify.Certificate{Disk: certify.Disk{Size: 1 << 50}, Passes: []certify.Pass{{Pattern: "zero", Written: 1<<50 - 512, Verify: "none"}}}
		if text := print(t, message.English, c, [32]byte{}); !strings.Contains(text, "99.99 %") {
			t.Errorf("no 99.99 %% in\n%s", text)
		}
	})
}

// Whatever a certificate contains, the page has no character that a terminal obeys.
func TestTextIsSafeOnATerminal(t *testing.T) {
	t.Parallel()
	const hostile = "a\x1b]0;owned\x07\x1b[2J\u009b31m\u202eb\u200b\xff\r\n\t\U000e0041"
	var c certify.Certificate
	fill(reflect.ValueOf(&c).Elem(), hostile)
	for _, l := range []message.Language{message.English, message.Chinese, message.Marked} {
		for i, r := range strings.ReplaceAll(print(t, l, c, [32]byte{}), "\n", "") {
			if !unicode.IsPrint(r) {
				t.Fatalf("%s: %U at %d", l, r, i)
			}
		}
	}
	text := print(t, message.English, c, [32]byte{})
	for _, want := range []string{`\x1b]0;owned\x07`, `\x9b31m\u202eb\u200b\xff\x0d\x0a\x09\U000e0041`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// fill puts s into every string, and one element into every list.
func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), s)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), s)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), s)
		}
	}
}

// Every sentence of a page can be translated: only words of the certificate are the same in all languages.
func TestTextIsTranslated(t *testing.T) {
	t.Parallel()
	var c certify.Certificate
	fill(reflect.ValueOf(&c).Elem(), "value")
	for line := range strings.Lines(print(t, message.Marked, c, [32]byte{})) {
		line = strings.TrimSpace(line)
		if strings.Trim(line, "=-") != "" && !strings.ContainsAny(line, "⟦⟧") && !strings.HasPrefix(line, "value ") {
			t.Errorf("not a message: %s", line)
		}
	}
}
