package backup_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"rasure/certify"
	"rasure/cmd/internal/backup"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/logs"
)

var options = station.Options{Root: fstest.MapFS{"proc/sys/kernel/hostname": {Data: []byte("bench\n")}}}

// made makes a station with a software key in a directory.
func made(t *testing.T, dir string) *station.Station {
	t.Helper()
	s, err := station.Init(t.Context(), dir, station.InitOptions{Name: "station.example", Key: station.KeySoftware, Version1: true}, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// office is a station with a log of entries and every kind of file that a state directory has.
func office(t *testing.T, entries int) (dir string, s *station.Station) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "state")
	s = made(t, dir)
	grow(t, s, entries)
	for name, perm := range map[string]fs.FileMode{"policy.toml": 0o644, "witnesses": 0o644, "jobs/01A.json": 0o600, "annex/aa": 0o600, "certificates/a.cert": 0o644, "empty": 0o644,
		station.CacheFile: 0o600, "jobs/01A.lock": 0o600, ".policy.toml.tmp": 0o644, "jobs.log": 0o600} {
		write(t, filepath.Join(dir, name), name, perm)
	}
	write(t, filepath.Join(dir, "empty"), "", 0o644)
	return dir, s
}

func grow(t *testing.T, s *station.Station, entries int) {
	t.Helper()
	for i := range entries {
		signed, err := s.Sign(certify.KindBegin, certify.Begin{ID: fmt.Sprint(i), Station: s.Describe(), Operator: "wang", Disk: certify.Disk{Serial: "S"}, Started: station.Now()})
		if err == nil {
			_, err = s.Append(signed)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func write(t *testing.T, name, text string, perm fs.FileMode) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), perm)); err != nil {
		t.Fatal(err)
	}
}

// backedUp writes a backup of a directory.
func backedUp(t *testing.T, dir string) (string, *backup.Written) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "b.tar")
	w, err := backup.Write(t.Context(), dir, []byte("zone = \"UTC\"\n"), name)
	if err != nil {
		t.Fatal(err)
	}
	return name, w
}

