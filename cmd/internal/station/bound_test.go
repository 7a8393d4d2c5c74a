package station

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"rasure/certify/audit"
	"rasure/certify/boot"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/fault"
)

func newAuthority(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// booted is what a machine measures that starts a program, and a text of approvals of that boot.
func booted(t *testing.T, by *ecdsa.PrivateKey, version uint64, program string) ([]tpmtest.Measured, string) {
	t.Helper()
	m := tpmtest.Measured{PCR: 4, Type: boot.EventApplication, SHA256: sha256.Sum256([]byte(program))}
	a := tpm.Started{Start: "direct"}
	a.PCR4 = sha256.Sum256(append(make([]byte, 32), m.SHA256[:]...))
	text, err := tpm.WriteApprovals(by, version, []tpm.Started{a})
	if err != nil {
		t.Fatal(err)
	}
	return []tpmtest.Measured{m}, text
}

// A bound key is made and used in an approved boot alone, and its statements say so.
func TestBound(t *testing.T) {
	t.Parallel()
	e, dir, publisher := tpmtest.New(t), filepath.Join(t.TempDir(), "state"), newAuthority(t)
	events, one := booted(t, publisher, 1, "one")
	root := func(events []byte) fstest.MapFS {
		return fstest.MapFS{eventLogPath: &fstest.MapFile{Data: events}}
	}
	o := InitOptions{Name: "s7.example", Key: KeyTPM, TPM: e.Address(), Authorities: []*ecdsa.PublicKey{&publisher.PublicKey}, Approvals: []string{one}}
	if _, err := Init(t.Context(), dir, o, Options{Root: root(nil)}); fault.Code(err) != fault.Refused || !errors.Is(err, tpm.ErrNotApproved) {
		t.Fatalf("in another boot: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 1 { // the lock
		t.Errorf("left of a station that was not made: %v, %v", left, err)
	}
	stranger := o
	_, text := booted(t, newAuthority(t), 1, "one")
	stranger.Approvals = []string{text}
	now := e.Boot(events...)
	if _, err := Init(t.Context(), dir, stranger, Options{Root: root(now)}); fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), "neither") {
		t.Errorf("with an approval by somebody else: %v", err)
	}
	software := o
	software.Key = KeySoftware
	if _, err := Init(t.Context(), dir, software, Options{}); fault.Code(err) != fault.BadUsage {
		t.Errorf("with a software key: %v", err)
	}
	s, err := Init(t.Context(), dir, o, Options{Root: root(now)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if is, err := s.Bound(); err != nil || !is.Approved || is.Version != 1 || is.Oldest != 1 || len(is.Authorities) != 1 {
		t.Errorf("%+v, %v", is, err)
	}
	if _, _, err := s.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	by, err := s.ByStation()
	if err != nil || by.Software.Attested != "bound" || by.Station.Counter.Policy == (statement.Hash{}) {
		t.Errorf("%+v, %v", by, err)
	}
	card, err := s.log.Entry(0)
	if err != nil {
		t.Fatal(err)
	}
	pin, err := audit.ParseCard(card)
	if err != nil || pin.Card.Station.Counter.Policy == "" {
		t.Fatalf("%+v, %v", pin, err)
	}
	r, err := audit.Log(s.FS(), audit.Options{Pin: pin, Now: Now()})
	if err != nil || !r.Valid || len(r.Boots) != 1 {
		t.Errorf("%+v, %v", r, err)
	}

	// What the machine states of its boot is what an office approves.
	entry, err := s.log.Entry(1)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := audit.OpenBoot(entry, pin, nil)
	if err != nil || seen.PCR4 != sha256.Sum256(append(make([]byte, 32), events[0].SHA256[:]...)) || len(seen.Programs) != 1 {
		t.Errorf("%+v, %v", seen, err)
	}
	if _, err := audit.OpenBoot(card, pin, nil); err == nil {
		t.Error("a station card is a boot statement")
	}
	if _, err := audit.OpenBoot(entry, audit.Pin{Key: pin.Key}, nil); err == nil {
		t.Error("a boot statement opens without the station card")
	}

	// A file that is no approval, one that is changed, a directory and a link to nothing keep nobody from using the others.
	for name, text := range map[string]string{"a.approval": "text", "b.approval": strings.Replace(one, `"version": 1`, `"version": 2`, 1)} {
		if err := os.WriteFile(filepath.Join(dir, ApprovalDir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ApprovalDir, "c.approval"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, ApprovalDir, "d.approval")); err != nil {
		t.Fatal(err)
	}
	e.Boot(events...)
	again, err := Open(dir, Options{Root: root(now)})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Sign2(cutBoot(t, again)); err != nil {
		t.Errorf("in a later start of the same image: %v", err)
	}

	e.Boot()
	other, err := Open(dir, Options{Root: root(now)})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, _, err := other.Boot(t.Context()); fault.Code(err) != fault.Refused || !errors.Is(err, tpm.ErrNotApproved) {
		t.Errorf("a boot statement in another boot: %v", err)
	}
	if about, err := other.About(); err != nil || about.Bound == nil || about.Bound.Approved || len(about.Warnings) == 0 {
		t.Errorf("%+v, %v", about, err)
	}
}

// cutBoot is a statement to be signed.
func cutBoot(t *testing.T, s *Station) statement.Body {
	t.Helper()
	by, err := s.ByStation()
	if err != nil {
		t.Fatal(err)
	}
	return &statement.List{ByStation: by, Purpose: "import", Rows: []statement.Row{{Number: "1", Type: "magnetic", Classification: "none"}}}
}
