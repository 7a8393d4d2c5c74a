package fleet_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/logs"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// refused checks the status of an answer.
func refused(t *testing.T, what string, err error, status fleet.Status, kept fleet.Evidence) *fleet.Refusal {
	t.Helper()
	r := new(fleet.Refusal)
	if !errors.As(err, &r) || r.Status != status || r.Kept != kept {
		t.Errorf("%s: %v (%+v), want status %d and evidence %q", what, err, r, status, kept)
	}
	return r
}

// accepts has a store take a log, and checks what it has then.
func accepts(t *testing.T, s *fleet.Store, st *station, old int64) fleet.State {
	t.Helper()
	state, err := s.Receive(st.known(), st.request(old), st.files())
	if err != nil {
		t.Fatal(err)
	}
	if state.Checkpoint != st.log.Snapshot().Checkpoint() {
		t.Errorf("cosigned %v, not %v", state.Checkpoint, st.log.Snapshot().Checkpoint())
	}
	whole(t, s, st, state)
	return state
}

// whole checks that the mirror of a log is what was cosigned, and nothing else.
func whole(t *testing.T, s *fleet.Store, st *station, state fleet.State) {
	t.Helper()
	known := st.known()
	mirror, err := logs.ReadSnapshot(s.Files(known.ID()), known.Identity)
	check(t, err)
	if mirror.Checkpoint() != state.Checkpoint {
		t.Errorf("the mirror has %v, and %v was cosigned", mirror.Checkpoint(), state.Checkpoint)
	}
	for e, err := range mirror.Attested(0) {
		check(t, err)
		if _, err := known.Identity.VerifyRecord(e.Head, e.Record); err != nil {
			t.Fatal(err)
		}
	}
	size := state.Size
	want := append(slices.Collect(logs.FilesSince(0, size, true)), "checkpoint", "cosigned")
	slices.Sort(want)
	if got := list(t, s.Files(known.ID())); !slices.Equal(got, want) {
		t.Errorf("the mirror has %q, want %q", got, want)
	}
}