// tree is the content and the mode of each file below a directory, except locks and what restores set aside.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (rel == station.RestoringDir || strings.HasPrefix(rel, station.ReplacedPrefix)):
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(rel, "lock"):
			return nil
		}
		text, err := os.ReadFile(name)
		info, _ := d.Info()
		all[rel] = fmt.Sprintf("%v %s", info.Mode(), text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func same(a, b map[string]string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(slices.Collect(keys(a)), func(k string) bool { return a[k] != b[k] })
}

func keys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestBackup(t *testing.T) {
	t.Parallel()
	t.Run("comes back as it was", func(t *testing.T) {
		t.Parallel()
		dir, s := office(t, 300) // one full bundle, and a part of the next
		name, w := backedUp(t, dir)
		text, err := os.ReadFile(name)
		sum := sha256.Sum256(text)
		info, _ := os.Stat(name)
		if err != nil || w.SHA256 != hex.EncodeToString(sum[:]) || w.Bytes != int64(len(text)) || info.Mode() != 0o600 {
			t.Errorf("%v: %+v, mode %v", err, w, info.Mode())
		}
		if want := []string{"annex/aa", "jobs/01A.json", "station.json", "station.key"}; !slices.Equal(w.Secret, want) {
			t.Errorf("secret: %v, want %v", w.Secret, want)
		}
		if w.Entries != 301 || w.Station != s.Name() || w.KeySHA256 != s.KeySHA256() || len(w.Left) != 0 {
			t.Errorf("%+v", w)
		}
		to := filepath.Join(t.TempDir(), "new", "state")
		r, err := backup.Restore(t.Context(), to, name, backup.Options{})
		if err != nil || !r.AgeUnknown || r.Replaced != "" || r.Entries != 301 {
			t.Fatalf("%+v, %v", r, err)
		}
		want, got := tree(t, dir), tree(t, to)
		for _, left := range []string{station.CacheFile, ".policy.toml.tmp", "jobs.log"} {
			delete(want, left)
		}
		want["settings.toml"] = "-rw------- zone = \"UTC\"\n"
		if !same(got, want) {
			t.Errorf("restored %v\nwant %v", slices.Sorted(keys(got)), slices.Sorted(keys(want)))
		}
		again, err := station.Open(to, options)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		grow(t, again, 1)
	})
	t.Run("every tar reads it", func(t *testing.T) {
		t.Parallel()
		dir, _ := office(t, 3)
		name, _ := backedUp(t, dir)
		to := t.TempDir()
		for _, line := range []string{"tar xf " + name, "cd rasure-backup && sha256sum --strict -c SHA256SUMS"} {
			c := exec.Command("sh", "-euc", line)
			c.Dir = to
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
		}
	})
	t.Run("what is no file is named", func(t *testing.T) {
		t.Parallel()
		dir, _ := office(t, 1)
		if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
			t.Fatal(err)
		}
		if _, w := backedUp(t, dir); !slices.Equal(w.Left, []string{"link"}) {
			t.Errorf("left out: %v", w.Left)
		}
	})
	t.Run("refusals write nothing", func(t *testing.T) {
		t.Parallel()
		dir, _ := office(t, 3)
		out := t.TempDir()
		taken := filepath.Join(out, "taken")
		write(t, taken, "x", 0o644)
		broken := filepath.Join(t.TempDir(), "broken")
		copied(t, dir, broken)
		flip(t, filepath.Join(broken, "log/tile/entries/000.p/4"), 3000)
		newer := filepath.Join(t.TempDir(), "newer")
		write(t, filepath.Join(newer, station.StateFile), `{"version": 2}`, 0o600)
		for _, row := range []struct {
			dir, to, says string
			code          int
		}{
			{dir, taken, "already exists", fault.Refused},
			{dir, filepath.Join(dir, "b.tar"), "in the state directory", fault.Refused},
			{dir, filepath.Join(dir, "log", "b.tar"), "in the state directory", fault.Refused},
			{dir, filepath.Join(out, "no", "b.tar"), "no such file", fault.Failed},
			{filepath.Join(out, "none"), filepath.Join(out, "b"), "no station", fault.Failed},
			{broken, filepath.Join(out, "b"), "damaged", fault.Failed},
			{newer, filepath.Join(out, "b"), "is of version 2", fault.Failed},
		} {
			_, err := backup.Write(t.Context(), row.dir, nil, row.to)
			if err == nil || !strings.Contains(err.Error(), row.says) || fault.Code(err) != row.code {
				t.Errorf("%s to %s: %v (%d), want %q", row.dir, row.to, err, fault.Code(err), row.says)
			}
		}
		if left, _ := os.ReadDir(out); len(left) != 1 {
			t.Errorf("left behind: %v", left)
		}
	})
	t.Run("waits for those who append", func(t *testing.T) {
		t.Parallel()
		dir, _ := office(t, 1)
		release, err := logs.Hold(t.Context(), filepath.Join(dir, station.LogDir), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := backup.Write(ctx, dir, nil, filepath.Join(t.TempDir(), "b")); !errors.Is(err, fault.ErrInterrupted) || !strings.Contains(err.Error(), "waiting for the lock") {
			t.Errorf("%v", err)
		}
	})
	t.Run("one moment while others append", func(t *testing.T) {
		t.Parallel()
		dir, s := office(t, 250)
		stop, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for {
				select {
				case <-stop:
					return
				default:
					grow(t, s, 1)
				}
			}
		}()
		for range 8 {
			name, w := backedUp(t, dir)
			if r, err := backup.Restore(t.Context(), filepath.Join(t.TempDir(), "state"), name, backup.Options{}); err != nil || r.Entries != w.Entries {
				t.Error(r, err)
			}
		}
		close(stop)
		<-ended
	})
}

// copied copies a directory with the modes of its files.
func copied(t *testing.T, dir, to string) string {
	t.Helper()
	if out, err := exec.Command("cp", "-a", dir, to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return to
}

func flip(t *testing.T, name string, at int) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text[at] ^= 1
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
