package station

import (
	"crypto/rand"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
)

// ActOptions are what people say of a counter, or of a log that another one continues.
type ActOptions struct {
	Reason  string
	Signers []statement.Signer // as many roots as the roster demands, and the secrecy officer
	Offset  int64              // of the station's zone, in minutes east of UTC
}

// DraftRecount drafts the statement with which the counter is taken up again at its present value, for the roots to sign. A log can take it only if it
// has statements of version 2 and a roster.
func DraftRecount(dir string, o Options, r ActOptions) (text string, err error) {
	s := newStation(dir, o)
	defer s.Close()
	if err := s.state.loadInUse(s.dir); err != nil {
		return "", err
	}
	if s.state.Key != KeyTPM {
		return "", fault.Refusef("station %s has a software key, and its log has no counter", s.Name())
	}
	log, lead, err := s.compare()
	switch {
	case err != nil:
		return "", err
	case lead == 0:
		return "", fault.Refusef("the counter agrees with the log of %d entries: there is nothing to recount", log.Size())
	case lead < 0:
		return "", fault.WithHint(fault.Refusef("the log has %d entries more than the counter has counted: it is not the counter of this log", -lead), "begin a new station")
	}
	if version2, err := isVersion2(log); err != nil {
		return "", err
	} else if !version2 {
		return "", fault.WithHint(fault.Refusef("the log has statements of version 1, which know no recount"), "begin a new station; this log verifies for ever")
	}
	value, err := s.counter.Read()
	if err != nil {
		return "", err
	}
	body, err := s.recount(log, value, r)
	if err != nil {
		return "", err
	}
	return statement.Write(body)
}

func (s *Station) recount(log *logs.Snapshot, value uint64, r ActOptions) (*statement.Recount, error) {
	card, err := log.Entry(0)
	if err != nil {
		return nil, err
	}
	at := Now()
	id, err := certify.NewID(at, rand.Reader)
	if err != nil {
		return nil, err
	}
	cp := log.Checkpoint()
	body := &statement.Recount{Reason: r.Reason, OldBase: int64(s.id.BaseAt(cp.Size)), NewBase: int64(value) - cp.Size, Size: cp.Size, Root: statement.Hash(cp.Root)}
	body.Act = statement.Act{ID: id, Log: audit.HeadOf(certify.TextSHA256(card), cp), At: at, Offset: r.Offset, Signers: r.Signers}
	body.Says = statement.SayingOf(body).String()
	body.Attestation, err = s.attestNow(cp)
	return body, err
}

// attestNow has the counter attest a head of the log as it is now, and returns the record.
func (s *Station) attestNow(cp logs.Checkpoint) ([]byte, error) {
	signed, err := note.Sign(&note.Note{Text: cp.Text()}, s.lines...)
	if err != nil {
		return nil, err
	}
	line, err := logs.CounterLine(s.id, signed)
	if err != nil {
		return nil, err
	}
	return s.id.Records.Record(line)
}

// OpenFor opens a station to append a statement of people. A recount opens one whose counter has counted without entries, as the recount says.
func OpenFor(dir string, o Options, signed []byte) (*Station, error) {
	read, err := statement.Read(certify.TextOf(signed))
	if err != nil {
		return Open(dir, o)
	}
	r, ok := read.Body.(*statement.Recount)
	if !ok {
		return Open(dir, o)
	}
	s := newStation(dir, o)
	if err := s.openRecounted(r, signed); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Station) openRecounted(r *statement.Recount, signed []byte) error {
	if err := s.state.loadInUse(s.dir); err != nil {
		return err
	}
	log, lead, err := s.compare()
	if err != nil {
		return err
	}
	if log.Size() == r.Size && uint64(r.OldBase) == s.id.BaseAt(r.Size) && uint64(r.NewBase) > s.id.BaseAt(r.Size) {
		if gap := int64(uint64(r.NewBase) - s.id.BaseAt(r.Size)); lead != gap && !(lead == gap+1 && log.Unfinished()) { // it is counted, and a crash kept it from the log
			return fault.WithHint(fault.Refusef("the counter is %d ahead of the log, and the recount says %d: it has counted since", lead, gap), "draft it again: rasure station recount")
		}
		if err := logs.DropUnfinished(s.Path(LogDir), signed, time.Minute); err != nil {
			return err
		}
		s.id.Steps = append(s.id.Steps, logs.Step{Size: r.Size + 1, Base: uint64(r.NewBase)})
	}
	if s.log, err = logs.Open(s.Path(LogDir), s.logOptions()); err != nil {
		return message.Errorf("%w", err)
	}
	return s.checkIdentity()
}
