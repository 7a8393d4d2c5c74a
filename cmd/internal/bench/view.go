package bench

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/devices"
)

// The smallest screen: below it, rows would not say what to do with a disk.
const (
	leastWidth  = 60
	leastHeight = 20
)

// View draws the screen: a title, the list, what is highlighted, what was said last, and the keys.
func (m *Model) View() tea.View {
	v := tea.NewView(strings.Join(m.screen(), "\n"))
	v.AltScreen = true
	return v
}

func (m *Model) screen() []string {
	w, h := m.width, m.height
	switch {
	case w == 0 || h == 0:
		return nil
	case w < leastWidth || h < leastHeight:
		return wrapTo(m.in("The window is too small: %d x %d. It needs %d x %d. Jobs go on.", w, h, leastWidth, leastHeight), w, h)
	}
	foot := m.noteLines(w)
	if m.asks() || !m.typed.empty() { // what was said last is above what is typed
		foot = append(foot, m.inputLine(w))
	}
	foot = append(foot, m.keyLine(w))
	lines := []string{m.title(w)}
	switch {
	case m.cover != nil && m.cover.whole():
		lines = append(lines, m.cover.lines(m, w, h-1-len(foot))...)
	case !m.known:
		lines = append(lines, " "+m.in("Asking the job server ..."))
	default:
		lines = append(lines, m.list(w)...)
	}
	lines = lines[:min(len(lines), h-len(foot))]
	for len(lines) < h-len(foot) {
		lines = append(lines, "")
	}
	return append(lines, foot...)
}

func wrapTo(s string, width, height int) []string {
	lines := wrap(s, width)
	return lines[:min(len(lines), height)]
}

func (m *Model) title(width int) string {
	s := m.state.Station
	left, more := " rasure  "+message.Printable(s.Name, false), ""
	if m.state.Intake != nil {
		left += "  " + m.in("INTAKE ON")
	}
	if m.lost != nil {
		left += "  " + m.in("NOT CONNECTED")
	}
	if m.known {
		more = "  " + m.in("key %s, log %d", orElse(s.Assurance, "-"), s.Entries)
	}
	now := m.o.Now().In(m.zone).Format("2006-01-02 15:04 -07") + " "
	if table.Width(left+more+now) < width {
		left += more
	}
	return titleStyle.Render(ends(left, now, width))
}

// paneHigh and rowsHigh share what a title, a heading, a rule, the input and the keys leave.
func (m *Model) paneHigh() int { return min(max((m.height-5)*2/5, 6), 14) }
func (m *Model) rowsHigh() int { return m.height - 5 - m.paneHigh() }

func (m *Model) list(width int) []string {
	rows, c, high := m.rows(), m.columnsFor(width), m.rowsHigh()
	if i := slices.Index(rows, m.cursor); i >= 0 {
		m.top = min(max(m.top, i-high+1), i)
	}
	m.top = max(0, min(m.top, len(rows)-high))
	lines := []string{headStyle.Render(table.Clip(m.heading(c), width))}
	for _, key := range rows[m.top:min(len(rows), m.top+high)] {
		lines = append(lines, m.row(key, c))
	}
	for len(lines) <= high {
		lines = append(lines, "")
	}
	lines = append(lines, rule(m.totals(len(rows), high), width))
	if m.cover != nil {
		return append(lines, m.cover.lines(m, width, m.paneHigh())...)
	}
	return append(lines, m.paneLines(width, m.paneHigh())...)
}

