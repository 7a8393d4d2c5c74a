package bench

import (
	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
)

// prompt asks for one line, below the list of disks.
type prompt struct {
	head, explain message.Text
	accept        func(m *Model, s string, how jobs.How) tea.Cmd // it ends the prompt by itself
}

func (p *prompt) key(m *Model, name string) tea.Cmd {
	if name == "esc" {
		m.cover, m.filter = nil, ""
	}
	return nil
}

func (p *prompt) command(string) bool { return false }

func (p *prompt) entered(m *Model, s string, how jobs.How) tea.Cmd { return p.accept(m, s, how) }

func (p *prompt) lines(m *Model, width, _ int) (lines []string) {
	for _, l := range wrap(p.head.In(m.look.lang), width-1) {
		lines = append(lines, warnStyle.Render(" "+l))
	}
	for _, l := range wrap(p.explain.In(m.look.lang), width-1) {
		lines = append(lines, " "+l)
	}
	return lines
}

func (p *prompt) keys(*Model) []message.Text {
	return []message.Text{message.Of("Enter accept"), message.Of("Esc back")}
}

func (p *prompt) whole() bool { return false }
