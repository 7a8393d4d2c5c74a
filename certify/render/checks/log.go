package checks

import "rasure/certify/audit"

// Head says whose log was audited, and how far it goes.
func (l *Lines) Head(r *audit.Report) {
	if r.Pinned == audit.PinnedByCard {
		l.Printf("station    %s, whose log begins with the card %s\n", r.Station, Short(r.First))
	} else {
		l.Printf("station    the key %s, which calls itself %s; this log begins with %s\n", Short(r.KeySHA256), r.Station, Short(r.First))
	}
	l.Assurance(r.Assurance)
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
