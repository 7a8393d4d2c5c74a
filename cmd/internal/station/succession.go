package station

import (
	"crypto/rand"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

// openOld audits the log of an earlier station, whose key or TPM is lost, and returns its head. What vouches for it are its roots, who sign the succession.
func openOld(dir string) (*audit.Report, statement.Head, error) {
	log := durable.FS(dir)
	card, err := logs.ReadEntry(log, 0)
	if err != nil {
		return nil, statement.Head{}, message.Errorf("the log that the new one continues, %s: %w", dir, err)
	}
	pin, err := audit.ParseCard(card)
	if err != nil {
		return nil, statement.Head{}, message.Errorf("%s: %w", dir, err)
	}
	r, err := audit.Log(log, audit.Options{Pin: pin, Now: Now()})
	if err != nil {
		return nil, statement.Head{}, message.Errorf("%s: %w", dir, err)
	}
	return r, audit.HeadOf(pin.Card.First, r.State.Checkpoint), nil
}

// DraftSuccession drafts the statement of the roots that the log of this station continues the log in a directory, and carries its media over. forOld drafts
// it as the last entry of that log, which its station can add while it has its key.
func (s *Station) DraftSuccession(dir string, forOld bool, r ActOptions) (text string, err error) {
	log, err := s.Snapshot()
	if err != nil {
		return "", err
	}
	first, err := log.Entry(0)
	if err != nil {
		return "", err
	}
	e, err := certify.CheckEntry(first, s.public)
	if err != nil {
		return "", err
	}
	var named *statement.Head
	if e.Statement != nil {
		named = e.Statement.Body.(*statement.StationStatement).Succeeds
	}
	if named == nil {
		return "", fault.WithHint(fault.Refusef("the log of %s does not continue another one", s.Name()), "a new station does that from the beginning: rasure station init --succeeds DIR")
	}
	old, head, err := openOld(dir)
	if err != nil {
		return "", err
	}
	if head.First != named.First || head.Size < named.Size {
		return "", fault.NotVerifiedf("%s is not the log that this one continues, or was cut back since", dir)
	}
	if forOld && head != *named {
		return "", fault.Refusef("%s has %d entries, and this log continues it from %d on: a last entry would come too late", dir, head.Size, named.Size)
	}
	at := Now()
	id, err := certify.NewID(at, rand.Reader)
	if err != nil {
		return "", err
	}
	body := &statement.Succession{Old: *named, New: audit.HeadOf(certify.TextSHA256(first), log.Checkpoint()), Reason: r.Reason}
	media, carried := old.State.Register.Carried()
	body.Media, body.Carried = media, carried
	body.Act = statement.Act{ID: id, Log: body.New, At: at, Offset: r.Offset, Signers: r.Signers}
	if forOld {
		body.Act.Log = head
	}
	body.Says = statement.SayingOf(body).String()
	return statement.Write(body)
}

// continueOld names the log that a new one continues, and the roots who may sign its first roster.
func continueOld(card *statement.StationStatement, dir string) error {
	old, head, err := openOld(dir)
	if err != nil {
		return err
	}
	card.Succeeds = &head
	if roster := old.State.Rosters.At(head.Size); roster != nil {
		card.Roots = roster.RootsSHA256()
	}
	return nil
}
