package bench

import (
	"strings"

	"charm.land/lipgloss/v2"

	"rasure/cmd/internal/table"
	"rasure/cmd/message"
)

// look is what the terminal can show. Colour only adds: every meaning is in the characters too.
type look struct {
	lang  message.Language
	spark []rune // levels of the speed history, the lowest first
}

// Language is the language in which a screen can be shown on this terminal: that which was asked for, or English.
func Language(asked message.Language, getenv func(string) string) message.Language {
	l, _ := lookFor(asked, getenv)
	return l.lang
}

// lookFor chooses by the environment. The kernel's console has 512 glyphs, so that the screen is English there; it returns true if that
// changed the language. Only the speed history has characters beyond ASCII, and none in Chinese, where terminals disagree about their width.
func lookFor(lang message.Language, getenv func(string) string) (l look, forced bool) {
	l = look{lang: lang, spark: []rune(".:-=+*#@")}
	if getenv("TERM") == "linux" {
		forced = lang == message.Chinese
		if forced {
			l.lang = message.English
		}
		return l, forced
	}
	locale := getenv("LC_ALL")
	if locale == "" {
		locale = getenv("LC_CTYPE")
	}
	if locale == "" {
		locale = getenv("LANG")
	}
	locale = strings.ReplaceAll(strings.ToLower(locale), "-", "")
	if strings.HasSuffix(locale, "utf8") && l.lang != message.Chinese {
		l.spark = []rune("▁▂▃▄▅▆▇█")
	}
	return l, false
}

// The styles, in the sixteen colours that every terminal has.
var (
	titleStyle   = lipgloss.NewStyle().Reverse(true)
	headStyle    = lipgloss.NewStyle().Bold(true)
	cursorStyle  = lipgloss.NewStyle().Bold(true).Reverse(true)
	dimStyle     = lipgloss.NewStyle().Faint(true)
	warnStyle    = lipgloss.NewStyle().Foreground(lipgloss.Yellow)
	dangerStyle  = lipgloss.NewStyle().Foreground(lipgloss.Red).Bold(true)
	erasedStyle  = lipgloss.NewStyle().Foreground(lipgloss.Green).Bold(true).Reverse(true)
	destroyStyle = lipgloss.NewStyle().Foreground(lipgloss.Red).Bold(true).Reverse(true)
)

// history draws speeds, scaled to the fastest, in at most width cells; the newest is the last.
func (l look) history(speeds []int64, width int) string {
	if len(speeds) > width {
		speeds = speeds[len(speeds)-max(width, 0):]
	}
	var most int64
	for _, s := range speeds {
		most = max(most, s)
	}
	var b strings.Builder
	for _, s := range speeds {
		level := 0
		if most > 0 {
			level = int(max(s, 0) * int64(len(l.spark)-1) / most)
		}
		b.WriteRune(l.spark[level])
	}
	return b.String()
}

// bar is "[####....]" of width cells. It is full only when all is done.
func bar(done, total int64, width int) string {
	inner := max(width-2, 1)
	full := 0
	if total > 0 {
		full = int(float64(inner) * float64(done) / float64(total))
	}
	full = min(max(full, 0), inner)
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", inner-full) + "]"
}

// rule is a line across the screen, with words in it.
func rule(words string, width int) string {
	if words != "" {
		words = "- " + words + " "
	}
	words = table.Clip(words, width)
	return words + strings.Repeat("-", max(0, width-table.Width(words)))
}

// ends puts words at both ends of a line; those on the right are left out where there is no space.
func ends(left, right string, width int) string {
	if table.Width(left)+1+table.Width(right) > width {
		return table.Pad(table.Clip(left, width), width)
	}
	return table.Pad(left, width-table.Width(right)) + right
}

// wrap breaks words into lines of at most width cells. A word that is longer is broken, and so are Chinese sentences, which have no spaces.
func wrap(words string, width int) (lines []string) {
	if width <= 0 {
		return nil
	}
	line := ""
	for _, word := range strings.Fields(words) {
		if line != "" && table.Width(line)+1+table.Width(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for table.Width(word) > width {
			piece := table.Cut(word, width)
			if piece == "" {
				return lines
			}
			lines, word = append(lines, piece), word[len(piece):]
		}
		line = word
	}
	return append(lines, line)
}
