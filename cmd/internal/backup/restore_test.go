package backup_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rasure/cmd/internal/backup"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/internal/station"
	"rasure/logs/durable"
)

func TestRestoreOver(t *testing.T) {
	t.Parallel()
	dir, s := office(t, 3)
	older, _ := backedUp(t, dir)
	grow(t, s, 2)
	name, _ := backedUp(t, dir)
	there := func(t *testing.T) string {
		t.Helper()
		return copied(t, dir, filepath.Join(t.TempDir(), "state"))
	}
	refuses := func(t *testing.T, to, file, says string, o backup.Options) {
		t.Helper()
		was := tree(t, to)
		_, err := backup.Restore(t.Context(), to, file, o)
		if err == nil || !strings.Contains(err.Error(), says) || fault.Code(err) != fault.Refused {
			t.Errorf("%v, want %q", err, says)
		}
		if !same(tree(t, to), was) {
			t.Errorf("the directory was changed: %v", slices.Sorted(keys(tree(t, to))))
		}
	}
	t.Run("a station without --replace", func(t *testing.T) {
		t.Parallel()
		refuses(t, there(t), name, "is not empty", backup.Options{})
	})
	t.Run("other files without --replace", func(t *testing.T) {
		t.Parallel()
		to := t.TempDir()
		write(t, filepath.Join(to, "x"), "x", 0o644)
		refuses(t, to, name, "is not empty", backup.Options{})
	})
	t.Run("another station", func(t *testing.T) {
		t.Parallel()
		to := filepath.Join(t.TempDir(), "state")
		made(t, to)
		refuses(t, to, name, "another station", backup.Options{Replace: true})
		write(t, filepath.Join(to, station.StateFile), "damaged", 0o600)
		refuses(t, to, name, "another station", backup.Options{Replace: true})
	})
	t.Run("another log of the same key", func(t *testing.T) {
		t.Parallel()
		to := filepath.Join(t.TempDir(), "state")
		if _, err := backup.Restore(t.Context(), to, older, backup.Options{}); err != nil {
			t.Fatal(err)
		}
		fork, err := station.Open(to, options)
		if err != nil {
			t.Fatal(err)
		}
		defer fork.Close()
		grow(t, fork, 1)
		refuses(t, to, name, "two histories", backup.Options{Replace: true})
	})
	t.Run("a newer log that is sound", func(t *testing.T) {
		t.Parallel()
		refuses(t, there(t), older, "is newer and sound: it has 6 entries, and the backup has 4", backup.Options{Replace: true})
		damaged := there(t)
		write(t, filepath.Join(damaged, station.StateFile), "damaged", 0o600)
		refuses(t, damaged, older, "is newer and sound", backup.Options{Replace: true})
	})
	t.Run("a station that was retired", func(t *testing.T) {
		t.Parallel()
		to := there(t)
		if err := station.Retire(t.Context(), to, station.Options{}, false); err != nil {
			t.Fatal(err)
		}
		refuses(t, to, name, "was retired", backup.Options{Replace: true})
	})
	t.Run("a damaged state is set aside", func(t *testing.T) {
		t.Parallel()
		to := there(t)
		flip(t, filepath.Join(to, "log/tile/entries/000.p/6"), 700)
		was := tree(t, to)
		r, err := backup.Restore(t.Context(), to, older, backup.Options{Replace: true})
		if err != nil || r.Entries != 4 {
			t.Fatalf("%+v, %v", r, err)
		}
		if !same(tree(t, r.Replaced), was) {
			t.Errorf("set aside: %v", slices.Sorted(keys(tree(t, r.Replaced))))
		}
		if s, err := station.Open(to, options); err != nil {
			t.Error(err)
		} else {
			s.Close()
		}
		if _, w := backedUp(t, to); len(w.Secret) != 4 { // what was set aside is in no backup
			t.Errorf("%v", w.Secret)
		}
	})
	t.Run("a job server runs", func(t *testing.T) {
		t.Parallel()
		to := there(t)
		unlock, err := jobserver.Lock(to)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		refuses(t, to, name, "holds the lock", backup.Options{Replace: true})
	})
	t.Run("a job runs", func(t *testing.T) {
		t.Parallel()
		to := there(t)
		unlock, err := durable.Open(filepath.Join(to, "jobs")).Lock("01A.lock", 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		refuses(t, to, name, "job 01A runs", backup.Options{Replace: true})
	})
}

// errCut is a power cut.
var errCut = errors.New("power cut")

// TestRestorePowercut ends a restore before each of its steps. The directory then has the old station, whole, or none; and the restore can be begun again.
func TestRestorePowercut(t *testing.T) {
	t.Parallel()
	dir, s := office(t, 3)
	grow(t, s, 2)
	name, _ := backedUp(t, dir)
	old := tree(t, dir)
	good := filepath.Join(t.TempDir(), "good")
	if _, err := backup.Restore(t.Context(), good, name, backup.Options{}); err != nil {
		t.Fatal(err)
	}
	want := tree(t, good)
	for cut := 0; ; cut++ {
		to := filepath.Join(t.TempDir(), "state")
		copied(t, dir, to)
		step := 0
		restore := func() (err error) {
			defer func() { // a power cut runs nothing more
				if r := recover(); r != nil {
					err = errCut
				}
			}()
			_, err = backup.Restore(t.Context(), to, name, backup.Options{Replace: true, Fault: func(string) error {
				if step++; step > cut {
					panic(errCut)
				}
				return nil
			}})
			return err
		}
		if err := restore(); err == nil {
			if cut < 10 {
				t.Errorf("a restore has only %d steps", cut)
			}
			break
		}
		now := tree(t, to)
		if _, there := now[station.StateFile]; there && !same(now, old) && !same(now, want) {
			t.Errorf("cut before step %d: a part of a station is there: %v", cut+1, slices.Sorted(keys(now)))
		} else if _, err := station.Open(to, options); there != !errors.Is(err, station.ErrNone) {
			t.Errorf("cut before step %d: %v", cut+1, err)
		} else if hint, _ := fault.HintOf(err); !there && !strings.Contains(hint.String(), "run rasure station restore again") {
			t.Errorf("cut before step %d: hint %v", cut+1, hint)
		}
		if _, err := station.Init(t.Context(), to, station.InitOptions{Name: "b.example", Key: station.KeySoftware}, options); err == nil {
			t.Errorf("cut before step %d: a new station was made", cut+1)
		}
		if _, err := backup.Restore(t.Context(), to, name, backup.Options{Replace: true}); err != nil {
			t.Errorf("begun again after a cut before step %d: %v", cut+1, err)
		}
		if now := tree(t, to); !same(now, want) {
			t.Errorf("begun again after a cut before step %d: %v", cut+1, slices.Sorted(keys(now)))
		}
		kept := map[string]string{}
		replaced, _ := filepath.Glob(filepath.Join(to, station.ReplacedPrefix+"*"))
		for _, r := range replaced {
			for name, text := range tree(t, r) {
				if kept[name] == "" || text == old[name] {
					kept[name] = text
				}
			}
		}
		for name := range old {
			if kept[name] != old[name] {
				t.Errorf("cut before step %d: %s of the old state is lost", cut+1, name)
			}
		}
	}
}
