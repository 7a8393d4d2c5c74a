package bench

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/devices"
)

// replug waits until the technician has unplugged a disk and plugged it in again. That shows which one is meant where no label does.
type replug struct {
	prompt
	since time.Time // by the server's clock
}

// askReplug selects and confirms a disk without a serial number by that.
func (m *Model) askReplug() tea.Cmd {
	m.cover = &replug{since: m.state.Time, prompt: prompt{
		head:    message.Of("Unplug the disk that you mean, and plug it into the same port again within a minute."),
		explain: message.Of("That confirms a disk without a serial number of its own; Enter below the summary erases it. A disk that has a number is confirmed by its number. Esc goes back."),
		accept:  func(m *Model, _ string, _ jobs.How) tea.Cmd { return m.refuse("Press Esc first. Nothing happened") },
	}}
	return nil
}

// look selects the disk that has come back. The key of its row is new.
func (r *replug) look(m *Model) tea.Cmd {
	for _, key := range m.order {
		d := m.disks[key]
		if !d.Returned.After(r.since) || d.IdentifiedBy() != devices.ByPort {
			continue
		}
		m.cursor, m.cover = key, nil
		if why := m.unfit(key); !why.IsZero() {
			return m.refuse("%s", why)
		}
		if m.chosen[key] == nil {
			m.chosen[key] = &choice{}
		}
		m.chosen[key].scanned, m.chosen[key].how = true, jobs.Replugged
		m.cover = newErase(m)
		return nil
	}
	return nil
}
