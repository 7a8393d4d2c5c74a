package bench

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// listKey takes a key that types nothing, in the list of disks.
func (m *Model) listKey(name string) tea.Cmd {
	switch name {
	case "up":
		m.move(-1)
	case "down":
		m.move(1)
	case "pgup":
		m.move(-m.rowsHigh())
	case "pgdown":
		m.move(m.rowsHigh())
	case "home":
		m.move(-len(m.order))
	case "end":
		m.move(len(m.order))
	case "space":
		return m.selectRow()
	case "enter":
		return m.enterList()
	case "esc":
		if m.filter != "" {
			m.filter = ""
		} else {
			clear(m.chosen)
		}
	}
	return nil
}

// letter takes a command.
func (m *Model) letter(s string) tea.Cmd {
	switch s {
	case "a":
		return m.selectAll()
	case "p":
		m.cover = newPlanForm(m)
	case "m":
		return m.askMedium()
	case "d":
		return m.details()
	case "x":
		return m.askStop()
	case "z":
		return m.pause()
	case "l":
		return m.locate()
	case "u":
		return m.askUnmount()
	case "c":
		return m.certificate()
	case "w":
		return m.witness()
	case "r":
		return m.askReplug()
	case "i":
		return m.intake()
	case "h":
		return m.hold()
	case "s":
		m.cover = &prompt{head: message.Of("Scan or type the serial number of a disk to erase it."), accept: func(m *Model, s string, how jobs.How) tea.Cmd {
			m.cover = nil
			return m.scan(s, how)
		}}
	case "/":
		m.filter = ""
		m.cover = &prompt{head: message.Of("Type what a row must contain to be shown. Esc shows all rows again."), accept: func(m *Model, s string, _ jobs.How) tea.Cmd {
			m.cover, m.filter = nil, s
			m.move(0)
			return nil
		}}
	case "v":
		return m.about()
	case "?":
		m.cover = newHelp(m)
	case "q":
		return m.quit()
	default:
		return m.refuse("%q is no command. ? shows the keys", s)
	}
	return nil
}

// toBeSeen is how long an outcome must have been on the screen before Enter takes it off: the key may have been meant for something else.
const toBeSeen = time.Second

// quit ends the screen, and nothing else.
func (m *Model) quit() tea.Cmd { return tea.Quit }

// rows are the keys that the filter lets through, in their order.
func (m *Model) rows() []string {
	if m.filter == "" {
		return m.order
	}
	want := strings.ToLower(m.filter)
	return slices.DeleteFunc(slices.Clone(m.order), func(key string) bool {
		d := m.disks[key]
		words := []string{d.Bay, d.Port, d.Name, d.Model, d.Serial, d.OnIt, m.stateOf(d).In(m.look.lang)}
		if d.Medium != nil {
			words = append(words, d.Medium.Number, d.Medium.Custodian)
		}
		return !strings.Contains(strings.ToLower(strings.Join(words, "\n")), want)
	})
}

// move moves the cursor by so many rows.
func (m *Model) move(by int) {
	rows := m.rows()
	if len(rows) == 0 {
		return
	}
	i := slices.Index(rows, m.cursor)
	if i < 0 {
		i, by = min(m.top, len(rows)-1), 0
	}
	m.cursor = rows[min(max(i+by, 0), len(rows)-1)]
}

// at is the highlighted disk. Without one it beeps.
func (m *Model) at() (*jobs.Disk, tea.Cmd) {
	d := m.disks[m.cursor]
	if d == nil {
		return nil, m.refuse("No row is highlighted: the disk was removed. Use the arrow keys")
	}
	return d, nil
}

// unfit says why a disk cannot be erased now; zero: it can.
func (m *Model) unfit(key string) message.Text {
	d := m.disks[key]
	switch j := m.jobs[key]; {
	case d == nil || d.Empty:
		return message.Of("There is no disk")
	case d.Gone:
		return message.Of("%s was removed", d.Name)
	case j != nil && j.Phase != jobs.Ended:
		return message.Of("%s is being erased", d.Name)
	case j != nil && j.Outcome == string(wipe.Verified):
		return message.Of("%s has just been erased: press Enter when you have seen it", d.Name)
	case len(d.Hazards) > 0:
		return message.Of("%s must not be erased: %s", d.Name, d.Hazards[0].Text)
	case d.Disk.Medium == devices.Image && !m.plan.AllowImage:
		return message.Of("%s is an image and no disk: start the screen with --allow-image", d.Name)
	case !d.Ready && !d.Resume:
		return message.Of("%s is not ready", d.Name)
	}
	return message.Text{}
}

func (m *Model) selectRow() tea.Cmd {
	d, beep := m.at()
	if d == nil {
		return beep
	}
	if m.chosen[d.Key] != nil {
		delete(m.chosen, d.Key)
		return nil
	}
	if why := m.unfit(d.Key); !why.IsZero() {
		return m.refuse("%s", why)
	}
	m.chosen[d.Key] = &choice{}
	return nil
}

// selectAll selects every disk that is shown and ready, but none that was interrupted, which is resumed apart, and none that was erased.
func (m *Model) selectAll() tea.Cmd {
	n := 0
	for _, key := range m.rows() {
		if d := m.disks[key]; m.unfit(key).IsZero() && !d.Resume && (d.Erased == nil || d.Erased.Outcome != string(wipe.Verified)) && m.chosen[key] == nil {
			m.chosen[key] = &choice{}
			n++
		}
	}
	if n == 0 {
		return m.refuse("No other disk is ready")
	}
	return nil
}

// enterList confirms what is selected; without a selection it takes note of an outcome.
func (m *Model) enterList() tea.Cmd {
	if len(m.chosen) > 0 {
		e := newErase(m)
		m.cover = e
		return e.begin(m)
	}
	d, beep := m.at()
	if d == nil {
		return beep
	}
	if j := m.jobs[d.Key]; j != nil && j.Phase == jobs.Ended || d.Gone {
		if m.o.Now().Sub(m.over[d.Key]) < toBeSeen {
			return m.refuse("The outcome has just come: read it, then press Enter")
		}
		return m.ask(message.Text{}, func(ctx context.Context, s jobs.Service) error { return s.Seen(ctx, []string{d.Key}) })
	}
	return m.refuse("No disk is selected: press Space, or scan a serial number")
}

// picked are the selected rows, in their order.
func (m *Model) picked() (keys []string) {
	for _, key := range m.order {
		if m.chosen[key] != nil {
			keys = append(keys, key)
		}
	}
	return keys
}
