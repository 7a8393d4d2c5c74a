package backup_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rasure/cmd/internal/backup"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/logs"
)

// repack writes an archive again with its members as change returns them; nil leaves one out.
func repack(t *testing.T, name string, change func(*tar.Header, []byte) []byte, more ...*tar.Header) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out bytes.Buffer
	r, w := tar.NewReader(f), tar.NewWriter(&out)
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		data, _ := io.ReadAll(r)
		if h.Name == "rasure-backup/SHA256SUMS" {
			for _, m := range slices.DeleteFunc(more, func(m *tar.Header) bool { return m == nil }) {
				if err := w.WriteHeader(m); err != nil {
					t.Fatal(err)
				}
			}
		}
		if data = change(h, data); data == nil && h.Typeflag == tar.TypeReg {
			continue
		}
		h.Size = int64(len(data))
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		w.Write(data)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "repacked.tar")
	write(t, to, out.String(), 0o600)
	return to
}

func keep(_ *tar.Header, data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

func TestRestoreDamaged(t *testing.T) {
	t.Parallel()
	dir, _ := office(t, 3)
	name, _ := backedUp(t, dir)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(t.TempDir(), "good")
	if _, err := backup.Restore(t.Context(), good, name, backup.Options{}); err != nil {
		t.Fatal(err)
	}
	want := tree(t, good)
	refused := func(t *testing.T, file string) bool {
		t.Helper()
		to := filepath.Join(t.TempDir(), "state")
		_, err := backup.Restore(t.Context(), to, file, backup.Options{})
		switch code := fault.Code(err); {
		case err == nil && !same(tree(t, to), want):
			t.Errorf("restored: %v", slices.Sorted(keys(tree(t, to))))
		case err != nil && code != fault.Unverified && code != fault.Refused:
			t.Errorf("exit status %d: %v", code, err)
		case err != nil && len(tree(t, to)) > 0:
			t.Errorf("left behind: %v", slices.Sorted(keys(tree(t, to))))
		}
		if _, left := os.Lstat(filepath.Join(to, station.RestoringDir)); left == nil {
			t.Errorf("%s is left behind", station.RestoringDir)
		}
		return err != nil
	}
	t.Run("cut off", func(t *testing.T) {
		for size := 0; size < len(text)-1024; size += 2560 { // the last two blocks end the archive, and are zero
			write(t, filepath.Join(filepath.Dir(name), "cut"), string(text[:size]), 0o600)
			if !refused(t, filepath.Join(filepath.Dir(name), "cut")) {
				t.Errorf("cut off at %d: restored", size)
			}
		}
	})
	t.Run("a bit is flipped", func(t *testing.T) {
		caught := 0
		for at := 0; at < len(text); at += 997 {
			changed := bytes.Clone(text)
			changed[at] ^= 1
			write(t, filepath.Join(filepath.Dir(name), "flipped"), string(changed), 0o600)
			if refused(t, filepath.Join(filepath.Dir(name), "flipped")) {
				caught++
			}
		}
		if caught < 8 { // the rest is filling between files
			t.Errorf("only %d flips were noticed", caught)
		}
	})
	t.Run("files changed", func(t *testing.T) {
		for _, row := range []struct {
			what   string
			change func(*tar.Header, []byte) []byte
			more   *tar.Header
		}{
			{"a file is missing", func(h *tar.Header, data []byte) []byte {
				if h.Name == "rasure-backup/state/policy.toml" {
					return nil
				}
				return keep(h, data)
			}, nil},
			{"a file is changed", func(h *tar.Header, data []byte) []byte {
				if h.Name == "rasure-backup/state/policy.toml" {
					return append(data, '\n')
				}
				return keep(h, data)
			}, nil},
			{"another format", func(h *tar.Header, data []byte) []byte {
				return keep(h, bytes.ReplaceAll(data, []byte(`"format": 1`), []byte(`"format": 2`)))
			}, nil},
			{"another number of entries", func(h *tar.Header, data []byte) []byte {
				return keep(h, bytes.ReplaceAll(data, []byte(`"entries": 4`), []byte(`"entries": 5`)))
			}, nil},
			{"a file twice", keep, &tar.Header{Name: "rasure-backup/state/policy.toml", Mode: 0o644}},
			{"a file more", keep, &tar.Header{Name: "rasure-backup/state/more", Mode: 0o644}},
			{"a path that leads out", keep, &tar.Header{Name: "rasure-backup/state/../../../evil", Mode: 0o644}},
			{"an absolute path", keep, &tar.Header{Name: "/evil", Mode: 0o644}},
			{"a link", keep, &tar.Header{Name: "rasure-backup/state/link", Typeflag: tar.TypeSymlink, Linkname: "/etc", Mode: 0o777}},
			{"a lock", keep, &tar.Header{Name: "rasure-backup/state/acts.lock", Mode: 0o644}},
		} {
			if !refused(t, repack(t, name, row.change, row.more)) {
				t.Errorf("%s: restored", row.what)
			}
		}
	})
	t.Run("no backup at all", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "other")
		write(t, other, strings.Repeat("not a tar archive\n", 100), 0o644)
		if !refused(t, other) {
			t.Error("restored")
		}
	})
	t.Run("the log in it does not verify", func(t *testing.T) {
		broken := filepath.Join(t.TempDir(), "broken")
		sums := ""
		file := repack(t, name, func(h *tar.Header, data []byte) []byte {
			if h.Name == "rasure-backup/SHA256SUMS" {
				return []byte(sums)
			}
			if h.Name == "rasure-backup/state/log/tile/entries/000.p/4" {
				data[3000] ^= 1
			}
			if h.Typeflag == tar.TypeReg {
				sums += fmt.Sprintf("%x  %s\n", sha256.Sum256(data), strings.TrimPrefix(h.Name, "rasure-backup/"))
			}
			return keep(h, data)
		})
		_, err := backup.Restore(t.Context(), broken, file, backup.Options{})
		if !errors.Is(err, logs.ErrDamaged) || fault.Code(err) != fault.Unverified {
			t.Errorf("%v", err)
		}
	})
}
