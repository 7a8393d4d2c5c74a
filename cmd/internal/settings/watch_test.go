package settings

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWatch sees every change of the file, also one that came before the watching, and none besides.
func TestWatch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "station.toml")
	s, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	put := func(text string) {
		t.Helper()
		tmp := path + ".tmp" // as a whole: a half of it would be handed over too
		if err := os.WriteFile(tmp, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(tmp, path); err != nil {
			t.Fatal(err)
		}
	}
	type news struct {
		s   Settings
		err error
	}
	all := make(chan news)
	put("site = 'A'\norganisation = 'O'\n")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		Watch(ctx, s, time.Millisecond, func() (Settings, error) { return Read(path) }, func(s Settings, err error) { all <- news{s, err} })
		close(ended)
	}()
	if n := <-all; n.err != nil || n.s.Site != "A" {
		t.Errorf("%+v, %v", n.s, n.err)
	}
	put("organisation = 'O'\nnothing = 1\n")
	if n := <-all; n.err == nil || !strings.Contains(n.err.Error(), "line 2") || n.s.Organisation != "" {
		t.Errorf("%+v, %v", n.s, n.err)
	}
	put("organisation = 'P'\n")
	if n := <-all; n.err != nil || n.s.Organisation != "P" {
		t.Errorf("%+v, %v", n.s, n.err)
	}
	os.Remove(path)
	if n := <-all; n.err != nil || n.s.Found {
		t.Errorf("%+v, %v", n.s, n.err)
	}
	cancel()
	select {
	case n := <-all:
		t.Errorf("a change that was none: %+v, %v", n.s, n.err)
	case <-ended:
	}
}
