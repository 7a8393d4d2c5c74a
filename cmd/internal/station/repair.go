package station

import (
	"context"
	"errors"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
)

// Repaired is what [Repair] did and found.
type Repaired struct {
	tpm.Restored
	Entries int64 // of the log
	Ahead   int64 // how many more the counter has counted; negative: fewer
	Recount bool  // the log is of a version that knows recounts
}

// Repair makes again what is missing in the TPM of a station's key and counter, and compares the counter with the log. It changes neither the log nor
// what is there in the TPM.
func Repair(ctx context.Context, dir string, o Options) (r Repaired, err error) {
	s := newStation(dir, o)
	defer s.Close()
	if err := s.state.loadInUse(s.dir); err != nil {
		return r, err
	}
	if s.state.Key != KeyTPM {
		return r, fault.Refusef("station %s has a software key: there is nothing in a TPM to repair", s.Name())
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return r, err
	}
	defer unlock()
	if _, err := s.openTPM(); err != nil {
		return r, fault.WithHint(err, "the station's key is in the TPM at %s", s.state.Address)
	}
	key, restored, err := s.chip.Restore(s.state.TPM.Key)
	if r.Restored = restored; errors.Is(err, tpm.ErrOtherTPM) {
		return r, fault.WithHint(err, "the key is lost: keep the directory, which verifies for ever, and begin a new station under another name with rasure station init --state")
	}
	if err != nil {
		return r, err
	}
	if key.Handle != s.state.TPM.Key.Handle {
		s.state.TPM.Key = key
		if err := s.state.write(s.Path(StateFile)); err != nil {
			return r, err
		}
	}
	head, lead, err := s.compare()
	if err == nil {
		r.Entries, r.Ahead = head.Size(), lead
		r.Recount, err = isVersion2(head)
	}
	return r, err
}

// isVersion2 reports whether the last entry of a log is of version 2: behind a cut-over all are.
func isVersion2(log *logs.Snapshot) (bool, error) {
	last, err := log.Entry(log.Size() - 1)
	return err == nil && statement.KindOf(string(certify.KindOf(last))) != nil, err
}

// compare opens the key and reads the log beside its counter: how many more the counter has counted than the log has entries. The log may be one that
// [Open] refuses for that.
func (s *Station) compare() (head *logs.Snapshot, lead int64, err error) {
	if s.chip == nil {
		err = s.openKey()
	} else {
		err = s.useTPMKey()
	}
	if err == nil {
		s.id, err = audit.WithRecounts(s.FS(), s.id)
	}
	if err == nil {
		head, err = s.Snapshot()
	}
	if err != nil {
		return nil, 0, err
	}
	value, err := s.counter.Read()
	if err != nil {
		return nil, 0, message.Errorf("reading the counter: %w", err)
	}
	if lead = s.id.Lead(value, head.Size()); lead == 1 && head.Unfinished() {
		lead = 0 // the next [Open] finishes the entry
	}
	return head, lead, nil
}
