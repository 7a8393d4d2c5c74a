package station

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/fault"
	"rasure/wipe/scheme"
)

func TestRetire(t *testing.T) {
	t.Parallel()
	t.Run("software key", func(t *testing.T) {
		t.Parallel()
		s := newTest(t)
		if err := Retire(t.Context(), s.dir, Options{}, false); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(s.Path(SoftwareKeyFile)); err == nil {
			t.Error("the key is left")
		}
		refused(t, s.dir)
		if k, err := ReadKept(s.dir); err != nil || !k.Retired || k.Log.Size() != 1 {
			t.Errorf("%+v, %v", k, err)
		}
		if _, err := Leaves(s.dir); !errors.Is(err, ErrRetired) {
			t.Errorf("%v", err)
		}
	})
	t.Run("TPM", func(t *testing.T) {
		t.Parallel()
		dir, e := withTPM(t)
		before := objects(t, e)
		if !strings.Contains(before, "0x81010100") || !strings.Contains(strings.ToLower(before), "0x1800aa0") {
			t.Fatalf("the TPM has %s", before)
		}
		if err := Retire(t.Context(), dir, Options{}, false); err != nil {
			t.Fatal(err)
		}
		if after := objects(t, e); strings.Contains(after, "0x81010100") || strings.Contains(strings.ToLower(after), "0x1800aa0") {
			t.Errorf("the TPM still has %s", after)
		}
		refused(t, dir)
		var f stateFileContent
		if err := f.load(dir); err != nil || f.hasKey(dir) || len(f.TPM.Key.Unique) > 0 {
			t.Errorf("%v: the secrets are left", err)
		}
		if _, err := Repair(t.Context(), dir, Options{Root: machine}); !errors.Is(err, ErrRetired) {
			t.Errorf("repair: %v", err)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		t.Parallel()
		dir, e := withTPM(t)
		e.Stop()
		if err := Retire(t.Context(), dir, Options{}, false); !errors.Is(err, tpm.ErrMissing) {
			t.Errorf("%v", err)
		}
		if l, err := Leaves(dir); err != nil || l.Begun { // nothing was changed
			t.Errorf("%+v, %v", l, err)
		}
		e.Run()
		var f stateFileContent
		if err := f.load(dir); err != nil {
			t.Fatal(err)
		}
		f.Retired = "2026-01-01T00:00:00Z" // as the first step leaves it
		if err := f.write(filepath.Join(dir, StateFile)); err != nil {
			t.Fatal(err)
		}
		refused(t, dir)
		if l, err := Leaves(dir); err != nil || !l.Begun {
			t.Errorf("%+v, %v", l, err)
		}
		if err := Retire(t.Context(), dir, Options{}, false); err != nil {
			t.Fatal(err)
		}
		if after := objects(t, e); strings.Contains(after, "0x81010100") {
			t.Errorf("the TPM still has %s", after)
		}
	})
	t.Run("another TPM keeps what it has", func(t *testing.T) {
		t.Parallel()
		dir, e := withTPM(t)
		e.Replace()
		other := InitOptions{Name: "other.example", Key: KeyTPM, TPM: e.Address()}
		s, err := Init(t.Context(), filepath.Join(t.TempDir(), "other"), other, Options{Root: machine})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		if err := Retire(t.Context(), dir, Options{}, false); !errors.Is(err, tpm.ErrOtherTPM) {
			t.Errorf("%v", err)
		}
		if err := Retire(t.Context(), dir, Options{}, true); err != nil {
			t.Error(err)
		}
		again, err := Open(s.dir, s.o)
		if err != nil {
			t.Fatal(err)
		}
		again.Close()
	})
}

// withTPM is a station whose key is in an emulated TPM.
func withTPM(t *testing.T) (dir string, e *tpmtest.Emulator) {
	t.Helper()
	e = tpmtest.New(t)
	dir = filepath.Join(t.TempDir(), "state")
	s, err := Init(t.Context(), dir, InitOptions{Name: "chip.example", Key: KeyTPM, TPM: e.Address()}, Options{Root: machine})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	return dir, e
}

// objects are the persistent keys and the indices of a TPM, as tpm2-tools list them.
func objects(t *testing.T, e *tpmtest.Emulator) string {
	t.Helper()
	all := ""
	for _, kind := range []string{"handles-persistent", "handles-nv-index"} {
		all += tool(t, e, "tpm2_getcap", kind)
	}
	return all
}

// tool runs one of tpm2-tools on an emulated TPM.
func tool(t *testing.T, e *tpmtest.Emulator, args ...string) string {
	t.Helper()
	out, err := e.Tool(args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// refused checks that nothing opens a station that was retired.
func refused(t *testing.T, dir string) {
	t.Helper()
	_, err := Open(dir, Options{Root: machine})
	if !errors.Is(err, ErrRetired) || fault.Code(err) != fault.Refused {
		t.Errorf("opening the station: %v", err)
	}
	if _, err := OpenFor(dir, Options{Root: machine}, []byte(certify.KindBegin)); !errors.Is(err, ErrRetired) {
		t.Errorf("opening the station: %v", err)
	}
}

// The log of a retired station ends with an entry that says so. Nothing can follow it, also if the key is still there.
func TestLastEntry(t *testing.T) {
	t.Parallel()
	s, err := Init(t.Context(), filepath.Join(t.TempDir(), "state"), InitOptions{Name: "station.example", Key: KeySoftware}, Options{Root: machine})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := LastEntry(t.Context(), s.dir, Options{Root: machine}, "wu", "scrapped", true); err != nil {
		t.Fatal(err)
	}
	l, err := Leaves(s.dir)
	if err != nil || !l.Closed || l.Last || l.Entries != 2 {
		t.Fatalf("%+v, %v", l, err)
	}
	s, err = Open(s.dir, Options{Root: machine})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	by, err := s.ByStation()
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Sign2(&statement.Retirement{ByStation: by, Operator: statement.Operator{Account: "wu", By: "flag"}, Reason: "scrapped twice"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AppendChecked(t.Context(), again, nil); fault.Code(err) != fault.Refused || s.log.Size() != 2 {
		t.Errorf("an entry behind the last one: %v", err)
	}
	r, err := audit.Log(s.FS(), audit.Options{Pin: audit.Pin{Key: s.PublicKey()}, Now: Now()})
	if err != nil || !r.Valid || r.Retired == nil || r.Retired.Index != 1 || r.Retired.Operator != "wu" || r.Retired.Reason != "scrapped" {
		t.Errorf("%+v, %v", r, err)
	}
}

// A job that the log has begun and not ended refuses the last entry, also where its file is lost.
func TestLastEntryOpenJob(t *testing.T) {
	t.Parallel()
	s, err := Init(t.Context(), filepath.Join(t.TempDir(), "state"), InitOptions{Name: "station.example", Key: KeySoftware}, Options{Root: machine})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	by, err := s.ByStation()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := scheme.Named("clear-random")
	if err != nil {
		t.Fatal(err)
	}
	begin, err := s.Sign2(&statement.Begin{ByStation: by, Seed: sha256.Sum256([]byte("seed")), Confirmation: statement.Confirmation{Typed: "serial", Seconds: 4},
		Work: statement.Work{Job: by.ID, Operator: statement.Operator{Account: "root", By: "flag"}, Identified: "serial",
			Disk: statement.Disk{Serial: "S-1", SerialSource: "ata-identify", Bus: "sata", MediumType: "magnetic", Size: 1 << 30, Logical: 512, Physical: 512, Hidden: "not-examined",
				Direct: "yes", Node: statement.Node{Name: "sdb", Major: 8, Minor: 16}},
			Plan: statement.Plan{Scheme: plan.ID, SHA256: sha256.Sum256([]byte(plan.Text())), Level: "clear", Verify: "full", Standard: "NIST SP 800-88 Rev. 2"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AppendChecked(t.Context(), begin, nil); err != nil {
		t.Fatal(err)
	}
	if err := LastEntry(t.Context(), s.dir, Options{Root: machine}, "wu", "scrapped", true); fault.Code(err) != fault.Refused {
		t.Errorf("%v", err)
	}
	if l, err := Leaves(s.dir); err != nil || l.Closed || l.Entries != 2 {
		t.Errorf("%+v, %v", l, err)
	}
}
