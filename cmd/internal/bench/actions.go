package bench

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
)

// runs is the job on the highlighted disk, if it has not ended. Otherwise it beeps.
func (m *Model) runs() (*jobs.Disk, *jobs.Job, tea.Cmd) {
	d, beep := m.at()
	if d == nil {
		return nil, nil, beep
	}
	j := m.jobs[d.Key]
	if j == nil || j.Phase == jobs.Ended {
		return nil, nil, m.refuse("%s is not being erased", d.Name)
	}
	if j.Foreign {
		return nil, nil, m.refuse("Another program erases %s: use its window", d.Name)
	}
	return d, j, nil
}

// askStop stops the highlighted job once its disk's word was entered.
func (m *Model) askStop() tea.Cmd {
	d, _, beep := m.runs()
	if d == nil {
		return beep
	}
	m.cover = &prompt{
		head:    message.Of("Stop erasing %s? It can be resumed later, and is NOT ERASED until then.", d.Name),
		explain: message.Of("Scan or type %s to stop it. Esc lets it run.", d.Word),
		accept: func(m *Model, s string, _ jobs.How) tea.Cmd {
			if !strings.EqualFold(s, d.Word) {
				return m.refuse("%q is not %s. Nothing happened", s, d.Word)
			}
			m.cover = nil
			return m.ask(message.Of("Stopping %s", d.Name), func(ctx context.Context, v jobs.Service) error { return v.Stop(ctx, d.Key, s) })
		},
	}
	return nil
}

func (m *Model) pause() tea.Cmd {
	d, j, beep := m.runs()
	if d == nil {
		return beep
	}
	if j.Phase == jobs.Paused {
		return m.ask(message.Of("%s continues", d.Name), func(ctx context.Context, v jobs.Service) error { return v.Continue(ctx, d.Key) })
	}
	return m.ask(message.Of("%s pauses. z continues", d.Name), func(ctx context.Context, v jobs.Service) error { return v.Pause(ctx, d.Key) })
}

func (m *Model) locate() tea.Cmd {
	d, beep := m.at()
	if d == nil {
		return beep
	}
	if m.lost != nil {
		return m.refuse("There is no connection to the job server")
	}
	ctx, v := m.ctx, m.service
	return func() tea.Msg {
		how, err := v.Locate(ctx, d.Key)
		return doneMsg{message.Of("%s: %s", d.Name, how), err}
	}
}

func (m *Model) askUnmount() tea.Cmd {
	d, beep := m.at()
	if d == nil {
		return beep
	}
	m.cover = &prompt{
		head:    message.Of("Unmount every file system of %s? Programs that use them may lose what they have not saved.", d.Name),
		explain: message.Of("Type y and Enter to unmount them. Nothing is erased by it."),
		accept: func(m *Model, s string, _ jobs.How) tea.Cmd {
			if s != "y" {
				return m.refuse("Nothing happened: type y and Enter, or Esc")
			}
			m.cover = nil
			return m.ask(message.Of("%s is unmounted", d.Name), func(ctx context.Context, v jobs.Service) error { return v.Unmount(ctx, d.Key) })
		},
	}
	return nil
}

// askMedium takes the number of the highlighted disk in the register.
func (m *Model) askMedium() tea.Cmd {
	d, beep := m.at()
	if d == nil {
		return beep
	}
	if why := m.unfit(d.Key); !why.IsZero() {
		return m.refuse("%s", why)
	}
	m.cover = &prompt{
		head:    message.Of("Which number has %s (%s) in the register?", d.Name, d.Serial),
		explain: message.Of("Scan or type it. The disk is selected with it."),
		accept: func(m *Model, s string, _ jobs.How) tea.Cmd {
			m.cover = nil
			if m.disks[d.Key] == nil {
				return m.refuse("%s was removed", d.Name)
			}
			if m.chosen[d.Key] == nil {
				m.chosen[d.Key] = &choice{}
			}
			m.chosen[d.Key].medium = s
			return nil
		},
	}
	return nil
}

// details opens the form of the highlighted disk.
func (m *Model) details() tea.Cmd {
	d, beep := m.at()
	if d == nil {
		return beep
	}
	if why := m.unfit(d.Key); !why.IsZero() {
		return m.refuse("%s", why)
	}
	m.cover = newDetailForm(m, d)
	return nil
}

// intake arms the intake mode after its word was typed, or ends it.
func (m *Model) intake() tea.Cmd {
	if m.state.Intake != nil {
		return m.ask(message.Of("The intake mode has ended"), func(ctx context.Context, v jobs.Service) error { return v.Disarm(ctx) })
	}
	plan := m.plan
	m.cover = &prompt{
		head: message.Of("INTAKE: every disk that arrives from now on in an intake bay IS ERASED without another question, after a countdown."),
		explain: message.Of("Disks that are here now are not touched. Hazards still refuse a disk, and h holds one that counts down. Type %s and Enter to begin.",
			jobs.ArmWord),
		accept: func(m *Model, s string, _ jobs.How) tea.Cmd {
			if s != jobs.ArmWord {
				return m.refuse("Nothing happened: type %s, in capital letters", jobs.ArmWord)
			}
			m.cover = nil
			return m.ask(message.Of("The intake mode has begun. i ends it"), func(ctx context.Context, v jobs.Service) error { return v.Arm(ctx, s, plan) })
		},
	}
	return nil
}

// hold keeps the highlighted disk from being erased by the intake mode; every one that counts down if it is none of them.
func (m *Model) hold() tea.Cmd {
	if m.state.Intake == nil || len(m.state.Intake.Starting) == 0 {
		return m.refuse("No disk counts down")
	}
	keys := []string{}
	for _, c := range m.state.Intake.Starting {
		if c.Disk == m.cursor {
			keys = []string{c.Disk}
			break
		}
		keys = append(keys, c.Disk)
	}
	return m.ask(message.Count(len(keys), "%d disk is held and will not be erased", "%d disks are held and will not be erased"), func(ctx context.Context, v jobs.Service) error {
		for _, key := range keys {
			if err := v.Hold(ctx, key); err != nil {
				return err
			}
		}
		return nil
	})
}
