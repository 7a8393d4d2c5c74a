package checks

import (
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Head says whose log was audited, and how far it goes.
func (l *Lines) Head(r *audit.Report) {
	if r.Pinned == audit.PinnedByCard {
		l.Printf("station    %s, whose log begins with the card %s\n", r.Station, Short(r.First))
	} else {
		l.Printf("station    the key %s, which calls itself %s; this log begins with %s\n", Short(r.KeySHA256), r.Station, Short(r.First))
	}
	l.Assurance(r.Assurance, r.Enrolments, r.CounterBy)
	l.Bound(r.Bound, r.BoundCompared, r.CounterBy)
	l.Printf("log        %d entries, every signature and hash good, root %s\n", r.Entries, r.Root)
	l.Counter(r.Counter, r.CounterBy)
}

// Past says what is known of how the log came about.
func (l *Lines) Past(r *audit.Report) {
	l.Since(r.Since)
	if r.Fresh != nil {
		l.Fresh(r.Fresh, r.CounterBy)
	}
	l.Attested(r)
	l.Booted(r.Boots, r.CounterBy)
	if e := r.Retired; e != nil {
		l.Printf("retired    entry %d, %s: %s took the station out of use: %s\n", e.Index, l.local(e.At), statement.Visible(e.Operator), statement.Visible(e.Reason))
	}
}

// Limits says what the files do not show, and by which rosters people signed.
func (l *Lines) Limits(r *audit.Report) {
	l.NotShown(r.NotShown, sinceEntries(r), r.CounterBy)
	l.Rosters(r.Rosters)
}

func sinceEntries(r *audit.Report) int64 {
	if r.Since == nil {
		return 0
	}
	return r.Since.Entries
}

// Since says what an earlier checkpoint proved.
func (l *Lines) Since(s *audit.Since) {
	switch {
	case s == nil:
	case s.Cosigned == nil:
		l.Printf("since      the first %d entries are unchanged\n", s.Entries)
	default:
		l.Printf("since      the first %d entries are unchanged since %s cosigned them, %s by the cosigner's clock\n", s.Entries, s.Cosigner, l.local(*s.Cosigned))
	}
}

// OpenJobs says which jobs have no certificate.
func (l *Lines) OpenJobs(r *audit.Report) {
	for _, o := range r.OpenJobs {
		serial := statement.Visible(o.Serial)
		if serial == "" {
			serial = "-"
		}
		l.Printf("open job   entry %d: job %s on %s, serial %s\n", o.Index, statement.Visible(o.ID), statement.Visible(o.Name), serial)
	}
}

// Warnings says what breaks no rule and should be looked at.
func (l *Lines) Warnings(r *audit.Report) {
	for _, w := range r.Warnings {
		l.Printf("warning    entry %d: %s\n", w.Index, w.Detail)
	}
}

// Problem says which rule is broken, and by what it was closed.
func (l *Lines) Problem(p register.Violation) {
	switch c := p.Closed; {
	case c == nil:
		l.Printf("problem    entry %d: %s\n", p.Index, Violation(p))
	case c.ByRoots:
		l.Printf("closed     entry %d: %s; closed by the roots, entry %d: %s\n", p.Index, Violation(p), c.Index, statement.Visible(c.Measure))
	default:
		l.Printf("closed     entry %d: %s; closed by entry %d: %s\n", p.Index, Violation(p), c.Index, statement.Visible(c.Measure))
	}
}

// Violation names the rule, unless every log is held to it.
func Violation(p register.Violation) message.Text {
	if p.Rule == audit.LogRule {
		return p.Detail
	}
	return (&register.RuleError{Violation: p}).Message()
}
