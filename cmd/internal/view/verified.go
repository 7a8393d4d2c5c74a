package view

import (
	"strings"

	"rasure/certify/audit"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
)

// PrintVerified prints what was shown of a certificate.
func PrintVerified(a *cli.Console, v audit.Verified) {
	printSignature(a, v)
	switch {
	case v.Proof != "good":
		a.Printf("proof      not checked: there is no proof next to the certificate\n")
	case v.First != "":
		a.Printf("proof      good: entry %d of %d in the log that begins with %s\n", v.Index, v.LogSize, short(v.First))
	default:
		a.Printf("proof      good: entry %d of %d in a log that this key signed\n", v.Index, v.LogSize)
	}
	if v.Proof == "good" {
		printCounter(a, v.Counter, v.CounterBy)
	}
	if v.Fixed {
		a.Printf("fixed      when it was added: the counter is that of the head of which it is the last entry\n")
	}
	for _, w := range v.Warnings {
		a.Printf("warning    %s\n", draft.Visible(w.In(a.Lang)))
	}
	printNotShown(a, v.NotShown, 0, v.CounterBy)
	a.Printf("outcome    %s (rasure cert show prints the whole certificate)\n", v.Outcome)
}

// PrintBundle prints what was shown of a bundle.
func PrintBundle(a *cli.Console, v *audit.VerifiedBundle) {
	PrintVerified(a, v.Verified)
	if len(v.Fixed) > 0 {
		printFixed(a, len(v.Fixed), len(v.Statements), v.CounterBy)
	}
	printRosters(a, v.Rosters)
	for _, s := range v.Statements {
		a.Printf("entry      %d: %s\n", s.Index, draft.Visible(s.Kind))
		for _, p := range s.Signed {
			a.Printf("           signed as %s by %s, by the roster in entry %d\n", p.Role, draft.Visible(p.Name), p.Roster)
		}
	}
	for _, name := range v.Evidence {
		a.Printf("evidence   %s\n", name)
	}
	for _, l := range v.Besides {
		a.Printf("besides    entry %d: %s\n", l.Index, draft.Visible(l.Detail.In(a.Lang)))
	}
	if v.Policy == "missing" {
		a.Printf("policy     the policy that the certificate names is not in the bundle\n")
	}
	if len(v.Unchecked) > 0 {
		names := make([]string, 0, len(v.Unchecked))
		for _, name := range v.Unchecked {
			names = append(names, draft.Visible(name))
		}
		a.Printf("not used   %s: for reading only, they prove nothing\n", strings.Join(names, ", "))
	}
}
