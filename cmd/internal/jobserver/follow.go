package jobserver

import (
	"context"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// observer takes the news of a batch that runs.
type observer struct{ *batch }

// Update takes an event of a job.
func (b observer) Update(i int, e wipe.Event) {
	b.s.mu.Lock()
	b.tasks[i].update(e, time.Now())
	b.s.change()
	b.s.mu.Unlock()
	b.tell(news{i, &e, ""})
}

// Measured takes the temperature of a job's drive.
func (b observer) Measured(i int, celsius devices.Temperature, ok bool) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	t := b.tasks[i]
	t.temperature, t.measured = celsius, ok
	t.tracker.Measured(celsius, ok)
	b.s.change()
}

// End takes the outcome of a job.
func (b observer) End(i int, o wipe.Outcome) {
	r := b.own.Result(i)
	b.s.mu.Lock()
	t := b.tasks[i]
	t.result = &r
	t.tracker.End(o, time.Now())
	t.row.probed, t.row.onIt, t.row.asked = t.row.disk.Bus == devices.File, message.Text{}, time.Time{}
	b.s.change()
	b.s.mu.Unlock()
	b.tell(news{i, nil, o})
	b.s.kick()
}

// news is an event of a job, or its outcome.
type news struct {
	job     int
	event   *wipe.Event
	outcome wipe.Outcome
}

func (n news) tell(o job.Observer) {
	if n.event != nil {
		o.Update(n.job, *n.event)
	} else {
		o.End(n.job, n.outcome)
	}
}

// maxEarly is how many news of a job are kept for the first who follows the batch. Chosen: it asks right after the start.
const maxEarly = 16

func (b *batch) tell(n news) {
	b.followed.Lock()
	defer b.followed.Unlock()
	for _, o := range b.follow {
		n.tell(o)
	}
	if b.next == 0 && len(b.early) < maxEarly*len(b.tasks) {
		b.early = append(b.early, n)
	}
}

// join has an observer follow the batch until leave is called. The first one also sees what happened before.
func (b *batch) join(o job.Observer) (leave func()) {
	b.followed.Lock()
	defer b.followed.Unlock()
	for _, n := range b.early {
		n.tell(o)
	}
	b.early = nil
	n := b.next
	b.next++
	b.follow[n] = o
	return func() {
		b.followed.Lock()
		defer b.followed.Unlock()
		delete(b.follow, n)
	}
}

func (b *batch) Wait(ctx context.Context) ([]job.Result, error) { return b.Follow(ctx, nil) }

func (b *batch) Follow(ctx context.Context, o job.Observer) ([]job.Result, error) {
	if len(b.Started()) == 0 {
		return nil, fault.Refusef("the batch has not started")
	}
	if o != nil {
		defer b.join(o)()
	}
	select {
	case <-b.done:
		return b.results, b.failed
	case <-ctx.Done():
		return nil, message.Errorf("%w: the jobs go on", fault.ErrInterrupted)
	}
}

func (b *batch) Temperature(d devices.Disk) (devices.Temperature, bool) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	for _, t := range b.tasks {
		if t.info.Disk.Path == d.Path {
			return t.temperature, t.measured
		}
	}
	return devices.Temperature{}, false
}
