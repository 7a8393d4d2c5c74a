package checks

import (
	"strconv"
	"strings"

	"rasure/certify/audit"
	"rasure/certify/statement"
)

// Booted says in which boot, and so under which software, entries were added, and on whose word.
func (l *Lines) Booted(all []*audit.Booted, by audit.Word) {
	for _, b := range all {
		l.Printf("boot       entry %d, %s: reset count %d, restart count %d; entries %s were added in this boot\n", b.Index, by.Says(), b.Resets, b.Restarts, spans(b.Entries))
		if b.Image != "" {
			l.Printf("           the image %s\n", statement.Visible(b.Image))
		} else {
			l.Printf("           PCR 4 %s, PCR 11 %s\n", Short(b.PCRs["4"]), Short(b.PCRs["11"]))
		}
		for _, p := range b.Programs {
			l.Printf("           the firmware started the program with the Authenticode hash %s\n", p)
		}
		for _, why := range b.Unread() {
			l.Printf("           %s\n", why)
		}
	}
}

func spans(all []audit.Span) string {
	words := []string{}
	for _, s := range all {
		words = append(words, strconv.FormatInt(s.From, 10)+"-"+strconv.FormatInt(s.To, 10))
	}
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, ", ")
}
