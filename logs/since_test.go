package logs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"rasure/logs"
	"rasure/logs/durable"
)

// filesOf lists the files below dir.
func filesOf(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func TestExportSince(t *testing.T) {
	t.Parallel()
	for _, sizes := range [][2]int64{{0, 1}, {0, 300}, {1, 2}, {255, 256}, {255, 257}, {256, 257}, {256, 512}, {300, 300}, {65_530, 65_800}} {
		t.Run(fmt.Sprintf("%d to %d", sizes[0], sizes[1]), func(t *testing.T) {
			t.Parallel()
			small, large := sizes[0], sizes[1]
			dir, o, records := filepath.Join(scratch(t), "log"), plain(), large < 1000
			if records {
				o = counted(&counter{v: 40}, 40)
			}
			if err := logs.Fill(dir, o, large, short); err != nil {
				t.Fatal(err)
			}
			s, err := logs.ReadSnapshot(os.DirFS(dir), o.Identity)
			if err != nil {
				t.Fatal(err)
			}
			to := filepath.Join(scratch(t), "part")
			if err := s.ExportSince(to, small); err != nil {
				t.Fatal(err)
			}
			want := append(slices.Collect(logs.FilesSince(small, large, records)), "checkpoint")
			slices.Sort(want)
			if got := filesOf(t, to); !slices.Equal(got, want) {
				t.Errorf("exported %d files: %q, want %q", len(got), got, want)
			}
			// A copy of the old size with these files is a log of the new size.
			copied := filepath.Join(scratch(t), "copy")
			if small > 0 {
				if err := logs.Fill(copied, o, small, short); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range filesOf(t, to) {
				data, err := os.ReadFile(filepath.Join(to, name))
				if err == nil {
					err = os.MkdirAll(filepath.Dir(filepath.Join(copied, name)), 0o755)
				}
				if err == nil {
					err = os.WriteFile(filepath.Join(copied, name), data, 0o644)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if cp, err := auditLog(os.DirFS(copied), o.Identity, nil, nil); err != nil || cp != s.Checkpoint() {
				t.Errorf("the copy with the new files: %v, %v", cp, err)
			}
		})
	}
}

func TestCopySinceVerifies(t *testing.T) {
	t.Parallel()
	o := counted(&counter{v: 40}, 40)
	dir := filepath.Join(scratch(t), "log")
	if err := logs.Fill(dir, o, 300, short); err != nil {
		t.Fatal(err)
	}
	for _, name := range filesOf(t, dir) {
		if name == "checkpoint" || name == "lock" {
			continue
		}
		damaged := copyDir(t, dir)
		data, err := os.ReadFile(filepath.Join(damaged, name))
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)-1] ^= 1
		if err := os.WriteFile(filepath.Join(damaged, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := logs.ReadSnapshot(os.DirFS(damaged), o.Identity)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.CopySince(durable.Open(filepath.Join(scratch(t), "copy")), 0); err == nil {
			t.Errorf("with a flipped bit in %s the log was copied", name)
		}
	}
}
