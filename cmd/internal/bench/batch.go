package bench

import (
	"cmp"
	"context"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/wipe"
)

// How the requests of a batch ended. Each names its screen, which may be closed by then.
type (
	preparedMsg struct {
		erase     *erase
		batch     jobs.Batch
		confirmed []int // numbers of disks that the server found confirmed by what was scanned before
		err       error
	}
	confirmedMsg struct {
		erase *erase
		disk  int
		err   error
	}
	startedMsg struct {
		erase *erase
		disks int
		err   error
	}
)

// prepare has the disks claimed and planned, and confirms those that were scanned.
func (e *erase) prepare(m *Model) tea.Cmd {
	if m.lost != nil {
		return m.refuse("There is no connection to the job server")
	}
	o, requests := m.plan, []jobs.Request{}
	resume := e.count(func(i *item) bool { return i.disk.Resume })
	if resume > 0 && resume < len(e.items) && !m.again {
		return m.refuse("Interrupted jobs are resumed by their own plan: select them apart from other disks")
	}
	o.Resume = resume > 0 && !m.again
	scanned := map[string]jobs.How{}
	for _, i := range e.items {
		r := jobs.Request{Disk: i.disk.Key}
		if !o.Resume { // otherwise the job keeps what it began with
			r.Medium, r.Own, r.Origin, r.Private = i.medium, i.choice.own, m.origin, m.private
			r.Asset, r.SourceHost, r.Note = i.choice.asset, i.choice.host, orElse(i.choice.note, r.Note)
		}
		requests = append(requests, r)
		if i.confirmed {
			scanned[i.disk.Word] = i.how
		}
	}
	ctx, cancel := context.WithCancel(m.ctx)
	e.stage, e.cancel = preparing, cancel
	s := m.service
	return func() tea.Msg {
		b, err := s.Prepare(ctx, o, requests)
		msg := preparedMsg{erase: e, batch: b, err: err}
		if err != nil {
			return msg
		}
		for word, how := range scanned {
			if n, err := b.Confirm(ctx, word, how); err == nil {
				msg.confirmed = append(msg.confirmed, n)
			}
		}
		return msg
	}
}

// prepared shows what the server made of the disks. If every disk had been scanned, and is what the summary showed, the jobs start: the
// key that was pressed below the summary is the one that starts them.
func (e *erase) prepared(m *Model, msg preparedMsg) tea.Cmd {
	if m.cover != cover(e) { // Esc came first
		if msg.batch != nil {
			e.batch = msg.batch
		}
		return e.release()
	}
	e.cancel()
	e.cancel = func() {}
	if msg.err != nil {
		e.stage = collecting
		if e.count((*item).waits) > 0 {
			m.cover = nil
		}
		return m.fail(msg.err)
	}
	all := e.count((*item).waits) == 0
	e.stage, e.batch = confirming, msg.batch
	same := all
	for _, i := range e.items {
		i.confirmed, i.number = false, -1
	}
	for n, p := range e.batch.Disks() {
		i := e.item(p.Disk)
		if i == nil {
			continue
		}
		i.plan, i.number = &p, n
		same = same && p.Refused == nil && len(p.Others) == 0 && asked(p, i.choice.own) && p.Disk.Serial == i.disk.Serial && sameEntry(p.Medium, i.disk.Medium)
	}
	for _, n := range msg.confirmed {
		for _, i := range e.items {
			i.confirmed = i.confirmed || i.number == n
		}
	}
	cmd := e.refresh(m)
	if same && e.count((*item).ready) == len(e.items) {
		return tea.Batch(cmd, e.start(m))
	}
	if all {
		return tea.Batch(cmd, m.refuse("Not as it was shown before: read this again, then press Enter"))
	}
	return cmd
}

// asked reports whether the server planned what was asked for that disk alone.
func asked(p jobs.Prepared, own job.Own) bool {
	is := ownOf(p)
	return cmp.Or(own.Level, is.Level) == is.Level && cmp.Or(own.Scheme, is.Scheme) == is.Scheme && cmp.Or(own.Verify, is.Verify) == is.Verify
}

func ownOf(p jobs.Prepared) job.Own {
	return job.Own{Level: wipe.Level(p.Level), Scheme: p.Scheme, Verify: wipe.VerifyMode(p.Verify)}
}

// sameEntry reports whether the disk was the same medium before and after it was claimed.
func sameEntry(a, b *jobs.Entry) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Number == b.Number && a.Class == b.Class
}

func (e *erase) item(d jobs.Disk) *item {
	for _, i := range e.items {
		if i.disk.Key == d.Key || i.disk.Name == d.Name && d.Name != "" {
			return i
		}
	}
	return nil
}

// confirm has the server compare a word.
func (e *erase) confirm(m *Model, word string, how jobs.How) tea.Cmd {
	ctx, b := m.ctx, e.batch
	return func() tea.Msg {
		n, err := b.Confirm(ctx, word, how)
		return confirmedMsg{e, n, err}
	}
}

func (e *erase) confirmed(m *Model, msg confirmedMsg) tea.Cmd {
	if m.cover != cover(e) {
		return nil
	}
	if msg.err != nil {
		return tea.Batch(m.fail(msg.err), bell)
	}
	for at, i := range e.items {
		if i.number == msg.disk && !i.out {
			i.confirmed, e.at = true, at
		}
	}
	return nil
}

// start begins the jobs of the confirmed disks. From here on a failure is a fact that the server certifies.
func (e *erase) start(m *Model) tea.Cmd {
	e.stage = starting
	ctx, b, n := m.ctx, e.batch, e.count((*item).ready)
	return func() tea.Msg {
		err := b.Start(ctx)
		if closed := b.Close(); err == nil {
			err = closed
		}
		return startedMsg{e, n, err}
	}
}

func (e *erase) started(m *Model, msg startedMsg) tea.Cmd {
	e.batch = nil
	if m.cover == cover(e) {
		m.cover = nil
		for _, i := range e.items {
			delete(m.chosen, i.disk.Key)
		}
	}
	if msg.err != nil {
		return m.fail(msg.err)
	}
	m.note, m.urgent = message.Count(msg.disks, "%d disk is being erased", "%d disks are being erased"), false
	return nil
}
