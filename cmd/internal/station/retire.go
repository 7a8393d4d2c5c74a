package station

import (
	"context"
	"errors"
	"time"

	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// ErrRetired says that a station was retired: nothing signs for it any more.
var ErrRetired = message.New("the station was retired")

type retired struct{ name, at string }

func (e *retired) Message() message.Text {
	return message.Of("station %s was retired at %s: nothing signs for it any more", e.name, e.at)
}
func (e *retired) Error() string        { return e.Message().String() }
func (e *retired) Is(target error) bool { return target == ErrRetired }

// Retirement is what a station leaves that is retired.
type Retirement struct {
	Name    string
	Key     string // KeyTPM or KeySoftware
	Entries int64
	Closed  bool // the log has its last entry
	Last    bool // the station adds it, which needs a reason; otherwise nothing in the log says that it ends, unless it is closed
	Begun   bool // a retirement was interrupted: what is left of the key is to be removed
}

// Leaves audits the log of the station in a directory, and says what the station leaves. It changes nothing.
func Leaves(dir string) (*Retirement, error) {
	var state stateFileContent
	if err := state.load(dir); err != nil {
		return nil, err
	}
	k, err := ReadKept(dir)
	if err != nil {
		return nil, err
	}
	r := &Retirement{Name: state.Name, Key: state.Key, Entries: k.Log.Size(), Begun: k.Retired}
	if r.Begun && !state.hasKey(dir) {
		return nil, state.loadInUse(dir)
	}
	if k.Log.Unfinished() && !r.Begun {
		return nil, fault.WithHint(fault.Refusef("an entry of the log is unfinished"), "rasure station show finishes it")
	}
	old, _, err := openOld(newStation(dir, Options{}).Path(LogDir))
	if err != nil {
		return nil, err
	}
	_, _, r.Closed = old.State.Register.Retired()
	r.Last = !r.Closed && !r.Begun && old.State.Chain.Version2()
	return r, nil
}

// LastEntry appends the last entry of the log: who retires the station, and why. Nothing can be appended to the log afterwards.
func LastEntry(ctx context.Context, dir string, o Options, operator, reason string, named bool) error {
	s, err := Open(dir, o)
	if errors.Is(err, tpm.ErrMissing) || errors.Is(err, tpm.ErrOtherTPM) {
		err = lostForEver(err)
	}
	if err != nil {
		return err
	}
	defer s.Close()
	by, err := s.ByStation()
	if err != nil {
		return err
	}
	last := &statement.Retirement{ByStation: by, Reason: reason}
	err = s.View(func(state *audit.State) error {
		last.Operator = Operator2(state, operator, named)
		return nil
	})
	if err != nil {
		return err
	}
	signed, err := s.Sign2(last)
	if err != nil {
		return err
	}
	_, err = s.AppendChecked(ctx, signed, func(state *audit.State) error {
		if open := state.Chain.Open(); len(open) > 0 {
			return OpenJob(open[0].ID)
		}
		return nil
	})
	return err
}

func lostForEver(err error) error {
	return fault.WithHint(err, "if this TPM is lost for ever: rasure station retire --tpm-gone")
}

// OpenJob refuses to retire a station with a job that has no certificate.
func OpenJob(id string) error {
	return fault.WithHint(fault.Refusef("job %s has no certificate, and nobody can sign one later", id), "resume it (rasure wipe --resume), or end it with rasure cert abandon")
}

// hasKey reports whether the files of the station still have what signs for it.
func (f *stateFileContent) hasKey(dir string) bool {
	if f.TPM != nil {
		return len(f.TPM.Key.Auth) > 0
	}
	_, err := readSoftwareKey(newStation(dir, Options{}).Path(SoftwareKeyFile))
	return err == nil
}

// Retire takes the station in a directory out of use. All files stay, except what signs: the key file of a software key, and the secret and the number that
// a TPM makes the key of. tpmGone says that the TPM is lost: nothing is removed from it.
//
//	station.json   says that the station is retired       durable: from here on nothing is signed
//	TPM            the key and the counter are removed
//	station.json   without the secrets; no station.key    durable
//
// A retirement that was interrupted is finished by the next one.
func Retire(ctx context.Context, dir string, o Options, tpmGone bool) error {
	s := newStation(dir, o)
	defer s.Close()
	if err := s.state.load(dir); err != nil {
		return err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.state.Key == KeyTPM && !tpmGone {
		if _, err := s.openTPM(); err != nil {
			return lostForEver(err)
		}
	}
	if s.state.Retired == "" {
		s.state.Retired = Now().Format(time.RFC3339)
		if err := s.state.write(s.Path(StateFile)); err != nil {
			return err
		}
	}
	if s.chip != nil {
		if err := s.chip.Remove(s.state.TPM.Key); err != nil {
			return fault.WithHint(message.Errorf("the station is retired, and its key is still in the TPM: %w", err), "run rasure station retire again, with the password if it has one; with --tpm-gone if this is another TPM")
		}
	}
	if s.state.TPM == nil {
		return durable.Remove(s.Path(SoftwareKeyFile))
	}
	s.state.TPM.Key.Auth, s.state.TPM.Key.Unique = nil, nil
	return s.state.write(s.Path(StateFile))
}