// totals sum up all disks, and say what is not on the screen.
func (m *Model) totals(rows, high int) string {
	total := ""
	add := func(format string, args ...any) {
		if words := m.in(format, args...); total == "" {
			total = words
		} else {
			total = m.in("%s, %s", total, words)
		}
	}
	ready, running, erased, bad := 0, 0, 0, 0
	var speed int64
	var last time.Duration
	for _, key := range m.order {
		j := m.jobs[key]
		switch {
		case j == nil:
			if m.unfit(key).IsZero() {
				ready++
			}
		case j.Phase != jobs.Ended:
			running++
			speed += j.Progress.Speed
			if left, known := j.Progress.Left(); known {
				last = max(last, left)
			}
		case j.Outcome == "verified":
			erased++
		default:
			bad++
		}
	}
	if bad > 0 {
		add("%d NOT ERASED", bad)
	}
	if erased > 0 {
		add("%d erased", erased)
	}
	if running > 0 {
		add("%d running, %s", running, rate(speed))
		if last > 0 {
			add("last ends %s (%s)", m.clock(m.o.Now().Add(last)), humanize.Duration(last))
		}
		if !m.state.Station.KeepsAwake {
			add("this machine may go to sleep")
		}
	}
	if len(m.chosen) > 0 {
		add("%d selected", len(m.chosen))
	}
	if running == 0 {
		add("%d ready", ready)
	}
	if rows > high {
		add("rows %d-%d of %d", m.top+1, min(m.top+high, rows), rows)
	}
	if m.filter != "" {
		add("only %q (Esc: all)", m.filter)
	}
	return total
}

// inputLine is what is being typed.
func (m *Model) inputLine(width int) string {
	typed := m.typed.String()
	if m.typed.long {
		typed = m.in("longer than %d characters", longestScan)
	}
	typed = message.Printable(typed, false)
	for table.Width(typed) > width-5 { // the end of a long line matters
		typed = string([]rune(typed)[1:])
	}
	return " > " + typed + "_"
}

// noteLines are what was said last; at least one line, which may be empty.
func (m *Model) noteLines(width int) (lines []string) {
	words, style := m.note, lipgloss.NewStyle()
	switch {
	case m.lost != nil:
		words, style = message.Of("No connection to the job server (%v). Jobs go on; this is their last known state.", m.lost), dangerStyle
		if hint, ok := fault.HintOf(m.lost); ok {
			words = message.Of("%s Hint: %s", words, hint)
		}
	case m.urgent:
		style = warnStyle
	case m.note.IsZero() && len(m.state.Notices) > 0:
		n := m.state.Notices[len(m.state.Notices)-1]
		words = message.Of("%s %s", m.clock(n.Time), n.Text)
	}
	for _, l := range wrapTo(words.In(m.look.lang), width-1, 4) {
		lines = append(lines, style.Render(" "+l))
	}
	return lines
}

// keyLine are the keys that work now, as many as fit.
func (m *Model) keyLine(width int) string {
	line := " "
	for _, k := range m.keys() {
		word := k.In(m.look.lang)
		if table.Width(line)+table.Width(word)+2 > width {
			break
		}
		if line != " " {
			line += "  "
		}
		line += word
	}
	return titleStyle.Render(table.Pad(line, width))
}

func (m *Model) keys() (keys []message.Text) {
	add := func(format string) { keys = append(keys, message.Text{Format: format}) }
	if m.cover != nil {
		return m.cover.keys(m)
	}
	if !m.typed.empty() {
		return []message.Text{message.Of("Enter scan"), message.Of("Esc clear")}
	}
	d := m.disks[m.cursor]
	add("? help")
	if len(m.chosen) > 0 {
		add("Enter erase")
	}
	if d == nil {
		return append(keys, message.Of("arrows move"), message.Of("q leave"))
	}
	j := m.jobs[d.Key]
	switch {
	case m.countdown(d.Key) != nil:
		add("h HOLD")
	case j != nil && j.Phase == jobs.Ended || d.Gone:
		if len(m.chosen) == 0 {
			add("Enter seen")
		}
		add("c certificate")
		if witnessed(j) {
			add("w witnesses")
		}
	case j != nil && j.Phase == jobs.Paused:
		add("z continue")
		add("x stop")
	case j != nil:
		add("x stop")
		add("z pause")
		add("l locate")
	case len(d.Hazards) > 0 && d.Hazards[0].Code == "mounted":
		add("u unmount")
		add("l locate")
	case m.unfit(d.Key).IsZero():
		add("Space select")
		if d.IdentifiedBy() == devices.ByPort {
			add("r replug")
		}
		add("a all")
		add("p plan")
		add("m medium")
		add("d details")
		add("l locate")
	}
	if m.state.Intake != nil {
		add("i end intake")
	}
	return append(keys, message.Of("/ filter"), message.Of("q leave"))
}
