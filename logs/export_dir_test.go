package logs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"rasure/logs"
)

func TestExport(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 1, 256, 300} {
		dir, o := filepath.Join(t.TempDir(), "log"), plain()
		l, err := logs.Create(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if _, err := l.Append([]byte{byte(i), byte(i >> 8)}); err != nil {
				t.Fatal(err)
			}
		}
		to := filepath.Join(t.TempDir(), "copy")
		if err := l.Export(to); err != nil {
			t.Fatalf("%d entries: %v", n, err)
		}
		cp, err := auditLog(os.DirFS(to), o.Identity, nil, nil)
		if err != nil || cp.Size != n {
			t.Errorf("%d entries: audit of the copy: %d entries, %v", n, cp.Size, err)
		}
		for _, name := range []string{"lock", "intent"} {
			if _, err := os.Stat(filepath.Join(to, name)); err == nil {
				t.Errorf("%d entries: the copy holds %s", n, name)
			}
		}
		if err := l.Export(to); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%d entries: exporting over a copy: %v", n, err)
		}
	}
}
