package jobs

import (
	"context"
	"sync"

	"rasure/cmd/internal/job"
	"rasure/cmd/message"
	"rasure/devices"
)

// clientBatch is a batch that the server keeps for this client.
type clientBatch struct {
	c      *Client
	opened Opened

	mu           sync.Mutex // guards what follows
	started      Started
	temperatures map[string]devices.Temperature // by the path of the disk
}

func (b *clientBatch) call(ctx context.Context, m Call, each func(Reply)) (Reply, error) {
	m.Batch = b.opened.ID
	return b.c.call(ctx, m, each)
}

func (b *clientBatch) Disks() []Prepared { return b.opened.Disks }

func (b *clientBatch) Refused(i int) error {
	if i >= len(b.opened.Refused) {
		return nil
	}
	return b.opened.Refused[i].Err()
}

func (b *clientBatch) Recovered() []job.Recovered { return receiveRecovered(b.opened.Recovered) }
func (b *clientBatch) Erasing() []job.Erasing     { return b.opened.Erasing }

func (b *clientBatch) Confirm(ctx context.Context, word string, how How) (int, error) {
	r, err := b.call(ctx, Call{Call: CallConfirm, Word: word, How: how}, nil)
	if err != nil {
		return -1, err
	}
	if r.Number == nil || *r.Number < 0 || *r.Number >= len(b.opened.Disks) {
		return -1, message.Errorf("%w: the server confirmed no disk of the batch", ErrLine)
	}
	return *r.Number, nil
}

func (b *clientBatch) Leave(ctx context.Context, i int) error {
	_, err := b.call(ctx, Call{Call: CallLeave, Number: i}, nil)
	return err
}

func (b *clientBatch) Start(ctx context.Context) error {
	r, err := b.call(ctx, Call{Call: CallStart}, nil)
	if r.Started != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.started = *r.Started
	}
	return err
}

func (b *clientBatch) Started() []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.started.Numbers
}

func (b *clientBatch) Superseded() []job.Recovered {
	b.mu.Lock()
	defer b.mu.Unlock()
	return receiveRecovered(b.started.Superseded)
}

func (b *clientBatch) Wait(ctx context.Context) ([]job.Result, error) { return b.Follow(ctx, nil) }

func (b *clientBatch) Follow(ctx context.Context, o job.Observer) ([]job.Result, error) {
	r, err := b.call(ctx, Call{Call: CallFollow}, func(r Reply) {
		if e := r.Event; e != nil && e.Job >= 0 && e.Job < len(b.Started()) {
			b.measured(*e)
			if o != nil {
				e.show(o)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	all := []job.Result{}
	for _, s := range r.Results {
		all = append(all, s.receive())
	}
	return all, nil
}

// show hands an event to an observer.
func (e Event) show(o job.Observer) {
	if e.Event != nil {
		o.Update(e.Job, *e.Event)
	}
	if e.Outcome != "" {
		o.End(e.Job, e.Outcome)
	}
}

func (b *clientBatch) measured(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.temperatures == nil {
		b.temperatures = map[string]devices.Temperature{}
	}
	path := b.opened.Disks[b.started.Numbers[e.Job]].Disk.Path
	if e.Temperature != nil {
		b.temperatures[path] = *e.Temperature
	} else {
		delete(b.temperatures, path)
	}
}

func (b *clientBatch) Temperature(d devices.Disk) (devices.Temperature, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, ok := b.temperatures[d.Path]
	return t, ok
}

func (b *clientBatch) StopAll(ctx context.Context, reason error) error {
	_, err := b.call(ctx, Call{Call: CallStopAll, Reason: reason.Error()}, nil)
	return err
}

func (b *clientBatch) TerminalLost(ctx context.Context) error {
	_, err := b.call(ctx, Call{Call: CallLost}, nil)
	return err
}

func (b *clientBatch) Close() error {
	_, err := b.call(context.Background(), Call{Call: CallClose}, nil)
	return err
}

var _ Follower = (*clientBatch)(nil)
