package bench

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
)

// heldMsg comes when the letter that was held was not followed by another one.
type heldMsg struct {
	n     int // which letter
	since time.Time
}

// press takes a key: text is what it types, name what it is called.
func (m *Model) press(text, name string) tea.Cmd {
	if name == "ctrl+c" {
		return m.quit()
	}
	if text != "" && (text != " " || !m.typed.empty()) {
		return m.character(text)
	}
	held := m.release()
	m.hush()
	switch {
	case name == "backspace" && m.typed.back():
		return held
	case name == "esc" && !m.typed.empty():
		m.typed.clear()
		return held
	case name == "enter" && !m.typed.empty():
		return tea.Batch(held, m.enter())
	case m.cover != nil:
		return tea.Batch(held, m.cover.key(m, name))
	}
	return tea.Batch(held, m.listKey(name))
}

// character takes what a printable key types: it continues a line, begins one, or is a command once it was held.
func (m *Model) character(s string) tea.Cmd {
	m.hush()
	switch now := m.o.Now(); {
	case m.held != "":
		m.typed.add(m.held, now)
		m.held = ""
		m.typed.add(s, now)
	case !m.typed.empty(), !m.command(s):
		m.typed.add(s, now)
	default:
		m.held = s
		return m.wait(now)
	}
	return nil
}

// wait waits for a character that may follow the one that is held.
func (m *Model) wait(now time.Time) tea.Cmd {
	m.holds++
	msg := heldMsg{m.holds, now}
	return m.after(hold, func(time.Time) tea.Msg { return msg })
}

// waited takes the end of that wait. One that took longer says that the machine is busy: keys that were typed long ago may come yet.
func (m *Model) waited(msg heldMsg) tea.Cmd {
	now := m.o.Now()
	switch {
	case m.held == "" || msg.n != m.holds:
		return nil
	case now.Sub(msg.since) > 2*hold:
		return m.wait(now)
	}
	return m.release()
}

// command reports whether a character that comes alone is a command here.
func (m *Model) command(s string) bool {
	if m.cover != nil {
		return m.cover.command(s)
	}
	return len(s) == 1 && (s[0] >= 'a' && s[0] <= 'z' || s == "/" || s == "?")
}

// release runs the command that was held.
func (m *Model) release() tea.Cmd {
	s := m.held
	if m.held = ""; s == "" {
		return nil
	}
	if m.cover != nil {
		return m.cover.key(m, s)
	}
	return m.letter(s)
}

// enter takes a whole line.
func (m *Model) enter() tea.Cmd {
	s, how, long := m.typed.take()
	m.ended = m.o.Now()
	switch {
	case long:
		return m.refuse("That was longer than %d characters and was not taken. Nothing happened", longestScan)
	case s == "":
		return nil
	case m.cover != nil:
		return m.cover.entered(m, s, how)
	}
	return m.scan(s, how)
}

// paste takes text from the clipboard, which is typed, not scanned. Only its first line counts.
func (m *Model) paste(s string) tea.Cmd {
	s, _, more := strings.Cut(strings.TrimLeft(s, "\r\n"), "\n")
	held := m.release()
	m.typed.add(strings.TrimRight(s, "\r"), m.o.Now())
	m.typed.paste = true
	if more {
		return tea.Batch(held, m.enter())
	}
	return held
}

// find returns the row of the disk that a word names: by what confirms it, its serial number, or its medium's number; in any case. A disk
// that left counts only if no other one has the name.
func (m *Model) find(word string) (key string, confirms bool, err error) {
	is := func(s string) bool { return s != "" && strings.EqualFold(s, word) }
	var here, gone []string
	for _, k := range m.order {
		switch d := m.disks[k]; {
		case d.Empty || !is(d.Word) && !is(d.Serial) && (d.Medium == nil || !is(d.Medium.Number)):
		case d.Gone:
			gone = append(gone, k)
		default:
			here = append(here, k)
		}
	}
	if len(here) == 0 {
		here = gone
	}
	switch len(here) {
	case 0:
		return "", false, message.Errorf("no disk here has the number %q. Nothing happened", word)
	case 1:
		return here[0], is(m.disks[here[0]].Word), nil
	}
	return "", false, message.Errorf("%d disks have the number %q. Nothing happened", len(here), word)
}

// scan takes a line on the list of disks: it selects the disk that it names, and confirms it if it is that disk's own word.
func (m *Model) scan(word string, how jobs.How) tea.Cmd {
	key, confirms, err := m.find(word)
	if err != nil {
		return m.fail(err)
	}
	m.cursor = key
	if why := m.unfit(key); !why.IsZero() {
		return m.refuse("%s", why)
	}
	c := m.chosen[key]
	if c == nil {
		c = &choice{}
		m.chosen[key] = c
	}
	c.scanned, c.how = c.scanned || confirms, how
	m.cover = newErase(m)
	return nil
}
