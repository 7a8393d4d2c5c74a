package audit

import (
	"strings"

	"rasure/certify"
	"rasure/certify/enrol"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

var errOtherRoots = message.New("the first roster has other roots than the station statement names")

// FirstRosterUnpinned is the rule of a log of version 2 whose first roster only its own roots have signed, and for whose roots only the log vouches: who had
// the station then could make themselves the office.
const FirstRosterUnpinned = "first-roster-unpinned"

// checkPinned compares the first roster with the roots that the station statement of version 2 names. Without the card that is the log's own word. The auditor
// may have given the roots instead.
func (r *Report) checkPinned(given bool) {
	s, pin := r.State, r.State.Chain.Roots()
	at := s.Rosters.Indices()
	if !s.Chain.Version2() || len(at) == 0 {
		return
	}
	switch {
	case !pin.IsZero() && s.Rosters.At(at[0]+1).RootsSHA256() != pin:
		r.Problems = append(r.Problems, register.Violation{Index: at[0], Rule: RosterRule, Detail: message.Of("%v", errOtherRoots), Entries: []int64{}})
	case pin.IsZero() && !given:
		r.Warnings = append(r.Warnings, certify.Problem{Index: at[0], Rule: FirstRosterUnpinned,
			Detail: message.Of("only its own roots vouch for the first roster: compare them with --roots")})
	case r.Pinned == PinnedByKey && !given:
		r.Warnings = append(r.Warnings, certify.Problem{Index: at[0], Rule: FirstRosterUnpinned,
			Detail: message.Of("only the log itself names the roots of the first roster: compare them with --roots, or give --station CARD")})
	}
}

// RosterRule is the rule of a first roster that is not the one that the station names.
const RosterRule = "roster"

// close gives each problem of a log of version 2 its identity, by which it can be closed, and marks those that are.
func (r *Report) close() {
	if !r.State.Chain.Version2() {
		return
	}
	for i := range r.Problems {
		p := &r.Problems[i]
		id := statement.FindingID(p.Rule, p.Index, p.Medium)
		p.Finding = id.String()
		if c, ok := r.State.Register.ClosedBy(id); ok && p.Rule != certify.NotUnderstood && (c.ByRoots || !certify.IsIntegrity(p.Rule)) {
			p.Closed = &c
		}
	}
}

// Open is how many problems nobody has closed.
func (r *Report) Open() int {
	n := 0
	for _, p := range r.Problems {
		if p.Closed == nil {
			n++
		}
	}
	return n
}

// CheckNext returns why the log cannot have the statement as its next entry, whatever the office's rules say; nil if nothing is against it.
func (s *State) CheckNext(e certify.Entry) error {
	if err := s.Chain.CheckNext(e, s.roots.at); err != nil || e.Statement == nil {
		return err
	}
	switch b := e.Statement.Body.(type) {
	case *statement.Recount:
		return s.CheckRecount(s.Checkpoint.Size, b)
	case *statement.Enrolment:
		if err := enrol.Check(b); err != nil {
			return message.Errorf("rule %s: %w", certify.Enrolling, err)
		}
	}
	return nil
}

// CheckRoster returns why a roster may not be the next entry of the log.
func (s *State) CheckRoster(signed []byte) error {
	e, err := s.key.CheckEntry(signed)
	if err != nil {
		return err
	}
	_, err = s.Rosters.Next(s.Register.Size(), signed, s.judgeRoster(e))
	return err
}

// CheckDrop returns why a person may not leave the roster: somebody has to have their media first. It names the media.
func (s *State) CheckDrop(person string) error {
	has := s.Register.Holds(person)
	if len(has) == 0 {
		return nil
	}
	return message.Errorf("%s is dropped from the roster and still has %d media: %s", person, len(has), strings.Join(has, ", "))
}

// judgeRoster applies the rules of the log to a roster: those of dates, that the first one has the roots that the station statement names, and that
// nobody leaves who still has media.
func (s *State) judgeRoster(e certify.Entry) func(*people.Roster) error {
	return func(r *people.Roster) error {
		if pin := s.Chain.Roots(); r.Number == 1 && !pin.IsZero() && r.RootsSHA256() != pin {
			return errOtherRoots
		}
		if err := s.Register.CheckDate(e, r.Issued); err != nil {
			return err
		}
		for _, name := range r.Drops() {
			if err := s.CheckDrop(name); err != nil {
				return err
			}
		}
		return nil
	}
}
