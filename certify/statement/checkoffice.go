package statement

import (
	"rasure/cmd/message"
)

func (r *Roster) check() error {
	persons, lines := map[string]bool{}, map[string]bool{}
	twice := func(seen map[string]bool, s string) bool {
		before := seen[s]
		seen[s] = true
		return before
	}
	for _, line := range r.Roots {
		if twice(lines, line) {
			return message.Errorf("the line %q is there twice", clip(line))
		}
	}
	for _, p := range r.People {
		if twice(persons, p.Person) {
			return message.Errorf("%s is in the roster twice", p.Person)
		}
		for _, line := range p.Keys {
			if twice(lines, line) {
				return message.Errorf("the line %q is there twice", clip(line))
			}
		}
	}
	for _, d := range r.Drops {
		if twice(persons, d.Person) {
			return message.Errorf("%s is in the roster and dropped, or dropped twice", d.Person)
		}
	}
	switch {
	case (r.Number == 1) != r.Previous.IsZero():
		return message.New("the first roster has the number 1 and no previous one")
	case r.Threshold > int64(len(r.Roots)):
		return message.Errorf("the threshold is %d, but there are %d lines of roots", r.Threshold, len(r.Roots))
	}
	return nil
}

func (p *Policy) check() error {
	if len(p.Lines) == 0 {
		return message.New("a policy has lines")
	}
	return nil
}

// check: either the approver and the secrecy officer close a finding, or the roots.
func (c *Closure) check() error {
	roots, others := len(c.Names(root)), len(c.Names(approve)) > 0 && len(c.Names(secrecy)) > 0
	if roots > 0 == others || roots > 0 && roots != len(c.Signers) {
		return message.New("a finding is closed by approve and secrecy together, or by the roots alone")
	}
	if m := c.Finding.Medium; m != "" {
		return CheckNumber(m)
	}
	return nil
}

// recordBytes is the length of an attestation: TPMS_ATTEST, r and s.
const recordBytes = 213

func (r *Recount) check() error {
	switch {
	case r.NewBase <= r.OldBase:
		return message.Errorf("the base was %d and is to be %d; a counter never counts back", r.OldBase, r.NewBase)
	case r.Size > r.Log.Size:
		return message.Errorf("the counter was read at %d entries, and the log has %d", r.Size, r.Log.Size)
	case len(r.Attestation) != recordBytes:
		return message.Errorf("an attestation has %d bytes", recordBytes)
	}
	return nil
}

func (s *Succession) check() error {
	switch {
	case !s.Old.complete() || !s.New.complete():
		return message.New("a succession names the heads of both logs")
	case s.Old.First == s.New.First:
		return message.New("a log cannot continue itself")
	case s.Log.First != s.Old.First && s.Log.First != s.New.First:
		return message.New("the log that it is added to is neither of the two")
	}
	return nil
}

func (a *Audit) check() error {
	switch {
	case a.Audited.Origin != a.Log.Origin || a.Audited.First != a.Log.First:
		return message.New("another log was audited than the one that is named")
	case !a.Audited.complete() || a.Audited.Size > a.Log.Size:
		return message.Errorf("%d entries were audited, and the log has %d", a.Audited.Size, a.Log.Size)
	case a.From >= a.Audited.Size:
		return message.Errorf("the audit begins at entry %d of %d", a.From, a.Audited.Size)
	}
	return nil
}
