package interrupt

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"rasure/cmd/internal/fault"
)

func TestReadersEndWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	files := FS(ctx, fstest.MapFS{"dir/a": {Data: []byte("abc")}})
	open, err := files.Open("dir/a")
	if err != nil {
		t.Fatal(err)
	}
	r, at := Reader(ctx, strings.NewReader("abc")), ReaderAt(ctx, strings.NewReader("abc"))
	b := make([]byte, 1)
	read := map[string]func() error{
		"reader":    func() error { _, err := r.Read(b); return err },
		"reader at": func() error { _, err := at.ReadAt(b, 1); return err },
		"open file": func() error { _, err := open.Read(b); return err },
		"file":      func() error { _, err := fs.ReadFile(files, "dir/a"); return err },
		"directory": func() error { _, err := fs.ReadDir(files, "dir"); return err },
	}
	for name, f := range read {
		if err := f(); err != nil && err != io.EOF {
			t.Errorf("%s: %v", name, err)
		}
	}
	cancel()
	for name, f := range read {
		if err := f(); !errors.Is(err, fault.ErrInterrupted) {
			t.Errorf("%s after the end: %v", name, err)
		}
	}
}
