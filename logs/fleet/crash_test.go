package fleet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"rasure/logs/fleet"
)

// TestCrash lets each call that changes something fail in turn, alone and with all after it, and opens the store again.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, sizes := range [][2]int{{0, 2}, {2, 3}, {255, 257}} {
		for _, forEver := range []bool{false, true} {
			if sizes[0] > 200 && !forEver {
				continue // the calls are those of a small log, and more of them
			}
			t.Run(fmt.Sprintf("%d to %d, all later calls fail: %v", sizes[0], sizes[1], forEver), func(t *testing.T) {
				t.Parallel()
				before := filepath.Join(scratch(t), "hub")
				st := newStation(t, sizes[0])
				s := openStore(t, before, options(t))
				if sizes[0] > 0 {
					accepts(t, s, st, 0)
				}
				check(t, s.Close())
				old := int64(sizes[0])
				forked := st.copied()
				forked.add(sizes[1]-sizes[0]+1, "another")
				st.add(sizes[1]-sizes[0], "")
				n := 1
				for crash(t, before, st, forked, old, n, forEver) {
					n++
				}
				if n < 12 {
					t.Errorf("only %d calls: the fault does not reach them", n-1)
				}
			})
		}
	}
}

// crash reports whether there was an n-th call.
func crash(t *testing.T, before string, st, forked *station, old int64, n int, forEver bool) bool {
	dir := filepath.Join(scratch(t), "hub")
	check(t, os.CopyFS(dir, os.DirFS(before)))
	calls, hit := 0, ""
	o := options(t)
	o.Fault = func(call, name string) error {
		calls++
		if calls == n || forEver && calls > n {
			hit = call + " " + name
			return syscall.ENOSPC
		}
		return nil
	}
	s, err := fleet.Open(dir, o)
	check(t, err)
	_, failed := s.Receive(st.known(), st.request(old), st.files())
	check(t, s.Close())
	if hit == "" {
		check(t, failed)
		return false
	}
	again := openStore(t, dir, options(t))
	defer again.Close()
	state, err := again.State(st.known())
	if err != nil {
		t.Fatalf("call %d (%s): %v", n, hit, err)
	}
	if failed == nil && state.Size != st.log.Size() {
		t.Fatalf("call %d (%s): an acknowledged state is lost", n, hit)
	}
	switch state.Size {
	case old:
		accepts(t, again, st, old)
	case st.log.Size():
		if _, err := again.Receive(st.known(), st.request(state.Size), none); err != nil {
			t.Fatalf("call %d (%s): asking again: %v", n, hit, err)
		}
	default:
		t.Fatalf("call %d (%s): the state has %d entries", n, hit, state.Size)
	}
	if old > 0 {
		if _, err := again.Receive(forked.known(), forked.request(old), forked.files()); err == nil {
			t.Fatalf("call %d (%s): a second history was cosigned", n, hit)
		}
	}
	return true
}
