package bench

import (
	"fmt"
	"math"
	"strings"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
)

// pager shows a page that may be longer than the screen.
type pager struct {
	page  func(width int) []string
	top   int
	wants int64 // the certificate or page that is being read; -1: none
}

// pageMsg is a certificate or page that was read.
type pageMsg struct {
	index int64
	text  string
	err   error
}

// certificate shows the certificate of the highlighted disk: of its job, or else the newest one in the log.
func (m *Model) certificate() tea.Cmd {
	d, beep := m.at()
	if d == nil {
		return beep
	}
	index, path := int64(-1), ""
	if j := m.jobs[d.Key]; j != nil && j.Phase == jobs.Ended {
		index, path = j.Index, j.Path
	} else if d.Erased != nil {
		index = d.Erased.Index
	}
	if index < 0 {
		return m.refuse("%s has no certificate in this log", d.Name)
	}
	head := fmt.Sprintf(" %s", m.in("Certificate of %s, log entry %d", d.Name, index))
	if path != "" {
		head += "\n " + m.in("file %s", path)
	}
	p := &pager{page: func(width int) []string { return wrapLines(head, width) }, wants: index}
	m.cover = p
	if m.o.Certificate == nil {
		return nil
	}
	ctx, read := m.ctx, m.o.Certificate
	return func() tea.Msg {
		text, err := read(ctx, index)
		return pageMsg{index, text, err}
	}
}

// about shows what software runs here.
func (m *Model) about() tea.Cmd {
	if m.o.About == nil {
		return m.refuse("This screen has no page about its software")
	}
	const index = math.MinInt64 // of no certificate
	p := &pager{page: func(width int) []string { return nil }, wants: index}
	m.cover = p
	ctx, read := m.ctx, m.o.About
	return func() tea.Msg {
		lines, err := read(ctx)
		for n, l := range lines {
			lines[n] = " " + l
		}
		return pageMsg{index, strings.Join(lines, "\n"), err}
	}
}

// fill shows what was read.
func (p *pager) fill(msg pageMsg) {
	head, text := p.page, msg.text
	if msg.err != nil {
		text = " " + msg.err.Error()
	}
	p.page = func(width int) []string {
		return append(append(head(width), ""), wrapLines(message.Printable(text, true), width)...)
	}
}

// wrapLines keeps lines and their indents, and breaks those that are too wide.
func wrapLines(text string, width int) (lines []string) {
	for l := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		l = strings.ReplaceAll(l, "\t", "    ")
		if table.Width(l) <= width {
			lines = append(lines, l)
			continue
		}
		indent := l[:len(l)-len(strings.TrimLeft(l, " "))]
		for _, w := range wrap(l, width-len(indent)) {
			lines = append(lines, indent+w)
		}
	}
	return lines
}

func (p *pager) whole() bool { return true }

func (p *pager) command(s string) bool { return s == "q" || s == "?" || s == "c" || s == "v" }

func (p *pager) key(m *Model, name string) tea.Cmd {
	switch name {
	case "up":
		p.top--
	case "down":
		p.top++
	case "pgup":
		p.top -= m.height - 3
	case "pgdown", "space":
		p.top += m.height - 3
	case "home":
		p.top = 0
	case "esc", "enter", "q", "?", "c", "v":
		m.cover = nil
	}
	return nil
}

func (p *pager) entered(m *Model, s string, how jobs.How) tea.Cmd {
	return m.refuse("Press Esc first. Nothing happened")
}

func (p *pager) lines(_ *Model, width, height int) []string {
	all := p.page(width)
	p.top = max(0, min(p.top, len(all)-height))
	return all[p.top:min(len(all), p.top+height)]
}

func (p *pager) keys(*Model) []message.Text {
	return []message.Text{message.Of("Esc back"), message.Of("arrows scroll")}
}

func newHelp(m *Model) *pager {
	return &pager{wants: -1, page: func(width int) []string { return helpPage(m, width) }}
}

// helpPage is all that a technician needs to know.
func helpPage(m *Model, width int) (lines []string) {
	keys := []struct {
		key  string
		does message.Text
	}{
		{"Space", message.Of("select the highlighted disk, or take it out again")},
		{"a", message.Of("select every disk that is ready and not erased yet")},
		{"Enter", message.Of("erase what is selected: you confirm each disk first; without a selection: the outcome was seen")},
		{"Esc", message.Of("clear what was typed, then the filter or the selection")},
		{"p", message.Of("plan: level, scheme, reading back, operator, order, customer")},
		{"m", message.Of("number of the medium in the register")},
		{"d", message.Of("details of the highlighted disk: its own scheme, asset, computer, note")},
		{"r", message.Of("a disk without a serial number: unplug it and plug it in again to select and confirm it")},
		{"x", message.Of("stop the highlighted job; its serial number confirms")},
		{"z", message.Of("pause the highlighted job, or continue it")},
		{"c", message.Of("certificate of the highlighted disk")},
		{"w", message.Of("witnesses sign that they saw the highlighted medium erased")},
		{"l", message.Of("locate: the light of the bay blinks, or the disk is read for some seconds")},
		{"u", message.Of("unmount the file systems of the highlighted disk")},
		{"i", message.Of("intake: erase disks that arrive in the bays named for it; again: end it")},
		{"h", message.Of("hold: the intake does not erase the highlighted disk, or any that counts down")},
		{"s", message.Of("type a serial number that begins with a lower-case letter")},
		{"v", message.Of("version of the software, and what was measured when the computer started")},
		{"/", message.Of("show only rows that contain a word")},
		{"q", message.Of("leave the screen; jobs go on")},
	}
	lines = append(lines, headStyle.Render(table.Clip(m.in(" Keys"), width)), "")
	for _, k := range keys {
		for n, l := range wrap(k.does.In(m.look.lang), width-9) {
			if n > 0 {
				k.key = ""
			}
			lines = append(lines, " "+table.Pad(k.key, 7)+l)
		}
	}
	for _, t := range []message.Text{
		message.Of("Scanner: scan the serial number of each disk, in any order, and press Enter below the summary. Each scan selects and confirms its disk. A scan that fits no disk beeps and changes nothing."),
		message.Of("Capital letters and digits begin a scan. A lower-case letter is a command when it is typed alone; when another character follows at once, both are a scan."),
		message.Of("[ ] can be selected, [x] is selected, * has arrived. Rows stay where they are. A disk that was removed stays until its outcome was seen."),
		message.Of("ERASED: all of it was overwritten and read back as the plan says. NOT ERASED - KEEP APART: resume it. NOT ERASED - DESTROY: it cannot be erased."),
	} {
		lines = append(lines, "")
		for _, l := range wrap(t.In(m.look.lang), width-1) {
			lines = append(lines, " "+l)
		}
	}
	return lines
}
