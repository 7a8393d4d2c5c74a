package hub_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/hubtest"
	"rasure/logs/fleet"
)

// TestFullDisk has a hub on a real file system that gets full at different places, down to nothing at all: what it has acknowledged stays, and when there is
// space again it goes on.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	s := hubtest.New(t, "station.example")
	roster := hubtest.Roster(t, s)
	for i := range 20 {
		s.Erase(fmt.Sprintf("S-%d", i))
	}
	first, at := s.Body(0), s.Log.Size()
	backup := s.Copied()
	s.Erase("S-more")
	disk := hubtest.Scratch(t)
	hubtest.Check(t, syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=16m"))
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	failed := 0
	for _, free := range []int{0, 4, 8, 16, 32, 48, 64, 96, 128, 160, 192, 256} { // KiB
		dir := filepath.Join(disk, fmt.Sprint(free))
		hubtest.Check(t, os.CopyFS(dir, os.DirFS(hubtest.NewDir(t))))
		h, err := hub.Open(ctx, hub.Options{Dir: dir, Stations: roster})
		hubtest.Check(t, err)
		a, err := h.Receive(ctx, first, backup.Files())
		if err != nil || a.Status != fleet.Cosigned {
			t.Fatalf("with space: %+v, %v", a, err)
		}
		fill := filepath.Join(disk, "fill")
		hubtest.Check(t, leave(fill, int64(free)<<10, disk))
		acknowledged := at
		if a, err := h.Receive(ctx, s.Body(at), s.Files()); err == nil && a.Status == fleet.Cosigned {
			acknowledged = a.Size
		} else {
			failed++
			if !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("%d KiB: %v", free, err)
			}
		}
		hubtest.Check(t, os.Remove(fill))
		_ = h.Close()
		h, err = hub.Open(ctx, hub.Options{Dir: dir, Stations: roster})
		if err != nil {
			t.Fatalf("%d KiB: %v", free, err)
		}
		signed, err := h.Cosigned(roster[0].ID())
		if err != nil || len(signed) == 0 {
			t.Errorf("%d KiB: what was cosigned: %v", free, err)
		}
		all, err := h.Status()
		hubtest.Check(t, err)
		if all[0].Size < acknowledged {
			t.Errorf("%d KiB: %d entries were acknowledged, and %d are there", free, acknowledged, all[0].Size)
		}
		if a, err := h.Receive(ctx, s.Body(all[0].Size), s.Files()); err != nil || a.Status != fleet.Cosigned || a.Size != s.Log.Size() {
			t.Errorf("%d KiB: afterwards: %+v, %v", free, a, err)
		}
		for _, a := range auditOf(t, h) {
			if !a.Err.IsZero() || a.Open != 0 {
				t.Errorf("%d KiB: %+v", free, a)
			}
		}
		hubtest.Check(t, h.Close())
		hubtest.Check(t, os.RemoveAll(dir))
	}
	if failed < 4 {
		t.Errorf("the disk was full only %d times", failed)
	}
}

// leave fills a file until so many bytes are free.
func leave(path string, free int64, disk string) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(disk, &st); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	block := make([]byte, st.Bsize)
	for n := int64(st.Bavail) - free/st.Bsize; n > 0; n-- {
		if _, err := f.Write(block); err != nil {
			return err
		}
	}
	return nil
}
