package fleet

import (
	"io/fs"

	"rasure/cmd/message"
)

// Repair writes the mirror of a log again from another copy of the log, which has at least the entries that were cosigned. Nothing is taken from that copy
// that does not have the root that was cosigned, and the state stays what it is.
func (s *Store) Repair(st *Station, files fs.FS) (State, error) {
	var state State
	err := s.locked(st.ID(), func() (err error) {
		if state, err = s.State(st); err != nil {
			return err
		}
		if state.Size == 0 {
			return message.New("nothing was received of the log: there is nothing to repair")
		}
		snapshot, err := s.open(st, overlay{s.bare(st, state.Signed), files, nothing{}})
		if err != nil {
			return err
		}
		if err := snapshot.CopySince(s.files("mirror", st.ID()), 0); err != nil {
			return err
		}
		return s.finish(st, state)
	})
	return state, err
}

// nothing has no files.
type nothing struct{}

// Open finds nothing.
func (nothing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
