package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/devices/devicetest"
)

const psid = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

// TestPSID: a locked drive is refused until its PSID is typed, scanned or read from a file; nothing that is stored has the PSID.
func TestPSID(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, b *bench) {
		file := filepath.Join(t.TempDir(), "psid")
		if err := os.WriteFile(file, []byte("ABCDEFGH-IJKLMNOP-QRSTUVWX-YZ012345\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for i, flags := range [][]string{{"--psid-file", file}, {"--psid"}} {
			d := b.plug("sd"+string(rune('a'+i)), "S"+string(rune('1'+i)))
			d.erasable(devicetest.Honest).PSID = psid
			_, text := b.run(fault.Refused, words(d)...)
			says(t, text, "is locked (TCG)", "--psid")
			plan, _ := b.run(fault.Done, "show", d.name)
			says(t, plan, "the drive is locked: --psid frees it")
			b.typed = psid[:16] + " " + psid[17:] + "\n"
			_, text = b.run(fault.Refused, append(words(d), "--psid")...)
			says(t, text, "32 letters and digits")
			b.typed = strings.ReplaceAll(psid, "I", " I") + "\n"
			jobs, text := b.jobs(b.Context(), fault.Done, append(words(d), flags...))
			says(t, text, "its owner, its locks and its key are gone then")
			c := b.certificate(jobs[0], "verified")
			if !slices.ContainsFunc(c.Exceptions, func(e certify.Exception) bool { return e.Code == "freed-by-psid" }) {
				t.Errorf("%+v", c.Exceptions)
			}
		}
		b.run(fault.BadUsage, "wipe", "sda", "sdb", "--psid")
		b.plug("sdc", "S3").erasable(devicetest.Honest, "ata-sanitize-block")
		_, text := b.run(fault.Refused, "wipe", "sdc", "--confirm", "S3", "--psid-file", file)
		says(t, text, "cannot be freed with a PSID", "offers no revert")
		d := b.plug("sdd", "S4")
		d.erasable(devicetest.Honest).PSID = devices.Secret(psid[1:] + "6") // another than the one that is given
		_, text = b.jobs(b.Context(), fault.Interrupted, append(words(d), "--psid-file", file))
		says(t, text, "refused the PSID", "--resume --psid")
		_, text = b.jobs(b.Context(), fault.Interrupted, append(words(d), "--resume"))
		says(t, text, "was not freed yet")
		b.typed = psid[1:] + "6\n"
		jobs, _ := b.jobs(b.Context(), fault.Done, append(words(d), "--resume", "--psid"))
		b.certificate(jobs[0], "verified")
		_ = filepath.WalkDir(b.dir, func(path string, e fs.DirEntry, err error) error {
			if text, _ := os.ReadFile(path); bytes.Contains(text, []byte(psid[:8])) {
				t.Errorf("%s has the PSID", path)
			}
			return err
		})
		b.audit(map[string]int64{"verified": 3})
	})
}
