package bench

import (
	"io"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/wipe"
)

// witnessed reports whether somebody can witness how a job ended: only the verified erasure of a registered medium is witnessed.
func witnessed(j *jobs.Job) bool {
	return j != nil && j.Phase == jobs.Ended && j.Outcome == string(wipe.Verified) && j.Medium != "" && j.Index >= 0
}

// witness gives the terminal to those who saw the highlighted disk erased. They read in full what they sign, and their keys may ask for a
// passphrase or a touch: that needs a terminal, not a row of this screen. Jobs go on meanwhile.
func (m *Model) witness() tea.Cmd {
	d, beep := m.at()
	if d == nil {
		return beep
	}
	j := m.jobs[d.Key]
	if !witnessed(j) || m.o.Witness == nil {
		return m.refuse("Only the verified erasure of a registered medium can be witnessed")
	}
	ctx, ask, disk, ended := m.ctx, m.o.Witness, *d, *j
	var missing int
	return tea.Exec(leave{func() (err error) { missing, err = ask(ctx, disk, ended); return err }}, func(err error) tea.Msg {
		if missing > 0 {
			return doneMsg{message.Of("Medium %s: %s", ended.Medium, message.Count(missing, "%d signature of a witness is missing", "%d signatures of witnesses are missing")), err}
		}
		return doneMsg{message.Of("Medium %s: no signature of a witness is missing", ended.Medium), err}
	})
}

// leave is what runs on the terminal while the screen has left it.
type leave struct{ run func() error }

func (l leave) Run() error        { return l.run() }
func (leave) SetStdin(io.Reader)  {}
func (leave) SetStdout(io.Writer) {}
func (leave) SetStderr(io.Writer) {}
