package bench

import (
	"strings"
	"time"

	"rasure/cmd/internal/jobs"
)

const (
	longestScan = 256                    // characters; a label has no number that is longer
	hold        = 30 * time.Millisecond  // a letter that is a command waits so long for a second one, which makes both a scan
	handsNeed   = 50 * time.Millisecond  // between two keys; a scanner is faster
	ownKey      = 400 * time.Millisecond // an Enter that follows a line sooner came from the scanner, and starts nothing
	fewestKeys  = 4                      // a hand can roll over fewer of them as fast as a scanner
)

// line collects what is typed or scanned until Enter.
type line struct {
	text  []rune
	keys  int
	long  bool // more than longestScan characters came, which are not kept
	paste bool
	first time.Time
	last  time.Time
}

func (l *line) empty() bool { return l.keys == 0 }

// add takes what a key, or the clipboard, gives.
func (l *line) add(s string, at time.Time) {
	if l.keys == 0 {
		l.first = at
	}
	l.last = at
	for _, r := range s {
		l.keys++
		if l.keys > longestScan {
			l.long = true
			return
		}
		l.text = append(l.text, r)
	}
}

// back takes the last character away. It reports whether there was one.
func (l *line) back() bool {
	if len(l.text) == 0 {
		return false
	}
	l.text = l.text[:len(l.text)-1]
	l.keys = len(l.text)
	l.long = false
	l.paste = true // a scanner does not correct
	return true
}

func (l *line) String() string { return string(l.text) }

func (l *line) clear() { *l = line{} }

// take ends the line. How is [jobs.Scanned] only where the keys came faster than a hand types.
func (l *line) take() (text string, how jobs.How, long bool) {
	text, long, how = strings.TrimSpace(l.String()), l.long, jobs.Typed
	if !l.paste && l.keys >= fewestKeys && l.last.Sub(l.first) < time.Duration(l.keys-1)*handsNeed {
		how = jobs.Scanned
	}
	l.clear()
	return text, how, long
}
