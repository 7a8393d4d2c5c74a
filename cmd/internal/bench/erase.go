package bench

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
)

// stage is how far a batch is.
type stage int

const (
	collecting stage = iota // scans add disks; nothing is claimed
	preparing
	confirming // the disks are claimed, and wait for their words
	starting
)

// erase is the screen of a batch: which disks, what will happen to them, and which of them are confirmed.
type erase struct {
	stage  stage
	items  []*item
	at     int // the highlighted one
	batch  jobs.Batch
	cancel context.CancelFunc // of what is under way at the server
}

// item is a disk of a batch.
type item struct {
	disk      jobs.Disk
	medium    string         // the number that the job is begun with
	choice    choice         // when it was collected
	plan      *jobs.Prepared // once it is claimed
	number    int            // in the batch
	confirmed bool
	how       jobs.How
	out       bool // the technician left it out, or it was removed
}

// waits reports that a disk is to be erased and not confirmed yet.
func (i *item) waits() bool {
	return !i.out && !i.confirmed && (i.plan == nil || i.plan.Refused == nil)
}

// ready reports that a disk will be erased by Enter.
func (i *item) ready() bool { return !i.out && i.confirmed && (i.plan == nil || i.plan.Refused == nil) }

// newErase shows the selected disks. What was scanned is confirmed.
func newErase(m *Model) *erase {
	e := &erase{cancel: func() {}}
	e.collect(m)
	e.at = max(0, slices.IndexFunc(e.items, func(i *item) bool { return i.disk.Key == m.cursor }))
	return e
}

// collect makes the items of what is selected now.
func (e *erase) collect(m *Model) {
	e.items = nil
	for _, key := range m.picked() {
		c, d := m.chosen[key], *m.disks[key]
		i := &item{disk: d, confirmed: c.scanned, how: c.how, medium: c.medium, choice: *c}
		if d.Resume && !m.again { // its job keeps what it began with
			i.medium, i.choice = "", choice{}
		}
		if i.medium == "" && d.Medium != nil {
			i.medium = d.Medium.Number
		}
		e.items = append(e.items, i)
	}
	e.at = min(e.at, max(0, len(e.items)-1))
}

func (e *erase) count(f func(*item) bool) (n int) {
	for _, i := range e.items {
		if f(i) {
			n++
		}
	}
	return n
}

// begin is for disks of which some were selected by key: they are claimed at once, and then wait for their words.
func (e *erase) begin(m *Model) tea.Cmd {
	if e.count((*item).waits) == 0 {
		return nil // the summary comes first; Enter starts
	}
	return e.prepare(m)
}

func (e *erase) whole() bool { return true }

func (e *erase) command(s string) bool { return s == "-" || s == "?" }

func (e *erase) key(m *Model, name string) tea.Cmd {
	switch name {
	case "up":
		e.at = max(e.at-1, 0)
	case "down":
		e.at = min(e.at+1, max(0, len(e.items)-1))
	case "delete", "-":
		return e.leave(m)
	case "esc":
		return e.back(m)
	case "?":
		return m.refuse("Scan or type a serial number. Delete leaves the highlighted disk out, Esc goes back")
	case "enter":
		switch waiting := e.count((*item).waits); {
		case m.o.Now().Sub(m.ended) < ownKey:
			return m.refuse("An Enter that comes with a scan starts nothing: read this, then press Enter")
		case e.stage == collecting && len(e.items) > 0:
			return e.prepare(m)
		case e.stage != confirming:
			return nil
		case waiting > 0:
			return m.refuse("%s. Delete leaves one out", message.Count(waiting, "%d disk is not confirmed", "%d disks are not confirmed"))
		case e.count((*item).ready) == 0:
			return m.refuse("No disk is left to be erased")
		}
		return e.start(m)
	}
	return nil
}

// back returns to the list; what was claimed is released, what was selected stays selected.
func (e *erase) back(m *Model) tea.Cmd {
	if e.stage == starting {
		return m.refuse("The jobs are starting: stop them in the list")
	}
	m.cover = nil
	e.cancel()
	return e.release()
}

// release gives the claims back.
func (e *erase) release() tea.Cmd {
	b := e.batch
	if e.batch = nil; b == nil {
		return nil
	}
	return func() tea.Msg { return doneMsg{err: b.Close()} }
}

// leave takes the highlighted disk out.
func (e *erase) leave(m *Model) tea.Cmd {
	if e.at >= len(e.items) {
		return nil
	}
	i := e.items[e.at]
	switch e.stage {
	case collecting:
		delete(m.chosen, i.disk.Key)
		e.collect(m)
		if len(e.items) == 0 {
			m.cover = nil
		}
		return nil
	case confirming:
		delete(m.chosen, i.disk.Key)
		return e.drop(m, i)
	}
	return nil
}

// drop takes a claimed disk out of the batch.
func (e *erase) drop(m *Model, i *item) tea.Cmd {
	if i.out {
		return nil
	}
	i.out = true
	ctx, b, n := m.ctx, e.batch, i.number
	if b == nil || i.plan == nil || i.plan.Refused != nil {
		return nil
	}
	return func() tea.Msg { return doneMsg{err: b.Leave(ctx, n)} }
}

// refresh takes a new state of the machine: a disk that was removed is not erased.
func (e *erase) refresh(m *Model) tea.Cmd {
	if e.stage == collecting {
		if e.collect(m); len(e.items) == 0 {
			m.cover = nil
		}
		return nil
	}
	var cmd tea.Cmd
	for _, i := range e.items {
		if d := m.disks[i.disk.Key]; (d == nil || d.Gone) && !i.out && e.stage == confirming {
			cmd = tea.Batch(cmd, e.drop(m, i), m.refuse("%s was removed. It is left out", i.disk.Name))
		}
	}
	return cmd
}

// disconnected ends the batch: the claims ended with the connection.
func (e *erase) disconnected(m *Model) {
	if e.stage == collecting {
		return
	}
	m.cover, e.batch = nil, nil
	e.cancel()
	if e.stage == starting {
		m.refuse("The connection was lost while the jobs were starting: look which of them run")
	} else {
		m.refuse("The connection was lost. Nothing was started")
	}
}

// entered takes a scan.
func (e *erase) entered(m *Model, s string, how jobs.How) tea.Cmd {
	switch e.stage {
	case collecting:
		return m.scan(s, how)
	case confirming:
		return e.confirm(m, s, how)
	}
	return m.refuse("Wait until the disks are claimed. Nothing happened")
}
