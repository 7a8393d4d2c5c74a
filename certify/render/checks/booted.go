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
		l.Printf("boot       entry %d, %s: reset count %d, restart count %d; entries %s were added in this boot\n", b.Index, wordOf(by), b.Resets, b.Restarts, spans(b.Entries))
		if b.Image != "" {
			l.Printf("           the image %s\n", statement.Visible(b.Image))
		} else {
			l.Printf("           PCR 4 %s, PCR 11 %s\n", Short(b.PCRs["4"]), Short(b.PCRs["11"]))
		}
		for _, p := range b.Programs {
			l.Printf("           the firmware started the program with the Authenticode hash %s\n", p)
		}
		switch {
		case b.EventLog == audit.EventLogMissing:
			l.Printf("           the event log is missing: file %s\n", b.File)
		case b.EventLog == audit.EventLogChanged:
			l.Printf("           the event log is not the one that was signed for: file %s\n", b.File)
		case b.NoLog:
			l.Printf("           the event log was not read: the station kept it in the file %s. Give --evidence DIR\n", b.File)
		case len(b.Unexplained) > 0:
			l.Printf("           the event log does not give PCR %s: something else extended them, or it is not the log of this boot\n", numbers(b.Unexplained))
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

func numbers(all []int64) string {
	words := []string{}
	for _, n := range all {
		words = append(words, strconv.FormatInt(n, 10))
	}
	return strings.Join(words, ", ")
}
