package station

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// lockFile is locked from the check of a statement by the rules to its entry in the log: whatever is appended between the two may
// make a rule forbid the statement. The name is that of rasure 0.1.0, which locked it for acts only.
const lockFile = "acts.lock"

// lockWait is how long others are waited for: one append takes a second beside a log of 100,000 entries.
const lockWait = time.Minute

// turn waits until no other goroutine of this process appends: a hundred jobs that begin at once would else try the locks of the files a
// hundred thousand times a second. The wait ends with ctx.
func (s *Station) turn(ctx context.Context) (done func(), err error) {
	select {
	case s.appending <- struct{}{}:
		return func() { <-s.appending }, nil
	case <-ctx.Done():
		return nil, message.Errorf("%w: waiting for the log: %w", fault.ErrInterrupted, context.Cause(ctx))
	}
}

// lock waits for others that check and append. Its wait ends with ctx.
func (s *Station) lock(ctx context.Context) (unlock func() error, err error) {
	unlock, err = durable.Open(s.dir).LockContext(ctx, lockFile, lockWait)
	if err != nil && ctx.Err() != nil {
		return nil, message.Errorf("%w: %w", fault.ErrInterrupted, err)
	}
	return unlock, err
}

// Append appends what no rule can forbid, such as the certificate of a job that began, and returns its index.
func (s *Station) Append(entry []byte) (index int64, err error) {
	done, err := s.turn(context.Background())
	if err != nil {
		return 0, err
	}
	defer done()
	if err := s.checkVersion(entry); err != nil {
		return 0, err
	}
	return s.log.Append(entry)
}

// checkVersion refuses a statement of version 1 in a log of version 2, where it would not count.
func (s *Station) checkVersion(entry []byte) error {
	if s.log.Size() == 0 || is2(entry) {
		return nil
	}
	version2, err := s.Version2()
	if err == nil && version2 {
		err = fault.Refusef("the log has statements of version 2, and this is %q: it would not count", string(certify.KindOf(entry)))
	}
	return err
}

// AppendChecked checks a statement as the next entry of the log and appends it, under one lock: nothing that others append comes
// between. allow may be nil, and is asked besides the rules of the register. Its error, and a [register.RuleError] of each broken
// rule, refuse the statement; nothing is appended then.
func (s *Station) AppendChecked(ctx context.Context, signed []byte, allow func(*audit.State) error) (index int64, err error) {
	e, err := certify.CheckEntry(signed, s.public)
	if err != nil {
		return 0, fault.NotVerified(err)
	}
	done, err := s.turn(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	err = s.View(func(state *audit.State) error {
		if allow != nil {
			if err := allow(state); err != nil {
				return err
			}
		}
		if err := state.CheckNext(e); err != nil {
			return fault.Refuse(err)
		}
		return broken(state.Register.Check(state.Next(signed, e)))
	})
	if err != nil {
		return 0, err
	}
	return s.log.Append(signed)
}

// broken is an error for each broken rule, on a line of its own; nil if there is none.
func broken(all []register.Violation) error {
	errs := []error{}
	for _, v := range all {
		errs = append(errs, &register.RuleError{Violation: v})
	}
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return fault.Refuse(errs[0])
	}
	return fault.Refuse(errors.Join(errs...))
}

// TestSign signs a text that is no statement: a key that does not sign is noticed before anybody relies on it.
func (s *Station) TestSign() error {
	_, err := note.Sign(&note.Note{Text: "rasure: can this key sign?\n"}, s.signer)
	return err
}

// Refer refers to an entry of the log. It fails with a message where there is no such entry.
func (s *Station) Refer(index int64) (certify.EntryRef, error) {
	if index < 0 || index >= s.log.Size() {
		return certify.EntryRef{}, message.Errorf("the log has %d entries: there is no entry %d", s.log.Size(), index)
	}
	entry, err := s.log.Entry(index)
	sum := sha256.Sum256(entry)
	return certify.EntryRef{Index: index, SHA256: hex.EncodeToString(sum[:])}, err
}
