// Package checks says in sentences what verifying showed, and what it did not show. The command and the page in a browser print the
// same lines.
package checks

import (
	"strings"
	"time"

	"rasure/certify/audit"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Lines are what was checked, in the order in which they are printed. Each ends with a newline.
type Lines struct {
	Texts []message.Text
	Zone  *time.Location // of times; nil is that of the system
}

// Printf adds a line.
//
//go:noinline
func (l *Lines) Printf(format string, args ...any) {
	l.Texts = append(l.Texts, message.Of(format, args...))
}

// local shows a time as cmd/internal/cli does.
func (l *Lines) local(t time.Time) string {
	zone := l.Zone
	if zone == nil {
		zone = time.Local
	}
	return t.In(zone).Format("2006-01-02 15:04 -07:00")
}

// Verified says what was shown of a certificate.
func (l *Lines) Verified(v audit.Verified) {
	l.Signature(v)
	switch {
	case v.Proof != "good":
		l.Printf("proof      not checked: there is no proof next to the certificate\n")
	case v.First != "":
		l.Printf("proof      good: entry %d of %d in the log that begins with %s\n", v.Index, v.LogSize, Short(v.First))
	default:
		l.Printf("proof      good: entry %d of %d in a log that this key signed\n", v.Index, v.LogSize)
	}
	if v.Proof == "good" {
		l.Counter(v.Counter, v.CounterBy)
	}
	if v.Fixed {
		l.Printf("fixed      when it was added: the counter is that of the head of which it is the last entry\n")
	}
	if v.Cosigned != nil {
		l.Printf("witness    %s cosigned these %d entries, %s by the clock of the witness\n", v.Cosigner, v.LogSize, l.local(*v.Cosigned))
	}
	for _, w := range v.Warnings {
		l.Printf("warning    %s\n", w)
	}
	l.NotShown(v.NotShown, 0, v.CounterBy)
	l.Printf("outcome    %s (rasure cert show prints the whole certificate)\n", v.Outcome)
}

// Annex says what is known of the annex of a certificate: "good", "missing" or "not readable"; "" if it has none.
func (l *Lines) Annex(is string) {
	switch is {
	case "good":
		l.Printf("annex      good: the certificate has its SHA-256\n")
	case "missing":
		l.Printf("annex      private, not here: the certificate has its SHA-256 only\n")
	case "not readable":
		l.Printf("annex      not checked: you may not read it\n")
	}
}

// Bundle says what was shown of a bundle.
func (l *Lines) Bundle(v *audit.VerifiedBundle) {
	l.Verified(v.Verified)
	l.Enrolled(v.Enrolments)
	if v.Boot != nil {
		l.Booted([]*audit.Booted{v.Boot}, v.CounterBy)
	}
	if len(v.Fixed) > 0 {
		l.Fixed(len(v.Fixed), len(v.Statements), v.CounterBy)
	}
	l.Rosters(v.Rosters)
	for _, s := range v.Statements {
		l.Printf("entry      %d: %s\n", s.Index, statement.Visible(s.Kind))
		for _, p := range s.Signed {
			l.Printf("           signed as %s by %s, by the roster in entry %d\n", p.Role, statement.Visible(p.Name), p.Roster)
		}
	}
	l.Annex(v.Annex)
	for _, name := range v.Evidence {
		l.Printf("evidence   %s\n", name)
	}
	for _, b := range v.Besides {
		l.Printf("besides    entry %d: %s\n", b.Index, b.Detail)
	}
	if v.Policy == "missing" {
		l.Printf("policy     the policy that the certificate names is not in the bundle\n")
	}
	if len(v.Unchecked) > 0 {
		names := make([]string, 0, len(v.Unchecked))
		for _, name := range v.Unchecked {
			names = append(names, statement.Visible(name))
		}
		l.Printf("not used   %s: for reading only, they prove nothing\n", strings.Join(names, ", "))
	}
}
