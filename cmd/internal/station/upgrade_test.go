package station

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/fault"
)

var upgraded = UpgradeOptions{Org: statement.Org{Organisation: "the archive", Department: "office 3", UnitCode: "110101"}, Zone: "Asia/Shanghai"}

// A log that was cut over opens, signs its head for an auditor, verifies, and is not cut over again.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	for key, make := range map[string]func(t *testing.T) *Station{
		"software": newTest,
		"tpm": func(t *testing.T) *Station {
			s, err := Init(t.Context(), filepath.Join(t.TempDir(), "state"), InitOptions{Name: "station.example", Key: KeyTPM, TPM: tpmtest.Start(t), Version1: true}, Options{Root: machine})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			return s
		},
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			s := make(t)
			if _, err := s.AppendChecked(t.Context(), begin(t, s, "01A"), nil); err != nil {
				t.Fatal(err)
			}
			if err := s.CanUpgrade(); err != nil {
				t.Fatal(err)
			}
			index, err := s.Upgrade(t.Context(), upgraded)
			if err != nil || index != 2 {
				t.Fatalf("entry %d, %v", index, err)
			}
			for _, again := range []error{s.CanUpgrade(), func() error { _, err := s.Upgrade(t.Context(), upgraded); return err }()} {
				if fault.Code(again) != fault.Refused || !strings.Contains(again.Error(), "has statements of version 2 already") {
					t.Errorf("a second time: %v", again)
				}
			}
			if _, err := s.AppendChecked(t.Context(), begin(t, s, "01B"), nil); fault.Code(err) != fault.Refused {
				t.Errorf("a begin of version 1: %v", err)
			}
			again := reopen(t, s)
			nonce := []byte("0123456789abcdef")
			proof, err := again.Attest(nonce)
			if err != nil {
				t.Fatal(err)
			}
			r, err := audit.Log(s.FS(), audit.Options{Pin: audit.Pin{Key: s.PublicKey()}, Now: Now(), Fresh: proof, Nonce: nonce})
			if err != nil || !r.Valid || r.Fresh == nil || !r.State.Chain.Version2() {
				t.Fatalf("%+v, %v", r, err)
			}
			if has := s.state.TPM != nil; has != (r.State.Chain.AttestedFrom() == 1) {
				t.Errorf("attested from %d", r.State.Chain.AttestedFrom())
			}
			entry, err := s.Log().Entry(index)
			if err != nil {
				t.Fatal(err)
			}
			e, err := certify.CheckEntry(entry, s.PublicKey())
			if err != nil {
				t.Fatal(err)
			}
			cut := e.Statement.Body.(*statement.StationStatement)
			if !cut.Draft || cut.Org != upgraded.Org || cut.Zone != upgraded.Zone || cut.Clock.Offset != 480 || cut.Host.Name != "bench" || cut.Host.Kernel != "unknown" ||
				(cut.TPM != nil) != (s.state.TPM != nil) || cut.Log.Size != 2 || len(cut.Keys) != 2 {
				t.Errorf("%+v", cut)
			}
			by, err := again.ByStation()
			if err != nil || by.Org != upgraded.Org || by.Log.Size != 3 || by.Clock.Offset != 480 || by.Software.Attested != "none" {
				t.Errorf("what statements say: %+v, %v", by, err)
			}
			for _, c := range []struct{ set, want statement.Org }{ // the settings win, and have no unit code
				{statement.Org{Organisation: "another"}, statement.Org{Organisation: "another"}},
				{statement.Org{Organisation: "the archive", Site: "house 2"}, statement.Org{Organisation: "the archive", Site: "house 2", UnitCode: "110101"}},
			} {
				again.o.Org, again.o.Zone = &c.set, "UTC"
				if by, err := again.ByStation(); err != nil || by.Org != c.want || by.Clock.Offset != 0 {
					t.Errorf("with settings: %+v, %v", by, err)
				}
			}
		})
	}
}

func TestUpgradeOptions(t *testing.T) {
	t.Parallel()
	s := newTest(t)
	if _, err := s.Upgrade(t.Context(), UpgradeOptions{Org: upgraded.Org, Zone: "Mars/Olympus"}); err == nil || s.Log().Size() != 1 {
		t.Errorf("a zone that does not exist: %v", err)
	}
	for _, words := range [][4]string{{"", "office 3", "", ""}, {"the archive", "a\nb", "", ""}, {"the archive", "", "", "\ue000"}} {
		if _, err := NewOrg(words[0], words[1], words[2], words[3]); fault.Code(err) != fault.BadUsage {
			t.Errorf("%q: %v", words, err)
		}
	}
	if org, err := NewOrg("the archive", "", "house 2", "7"); err != nil || org != (statement.Org{Organisation: "the archive", Site: "house 2", UnitCode: "7"}) {
		t.Errorf("%+v, %v", org, err)
	}
	now := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	if c, err := clockAt(now, "America/New_York"); err != nil || c.Offset != -240 || c.At != now || c.Synchronised != (c.MaxError != nil) {
		t.Errorf("%+v, %v", c, err)
	}
	if h, err := hash(strings.Repeat("0", 62)); err == nil {
		t.Errorf("%v is taken for a SHA-256 of %d bytes", h, sha256.Size)
	}
}

// What is drafted for a log is of the version of its newest entry.
func TestWritesVersion2(t *testing.T) {
	t.Parallel()
	s := newTest(t)
	writes := func(dir string, want bool) {
		t.Helper()
		if got, err := WritesVersion2(dir); got != want || err != nil {
			t.Errorf("%s: %t, %v, not %t", dir, got, err, want)
		}
	}
	writes(t.TempDir(), false)
	writes(s.dir, false)
	if _, err := s.Upgrade(t.Context(), upgraded); err != nil {
		t.Fatal(err)
	}
	writes(s.dir, true)
	if err := os.RemoveAll(s.Path(LogDir)); err != nil {
		t.Fatal(err)
	}
	writes(s.dir, false)
}
