package fleet

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"

	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

// Receive answers a request of a station. files has what the mirror has not: bundles, tiles and records of the log. The state that it returns
// is cosigned and durable. An error that is no [Refusal] is the hub's own: nothing was cosigned, and the station can ask again.
//
//	tiles, bundles, records    durable
//	cosigned                   durable: from here the request is answered
//	checkpoint                 durable
//	                           narrower tiles removed
func (s *Store) Receive(st *Station, r Request, files fs.FS) (state State, err error) {
	cp, _, err := logs.OpenCheckpoint(st.Identity, r.Checkpoint)
	if err != nil {
		return State{}, refuse(BadSignature, err)
	}
	if r.Old > cp.Size {
		return State{}, refuse(Malformed, errOld)
	}
	err = s.locked(st.ID(), func() error {
		old, err := s.State(st)
		if err != nil {
			return err
		}
		if err := s.finish(st, old); err != nil {
			return err
		}
		state, err = s.receive(st, old, cp, r, files)
		return err
	})
	return state, err
}

func (s *Store) receive(st *Station, old State, cp logs.Checkpoint, r Request, files fs.FS) (State, error) {
	signed := s.bare(st, r.Checkpoint)
	if cp.Size <= old.Size {
		fits, err := s.was(st, cp)
		if err != nil {
			return State{}, err
		}
		if !fits {
			return State{}, s.keep(st, cp, signed, Fork, &Refusal{Status: Conflict, Size: old.Size, Err: errFork})
		}
	}
	switch {
	case cp == old.Checkpoint && old.Size > 0 && r.Old == old.Size:
		// The answer was lost on its way, or the last fsync of the state failed: then only a new write proves that it is there.
		return old, s.files("mirror", st.ID()).WriteFile(cosignedFile, old.Signed)
	case r.Old != old.Size && cp.Size < old.Size:
		return State{}, &Refusal{Status: Conflict, Size: old.Size, Err: errBack}
	case r.Old != old.Size:
		return State{}, &Refusal{Status: Conflict, Size: old.Size, Err: errStarted}
	case cp.Size-old.Size > s.o.MaxGrowth:
		return State{}, refuse(TooLarge, errGrowth)
	}
	if err := logs.CheckConsistency(old.Checkpoint, cp, r.Proof); err != nil {
		return State{}, s.keep(st, cp, signed, Unexplained, refuse(Inconsistent, err))
	}
	log := overlay{signed, files, s.Files(st.ID())}
	if missing, err := s.missing(st, old.Size, cp.Size, log); err != nil || len(missing) > 0 {
		return State{}, errors.Join(err, wanted(missing))
	}
	snapshot, err := s.open(st, log)
	if err != nil {
		return State{}, s.doubt(st, cp, signed, Miscounted, err)
	}
	id, err := st.Counted(log, st.Identity)
	if err != nil {
		return State{}, err
	}
	if err := st.Judge(log, id, old.Checkpoint); err != nil {
		return State{}, s.doubt(st, cp, signed, Unsigned, err)
	}
	if err := snapshot.CopySince(s.files("mirror", st.ID()), old.Size); err != nil {
		return State{}, s.doubt(st, cp, signed, "", err)
	}
	return s.cosign(st, id, old, cp, signed)
}

// cosign makes the checkpoint what the witness remembers.
func (s *Store) cosign(st *Station, id logs.Identity, old State, cp logs.Checkpoint, signed []byte) (State, error) {
	now := s.o.Now()
	if now.Before(old.At) {
		return State{}, errClock
	}
	cosigned, err := s.o.Cosigner.Cosign(id, signed, now, s.o.Sign)
	if err != nil {
		return State{}, err
	}
	if err := s.files("mirror", st.ID()).WriteFile(cosignedFile, cosigned); err != nil {
		return State{}, err
	}
	state, err := s.State(st)
	if err == nil && state.Checkpoint != cp {
		err = message.New("the state of the witness is not what was just written")
	}
	if err == nil {
		err = s.finish(st, state)
	}
	if err != nil {
		return State{}, err
	}
	for name := range logs.ObsoleteSince(old.Size, cp.Size) {
		if err := s.files("mirror", st.ID()).RemoveAll(name); err != nil {
			return State{}, err
		}
	}
	return state, s.explain(st, state)
}

// Recover is [Store.State], and finishes what a crash has left of the mirror's files first. Call it for each log after [Open].
func (s *Store) Recover(st *Station) (state State, err error) {
	err = s.locked(st.ID(), func() error {
		if state, err = s.State(st); err != nil {
			return err
		}
		return s.finish(st, state)
	})
	return state, err
}

// finish writes the mirror's checkpoint, if a crash has come between it and the state.
func (s *Store) finish(st *Station, state State) error {
	if state.Size == 0 {
		return nil
	}
	want := s.bare(st, state.Signed)
	if have, err := logs.ReadSigned(s.Files(st.ID())); err == nil && bytes.Equal(have, want) {
		return nil
	}
	return s.files("mirror", st.ID()).WriteFile(checkpointFile, want)
}

// was reports whether the mirror had this state once.
func (s *Store) was(st *Station, cp logs.Checkpoint) (bool, error) {
	mirror, err := s.Mirror(st)
	if errors.Is(err, fs.ErrNotExist) {
		return cp.Size > 0 || cp.Root == sha256.Sum256(nil), nil
	}
	if err != nil {
		return false, err
	}
	head, err := mirror.Head(cp.Size)
	return head == cp, err
}

// missing lists the files that a request needs, if one of them is missing.
func (s *Store) missing(st *Station, old, size int64, log fs.FS) (all []string, err error) {
	none := true
	needed := logs.FilesSince(old, size, false)
	for name := range needed {
		_, err := fs.Stat(log, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, durable.Explain(err)
		}
		if err != nil {
			none, all = false, append(all, name)
		}
	}
	if none {
		return nil, nil
	}
	for name := range logs.FilesSince(old, size, st.Identity.Records != nil) {
		if _, err := fs.Stat(log, name); err != nil && isRecord(name) {
			all = append(all, name)
		}
	}
	return all, nil
}

func wanted(files []string) error {
	if len(files) == 0 {
		return nil
	}
	return &Refusal{Status: FilesWanted, Files: files, Err: message.Errorf("%d files of the log are missing, such as %s", len(files), files[0])}
}
