package station

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"rasure/certify/audit"
	"rasure/certify/boot"
	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/fault"
)

// Each start of the TPM has one boot statement, and the statements of the station name it.
func TestBoot(t *testing.T) {
	t.Parallel()
	e, dir := tpmtest.New(t), filepath.Join(t.TempDir(), "state")
	open := func(events []byte) *Station {
		t.Helper()
		root := maps.Clone(fstest.MapFS{})
		if events != nil {
			root[eventLogPath] = &fstest.MapFile{Data: events}
		}
		s, err := Open(dir, Options{Root: root})
		if errors.Is(err, ErrNone) || errors.Is(err, fs.ErrNotExist) {
			s, err = Init(t.Context(), dir, InitOptions{Name: "s7.example", Key: KeyTPM, TPM: e.Address()}, Options{Root: root})
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		return s
	}
	program := tpmtest.Measured{PCR: 4, Type: boot.EventApplication, SHA256: sha256.Sum256([]byte("image"))}
	s := open(e.Boot(program))
	if by, err := s.ByStation(); err != nil || by.Software.Attested != "none" {
		t.Errorf("before: %q, %v", by.Software.Attested, err)
	}
	index, added, err := s.Boot(t.Context())
	if err != nil || !added || index != 1 {
		t.Fatalf("%d, %t, %v", index, added, err)
	}
	if again, added, err := s.Boot(t.Context()); err != nil || added || again != index {
		t.Errorf("once more: %d, %t, %v", again, added, err)
	}
	by, err := s.ByStation()
	if err != nil || by.Software.Attested != "boot" || by.Software.Boot.Index != 1 {
		t.Errorf("behind it: %+v, %v", by.Software, err)
	}
	s.Close()

	// Another start; the log of its firmware is too long for an entry.
	long := slices.Repeat([]tpmtest.Measured{program}, 600)
	s = open(e.Boot(long...))
	if by, err := s.ByStation(); err != nil || by.Software.Attested != "none" {
		t.Errorf("after a start: %q, %v", by.Software.Attested, err)
	}
	if index, added, err = s.Boot(t.Context()); err != nil || !added || index != 2 {
		t.Fatalf("%d, %t, %v", index, added, err)
	}
	kept, err := filepath.Glob(filepath.Join(dir, audit.EvidenceDir, "boot-*.eventlog"))
	if err != nil || len(kept) != 1 {
		t.Errorf("kept: %q, %v", kept, err)
	}
	r, err := audit.Log(s.FS(), audit.Options{Pin: audit.Pin{Key: s.PublicKey()}, Now: Now()})
	if err != nil || !r.Valid || len(r.Boots) != 2 || len(r.Boots[0].Programs) != 1 || !r.Boots[1].NoLog || !slices.Equal(r.Boots[1].Entries, []audit.Span{{From: 2, To: 2}}) {
		t.Errorf("%+v, %v", r, err)
	}
	evidence := os.DirFS(filepath.Join(dir, audit.EvidenceDir))
	r, err = audit.Log(s.FS(), audit.Options{Pin: audit.Pin{Key: s.PublicKey()}, Now: Now(), Evidence: evidence})
	if err != nil || !r.Valid || len(r.Boots) != 2 || len(r.Boots[1].Programs) != 600 || len(r.Boots[1].Unexplained) > 0 {
		t.Errorf("with what was kept: %+v, %v", r, err)
	}
	s.Close()

	// What is copied is what was kept, and nothing else.
	to := filepath.Join(t.TempDir(), "copy")
	if err := CopyEventLogs(dir, to); err != nil {
		t.Fatal(err)
	}
	if got, err := fs.Glob(os.DirFS(to), "*"); err != nil || len(got) != 1 || got[0] != filepath.Base(kept[0]) {
		t.Errorf("copied: %q, %v", got, err)
	}
	if err := os.WriteFile(kept[0], []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := CopyEventLogs(dir, filepath.Join(t.TempDir(), "copy")); fault.Code(err) != fault.Unverified {
		t.Errorf("a changed one: %v", err)
	}

	s = open(nil)
	e.Boot()
	if _, _, err := s.Boot(t.Context()); fault.Code(err) != fault.Refused {
		t.Errorf("without an event log: %v", err)
	}
}
