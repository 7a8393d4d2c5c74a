package hub_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/logs/fleet"
)

// TestWanted uploads files: only those that the newest request of a station waits for are kept.
func TestWanted(t *testing.T) {
	t.Parallel()
	s := hubtest.New(t, "station.example")
	s.Erase("S-1")
	dir := hubtest.NewDir(t)
	h := hubtest.Open(t, hub.Options{Dir: dir, Stations: hubtest.Roster(t, s)})
	a, err := h.Receive(ctx, s.Body(0), nil)
	hubtest.Check(t, err)
	wants(t, "without files", a, fleet.FilesWanted)
	hubtest.Check(t, h.Want(a))
	hubtest.Check(t, h.Upload(a.ID, a.Root, a.Files[0], []byte("x")))
	for _, name := range []string{"checkpoint", "cosigned", "tile/0/001", "../../../hub.key", "../" + a.Root + "/" + a.Files[0], "/" + a.Files[0], ""} {
		if err := h.Upload(a.ID, a.Root, name, []byte("x")); !errors.Is(err, hub.ErrNotWanted) {
			t.Errorf("Upload(%q) = %v", name, err)
		}
	}
	if err := h.Upload(a.ID, "../"+a.Root, a.Files[0], nil); !errors.Is(err, hub.ErrNotWanted) {
		t.Errorf("Upload into another request = %v", err)
	}
}

// TestLink opens a hub whose directory is a link, as systemd makes one.
func TestLink(t *testing.T) {
	t.Parallel()
	link := filepath.Join(hubtest.Scratch(t), "hub")
	hubtest.Check(t, os.Symlink(hubtest.NewDir(t), link))
	hubtest.Open(t, hub.Options{Dir: link, Stations: hubtest.Roster(t, hubtest.New(t, "station.example"))})
}