func list(t *testing.T, dir fs.FS) (names []string) {
	t.Helper()
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func TestReceive(t *testing.T) {
	t.Parallel()
	dir, o := filepath.Join(scratch(t), "hub"), options(t)
	s := openStore(t, dir, o)
	st := newStation(t, 3)
	backup := st.copied()
	forked := st.copied()
	accepts(t, s, st, 0)
	st.add(5, "")
	first := accepts(t, s, st, 3)
	eight := st.request(3)

	t.Run("the same request again gets the same answer", func(t *testing.T) {
		state, err := s.Receive(st.known(), st.request(8), none)
		if err != nil || !bytes.Equal(state.Signed, first.Signed) {
			t.Errorf("%v, %q", err, state.Signed)
		}
	})
	t.Run("rolled back", func(t *testing.T) {
		r := refused(t, "3 entries", second(s.Receive(backup.known(), backup.request(3), backup.files())), fleet.Conflict, "")
		if r.Size != 8 {
			t.Errorf("the answer has size %d", r.Size)
		}
		r = refused(t, "an old request", second(s.Receive(st.known(), eight, none)), fleet.Conflict, "")
		if r.Size != 8 {
			t.Errorf("the answer has size %d", r.Size)
		}
	})
	t.Run("files are wanted", func(t *testing.T) {
		more := st.copied()
		more.add(2, "")
		r := refused(t, "no files", second(s.Receive(more.known(), more.request(8), none)), fleet.FilesWanted, "")
		if want := []string{"tile/entries/000.p/10", "tile/0/000.p/10", "attest/000.p/10"}; !slices.Equal(r.Files, want) {
			t.Errorf("it wants %q, not %q", r.Files, want)
		}
	})
	t.Run("a fork of fewer entries", func(t *testing.T) {
		forked.add(2, "another")
		refused(t, "fork", second(s.Receive(forked.known(), forked.request(3), forked.files())), fleet.Conflict, fleet.Fork)
	})
	t.Run("a fork of more entries is explained when the mirror has as many", func(t *testing.T) {
		forked.add(4, "another")
		bad := forked.request(8)
		bad.Proof = forked.request(7).Proof
		for _, r := range []fleet.Request{forked.request(8), bad} {
			refused(t, "fork", second(s.Receive(forked.known(), r, forked.files())), fleet.Inconsistent, fleet.Unexplained)
		}
		st.add(3, "")
		accepts(t, s, st, 8)
		if all, err := s.Evidence(st.known()); err != nil || len(all) != 2 || all[0].Kind != fleet.Fork || all[1].Kind != fleet.Fork {
			t.Errorf("Evidence = %+v, %v", all, err)
		}
	})
	t.Run("a genuine checkpoint with a wrong proof is explained too", func(t *testing.T) {
		st.add(1, "")
		bad := st.request(11)
		bad.Proof[0][0] ^= 1
		refused(t, "a wrong proof", second(s.Receive(st.known(), bad, st.files())), fleet.Inconsistent, fleet.Unexplained)
		accepts(t, s, st, 11)
		if all, err := s.Evidence(st.known()); err != nil || len(all) != 2 {
			t.Errorf("Evidence = %+v, %v", all, err)
		}
	})
	t.Run("a store opens again as it was", func(t *testing.T) {
		check(t, s.Close())
		again := openStore(t, dir, o)
		whole(t, again, st, first2(t, again, st))
	})
}

func first2(t *testing.T, s *fleet.Store, st *station) fleet.State {
	t.Helper()
	state, err := s.State(st.known())
	check(t, err)
	if state.Checkpoint != st.log.Snapshot().Checkpoint() {
		t.Errorf("the state is %v", state.Checkpoint)
	}
	return state
}

func second(_ fleet.State, err error) error { return err }

func TestReceiveRefuses(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.MaxGrowth = 100
	s := openStore(t, filepath.Join(scratch(t), "hub"), o)
	st := newStation(t, 5)
	receive := func(st *station, r fleet.Request, files fs.FS) error { return second(s.Receive(st.known(), r, files)) }
	t.Run("a station with another key", func(t *testing.T) {
		other := newStation(t, 5)
		refused(t, "another key", second(s.Receive(st.known(), other.request(0), other.files())), fleet.BadSignature, "")
	})
	t.Run("a changed checkpoint", func(t *testing.T) {
		r := st.request(0)
		r.Checkpoint = []byte(strings.Replace(string(r.Checkpoint), "\n5\n", "\n6\n", 1))
		refused(t, "6 entries", receive(st, r, st.files()), fleet.BadSignature, "")
	})
	t.Run("a start behind the end", func(t *testing.T) {
		r := st.request(5)
		r.Old = 6
		refused(t, "old 6", receive(st, r, st.files()), fleet.Malformed, "")
	})
	t.Run("too many entries", func(t *testing.T) {
		long := newStation(t, 101)
		refused(t, "101 entries", receive(long, long.request(0), long.files()), fleet.TooLarge, "")
	})
	t.Run("a counter that does not match", func(t *testing.T) {
		wrong := newStation(t, 5)
		wrong.o.Base = 41
		refused(t, "base 41", receive(wrong, wrong.request(0), wrong.files()), fleet.Inconsistent, fleet.Miscounted)
	})
	t.Run("an entry that does not verify", func(t *testing.T) {
		wrong := newStation(t, 5)
		wrong.add(1, "bad")
		refused(t, "bad entry", receive(wrong, wrong.request(0), wrong.files()), fleet.Inconsistent, fleet.Unsigned)
	})
	t.Run("a flipped bit in any file", func(t *testing.T) {
		for name := range logs.FilesSince(0, 5, true) {
			copied := st.copied()
			data, err := os.ReadFile(filepath.Join(copied.dir, name))
			check(t, err)
			data[len(data)-1] ^= 1
			check(t, os.WriteFile(filepath.Join(copied.dir, name), data, 0o644))
			refused(t, name, receive(st, st.request(0), copied.files()), fleet.Inconsistent, "")
		}
	})
	t.Run("a copy that is not whole", func(t *testing.T) {
		for name := range logs.FilesSince(0, 5, false) {
			copied := st.copied()
			check(t, os.Remove(filepath.Join(copied.dir, name)))
			refused(t, name, receive(st, st.request(0), copied.files()), fleet.FilesWanted, "")
		}
	})
	t.Run("a link out of the copy", func(t *testing.T) {
		copied := st.copied()
		name := filepath.Join(copied.dir, "tile/entries/000.p/5")
		check(t, os.Remove(name))
		check(t, os.Symlink(filepath.Join(st.dir, "tile/entries/000.p/5"), name))
		if err := receive(st, st.request(0), copied.files()); err == nil {
			t.Error("a link was followed")
		}
	})
	t.Run("nothing of that was cosigned", func(t *testing.T) {
		if state, err := s.State(st.known()); err != nil || state.Size != 0 {
			t.Errorf("State = %+v, %v", state, err)
		}
	})
	t.Run("a clock that went back", func(t *testing.T) {
		accepts(t, s, st, 0)
		dir := filepath.Join(scratch(t), "hub")
		late := options(t)
		late.Now = func() time.Time { return o.Now().Add(time.Hour) }
		before := openStore(t, dir, late)
		accepts(t, before, st, 0)
		check(t, before.Close())
		early := openStore(t, dir, o)
		st.add(1, "")
		if err := second(early.Receive(st.known(), st.request(5), st.files())); err == nil || errors.As(err, new(*fleet.Refusal)) {
			t.Errorf("Receive = %v", err)
		}
	})
}

func TestTwoHubsInOneDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(scratch(t), "hub")
	openStore(t, dir, options(t))
	o := options(t)
	o.Wait = time.Millisecond
	if _, err := fleet.Open(dir, o); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("Open = %v", err)
	}
}
