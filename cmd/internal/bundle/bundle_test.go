package bundle

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"rasure/certify/audit"
	"rasure/cmd/internal/fault"
)

// packed writes a bundle of files, each with its own name as content, and one of evidence.
func packed(t *testing.T, ext string, names ...string) (path string, err error) {
	b := &audit.Bundle{Ended: time.Unix(1e9, 0)}
	for _, name := range names {
		b.Files = append(b.Files, audit.BundleFile{Name: name, Size: int64(len(name)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte(name))), nil }})
	}
	path = filepath.Join(t.TempDir(), "a"+ext)
	return path, Write(path, b)
}

func TestBundle(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{".tar.zst", ".zip"} {
		t.Run(ext, func(t *testing.T) { testBundle(t, ext) })
	}
}

func testBundle(t *testing.T, ext string) {
	names := []string{"certificate.cert", "entries/000001", audit.EvidenceDir + "photo.jpg"}
	path, err := packed(t, ext, names...)
	if err != nil || !IsArchive(path) {
		t.Fatal(err)
	}
	t.Run("what was packed is read back", func(t *testing.T) {
		files, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if data, err := fs.ReadFile(files, name); string(data) != name || err != nil {
				t.Errorf("%s holds %q, %v", name, data, err)
			}
		}
		if list, err := fs.ReadDir(files, "entries"); len(list) != 1 || err != nil {
			t.Errorf("entries: %v, %v", list, err)
		}
	})
	t.Run("a bundle is not replaced", func(t *testing.T) {
		if err := Write(path, &audit.Bundle{}); fault.Code(err) != fault.Refused {
			t.Error(err)
		}
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 || err != nil {
			t.Errorf("left over: %v, %v", left, err)
		}
	})
	t.Run("a name outside of the bundle, or twice, does not verify", func(t *testing.T) {
		for _, bad := range [][]string{{"../../etc/passwd"}, {"a", "a"}} {
			path, err := packed(t, ext, bad...)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Open(t.Context(), path); fault.Code(err) != fault.Unverified {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
	t.Run("reading ends at Ctrl-C", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Open(ctx, path); fault.Code(err) != fault.Interrupted {
			t.Error(err)
		}
	})
}
