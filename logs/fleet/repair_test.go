package fleet_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"rasure/logs"
	"rasure/logs/durable"
)

// TestRepair has each file of a mirror flipped, cut or gone, and repairs it from the log as it has grown meanwhile.
func TestRepair(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(scratch(t), "hub")
	s := openStore(t, dir, options(t))
	st := newStation(t, 300)
	state := accepts(t, s, st, 0)
	st.add(30, "")
	mirror := filepath.Join(dir, "mirror", st.known().ID())
	names := []string{}
	for name := range logs.FilesSince(0, 300, true) {
		names = append(names, name)
	}
	for i, name := range names {
		path := filepath.Join(mirror, name)
		data, err := os.ReadFile(path)
		check(t, err)
		damaged := append([]byte{}, data...)
		damaged[len(data)/2] ^= 1
		check(t, os.WriteFile(path, [][]byte{damaged, data[:len(data)-1], nil}[i%3], 0o644))
		if i%4 == 3 {
			check(t, os.Remove(path))
		}
		if _, err := s.Repair(st.known(), durable.FS(mirror)); !errors.Is(err, logs.ErrDamaged) {
			t.Errorf("%s: repaired from itself: %v", name, err)
		}
		again, err := s.Repair(st.known(), st.files())
		if err != nil || again.Checkpoint != state.Checkpoint {
			t.Errorf("%s: %v, %v", name, again.Checkpoint, err)
		}
		whole(t, s, st, state)
	}
	other := newStation(t, 0)
	other.add(310, "of another log")
	if _, err := s.Repair(st.known(), other.files()); !errors.Is(err, logs.ErrDamaged) {
		t.Errorf("another log repairs it: %v", err)
	}
	short := newStation(t, 3)
	if _, err := s.Repair(short.known(), short.files()); err == nil {
		t.Error("a log that was never received is repaired")
	}
	whole(t, s, st, state)
}
