package station

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/fault"
	"rasure/logs/durable"
)

var machine = fstest.MapFS{"proc/sys/kernel/hostname": {Data: []byte("bench\n")}}

var software = InitOptions{Name: "station.example", Key: KeySoftware, Version1: true}

func newTest(t *testing.T) *Station {
	t.Helper()
	s, err := Init(t.Context(), filepath.Join(t.TempDir(), "state"), software, Options{Root: machine})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func reopen(t *testing.T, s *Station) *Station {
	t.Helper()
	again, err := Open(s.dir, s.o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	return again
}

// begin is a signed begin of a disk in no register.
func begin(t *testing.T, s *Station, id string) []byte {
	t.Helper()
	signed, err := s.Sign(certify.KindBegin, certify.Begin{ID: id, Station: s.Describe(), Operator: "wang", Disk: certify.Disk{Serial: "S" + id}, Started: Now()})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestInit(t *testing.T) {
	t.Parallel()
	t.Run("many at once leave one good station", func(t *testing.T) {
		t.Parallel()
		for range 20 {
			dir := filepath.Join(t.TempDir(), "state")
			var all sync.WaitGroup
			errs := make([]error, 4)
			for i := range errs {
				all.Go(func() {
					s, err := Init(t.Context(), dir, software, Options{Root: machine})
					if errs[i] = err; err == nil {
						s.Close()
					}
				})
			}
			all.Wait()
			made := 0
			for _, err := range errs {
				switch {
				case err == nil:
					made++
				case fault.Code(err) != fault.Refused:
					t.Errorf("the loser: %v", err)
				}
			}
			s, err := Open(dir, Options{Root: machine})
			if err != nil || made != 1 {
				t.Fatalf("%d stations were made: %v, %v", made, errs, err)
			}
			s.Close()
		}
	})
	t.Run("failure removes what it made and nothing else", func(t *testing.T) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "state")
		obstacle := filepath.Join(dir, "."+StateFile+".tmp", "x")
		if err := errors.Join(os.MkdirAll(filepath.Dir(obstacle), 0o755), os.WriteFile(obstacle, nil, 0o600), os.WriteFile(filepath.Join(dir, PolicyFile), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := Init(t.Context(), dir, software, Options{Root: machine}); err == nil {
			t.Fatal("the state file was written")
		}
		for _, name := range []string{SoftwareKeyFile, PublicKeyFile, LogDir} {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				t.Errorf("%s is left", name)
			}
		}
		if _, err := os.Lstat(filepath.Join(dir, PolicyFile)); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(filepath.Dir(obstacle)); err != nil {
			t.Fatal(err)
		}
		s, err := Init(t.Context(), dir, software, Options{Root: machine})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	})
	t.Run("options", func(t *testing.T) {
		t.Parallel()
		for _, o := range []InitOptions{{Name: "x", Key: "paper"}, {Name: "a b", Key: KeySoftware}} {
			dir := filepath.Join(t.TempDir(), "state")
			if _, err := Init(t.Context(), dir, o, Options{}); fault.Code(err) != fault.BadUsage {
				t.Errorf("%+v: %v", o, err)
			}
			if _, err := os.Lstat(dir); err == nil {
				t.Error("the directory was made")
			}
		}
	})
}

func TestOpen(t *testing.T) {
	t.Parallel()
	t.Run("no station", func(t *testing.T) {
		t.Parallel()
		_, err := Open(t.TempDir(), Options{Root: machine})
		if _, hint := fault.HintOf(err); !errors.Is(err, ErrNone) || !hint {
			t.Errorf("%v", err)
		}
	})
	t.Run("state file claims a better assurance", func(t *testing.T) {
		t.Parallel()
		s := newTest(t)
		s.state.Assurance = "tpm-verified"
		if err := s.state.write(s.Path(StateFile)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(s.dir, s.o); err == nil || !strings.Contains(err.Error(), "does not match the log's first entry") {
			t.Errorf("%v", err)
		}
	})
}

func TestAppendChecked(t *testing.T) {
	t.Parallel()
	t.Run("rules see what others appended before the lock", func(t *testing.T) {
		t.Parallel()
		s := newTest(t)
		if _, err := s.State(); err != nil {
			t.Fatal(err)
		}
		other := reopen(t, s)
		if _, err := other.Append(begin(t, other, "01A")); err != nil {
			t.Fatal(err)
		}
		open := 0
		index, err := s.AppendChecked(t.Context(), begin(t, s, "01B"), func(a *audit.State) error {
			open = len(a.Chain.Open())
			return nil
		})
		if err != nil || index != 2 || open != 1 {
			t.Errorf("entry %d, %v; the rules saw %d open jobs, want 1", index, err, open)
		}
	})
	t.Run("refused, nothing is appended", func(t *testing.T) {
		t.Parallel()
		s := newTest(t)
		no := fault.Refusef("withdrawn")
		if _, err := s.AppendChecked(t.Context(), begin(t, s, "01A"), func(*audit.State) error { return no }); !errors.Is(err, no) {
			t.Errorf("%v", err)
		}
		if n := s.Log().Size(); n != 1 {
			t.Errorf("the log has %d entries", n)
		}
	})
	t.Run("lock is held from the check to the entry", func(t *testing.T) {
		t.Parallel()
		s := newTest(t)
		other := reopen(t, s)
		var mu sync.Mutex
		inside, most := 0, 0
		var all sync.WaitGroup
		for i := range 8 {
			by := []*Station{s, other}[i%2]
			statement := begin(t, by, "01"+string(rune('A'+i)))
			all.Go(func() {
				_, err := by.AppendChecked(context.Background(), statement, func(*audit.State) error {
					mu.Lock()
					inside++
					most = max(most, inside)
					mu.Unlock()
					time.Sleep(5 * time.Millisecond)
					mu.Lock()
					inside--
					mu.Unlock()
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if most != 1 || reopen(t, s).Log().Size() != 9 {
			t.Errorf("%d at once", most)
		}
	})
	t.Run("another process holds the lock, and Ctrl-C", func(t *testing.T) {
		t.Parallel()
		s := newTest(t)
		unlock, err := durable.Open(s.dir).Lock(lockFile, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if _, err := s.AppendChecked(ctx, begin(t, s, "01A"), nil); !errors.Is(err, fault.ErrInterrupted) { // after the patience of the lock it would be another error
			t.Errorf("AppendChecked() = %v", err)
		}
	})
}

func TestState(t *testing.T) {
	t.Parallel()
	s := newTest(t)
	first, err := s.State()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.State(); again != first || err != nil {
		t.Errorf("an unchanged log was read again: %v", err)
	}
	if _, err := s.Append(begin(t, s, "01A")); err != nil {
		t.Fatal(err)
	}
	if again, err := s.State(); err != nil || again.Checkpoint.Size != 2 || len(again.Chain.Open()) != 1 {
		t.Errorf("%+v, %v", again, err)
	}
	s.known.at = time.Now().Add(-2 * fresh)
	if again, err := s.State(); err != nil || again == first || again.Checkpoint.Size != 2 {
		t.Errorf("after two minutes: %+v, %v", again, err)
	}
}

// What a newer version has added may withdraw what this one would rely on.
func TestNewerEntry(t *testing.T) {
	t.Parallel()
	s := newTest(t)
	if _, err := s.State(); err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign("rasure/begin/v9", map[string]string{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AppendChecked(t.Context(), signed, nil); fault.Code(err) != fault.Unverified {
		t.Errorf("appended: %v", err)
	}
	if _, err := s.Append(signed); err != nil {
		t.Fatal(err)
	}
	for name, st := range map[string]*Station{"read further": s, "read again": reopen(t, s)} {
		_, err := st.AppendChecked(t.Context(), begin(t, st, "01A"), nil)
		if _, hint := fault.HintOf(err); err == nil || !hint || !strings.Contains(err.Error(), "entry 1: a statement of kind \"rasure/begin/v9\" needs a newer rasure") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := reopen(t, s).Log().Size(); n != 2 {
		t.Errorf("the log has %d entries", n)
	}
}
