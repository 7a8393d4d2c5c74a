package jobserver

import (
	"context"
	"slices"
	"sync"
	"time"

	"rasure/cmd/internal/after"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/progress"
	"rasure/cmd/message"
	"rasure/devices"
)

// batch is disks that were prepared together. It is a [jobs.Follower].
type batch struct {
	s    *Server
	lang message.Language
	own  *job.Batch
	o    jobs.Options

	disks   []jobs.Prepared // one for each request
	refused []error         // of those

	mu         sync.Mutex // held while own changes: it is not made for several goroutines until it runs
	closed     bool
	tasks      []*task // once it runs
	superseded []job.Recovered

	after   after.Options
	done    chan struct{} // closed when all its jobs have ended
	results []job.Result
	failed  error

	followed sync.Mutex // guards what follows
	follow   map[int]job.Observer
	next     int    // number of the next who follows
	early    []news // before the first one
}

func (b *batch) Disks() []jobs.Prepared { return b.disks }

func (b *batch) Refused(i int) error { return b.refused[i] }

func (b *batch) Recovered() []job.Recovered { return b.own.Recovered() }

func (b *batch) Erasing() []job.Erasing { return b.own.Erasing() }

// number returns the number of the request of a job.
func (b *batch) number(d devices.Disk) int {
	return slices.IndexFunc(b.disks, func(p jobs.Prepared) bool { return p.Refused == nil && p.Disk.Path == d.Path })
}

var errStarted = message.New("the batch has started")

// open reports whether the batch can still be changed. The caller holds b.mu.
func (b *batch) open() error {
	switch {
	case b.closed:
		return fault.Refusef("the batch is closed: nothing was erased")
	case b.tasks != nil:
		return fault.Refuse(errStarted)
	}
	return nil
}

func (b *batch) Confirm(ctx context.Context, word string, how jobs.How) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.open(); err != nil {
		return -1, err
	}
	if how == jobs.Replugged {
		if err := b.replugged(word); err != nil {
			return -1, err
		}
	}
	i, err := b.own.Confirm(ctx, word, how)
	if err != nil {
		return -1, err
	}
	return b.number(b.own.Jobs()[i].Disk), nil
}

func (b *batch) Leave(_ context.Context, i int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.open(); err != nil || i < 0 || i >= len(b.disks) {
		return err
	}
	for _, j := range b.own.Jobs() {
		if b.number(j.Disk) == i {
			b.own.Leave(j.Number)
			b.release(j.Disk.Path)
		}
	}
	return nil
}

// release lets others prepare the disk.
func (b *batch) release(path string) {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	if b.s.held[path] == b {
		delete(b.s.held, path)
		b.s.change()
		b.s.reads.wake()
	}
}

func (b *batch) releaseAll() {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	for path, by := range b.s.held {
		if by == b {
			delete(b.s.held, path)
		}
	}
	b.s.change()
	b.s.reads.wake()
}

// Start begins the jobs of the disks that were confirmed.
func (b *batch) Start(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.open(); err != nil {
		return err
	}
	b.own.KeepConfirmed()
	if len(b.own.Jobs()) == 0 {
		return fault.Refusef("no disk was confirmed: nothing was erased")
	}
	superseded, err := b.own.Supersede()
	b.superseded = superseded
	if err != nil {
		return err
	}
	b.s.begin(b)
	return nil
}

// begin runs the jobs of a batch.
func (s *Server) begin(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for i, info := range b.own.Jobs() {
		r := s.rowOf(info.Disk)
		t := &task{batch: b, number: i, info: info, row: r, operator: b.o.Operator, begun: now, tracker: progress.NewTracker(info.Disk)}
		s.tasks = slices.DeleteFunc(s.tasks, func(o *task) bool { return o.row == r && o.over() })
		s.tasks = append(s.tasks, t)
		b.tasks, r.task = append(b.tasks, t), t
	}
	for path, by := range s.held {
		if by == b {
			delete(s.held, path)
		}
	}
	s.change()
	s.running.Go(func() {
		sleep := s.o.Awake.Begin(s.background)
		b.results, b.failed = b.own.Run(context.Background(), observer{b})
		b.own.Close()
		s.afterBatch(b)
		sleep()
		if b.failed != nil {
			s.fail(b)
		}
		close(b.done)
		s.kick()
	})
}

// fail takes the jobs of a batch off that did not begin.
func (s *Server) fail(b *batch) {
	s.note(message.Of("nothing was erased: %v", b.failed))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tasks = slices.DeleteFunc(s.tasks, func(t *task) bool { return t.batch == b })
	for _, t := range b.tasks {
		t.row.task = nil
	}
	s.change()
}

func (b *batch) Started() (numbers []int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range b.tasks {
		numbers = append(numbers, b.number(t.info.Disk))
	}
	return numbers
}

func (b *batch) Superseded() []job.Recovered {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.superseded
}

func (b *batch) StopAll(_ context.Context, reason error) error {
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	for _, t := range b.tasks {
		t.end(reason)
	}
	b.s.change()
	return nil
}

func (b *batch) TerminalLost(context.Context) error {
	b.own.TerminalLost()
	return nil
}

// Close releases what was not started.
func (b *batch) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.tasks != nil {
		return nil
	}
	b.closed = true
	b.releaseAll()
	return b.own.Close()
}

var _ jobs.Follower = (*batch)(nil)
