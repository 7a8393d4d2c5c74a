// Package benchtest is a job server in memory, for tests of the screen. It keeps the rules of [jobs.Service]: claims end with Close,
// words are compared without case, a disk that left or has a hazard is refused, and every connection can be cut.
package benchtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
)

// Server is what all connections share.
type Server struct {
	// Refuse returns why a disk is refused although its row has no hazard; nil: it is not. It may be changed between requests.
	Refuse func(jobs.Disk) *jobs.Note
	// Plan changes what is planned for a disk.
	Plan func(*jobs.Prepared)
	// Slow is called before disks are claimed.
	Slow func(context.Context)

	mu      sync.Mutex
	state   jobs.State
	calls   []string
	claimed map[string]*Service // by whom
	watch   map[*Service]func(jobs.State)
	cut     map[*Service]chan error
}

// New returns a server with that state.
func New(s jobs.State) *Server {
	return &Server{state: s, claimed: map[string]*Service{}, watch: map[*Service]func(jobs.State){}, cut: map[*Service]chan error{}}
}

// Dial connects.
func (s *Server) Dial(context.Context) (jobs.Service, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &Service{server: s}
	s.cut[c] = make(chan error, 1)
	return c, nil
}

// Change changes the state and shows it to every connection.
func (s *Server) Change(f func(*jobs.State)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.state
	next.Disks, next.Jobs, next.Notices = slices.Clone(next.Disks), slices.Clone(next.Jobs), slices.Clone(next.Notices)
	f(&next)
	s.state = next
	for _, show := range s.watch {
		show(next)
	}
}

// Cut ends every connection with an error.
func (s *Server) Cut(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.cut {
		c <- err
	}
	s.cut = map[*Service]chan error{}
	clear(s.claimed)
}

// Calls are what was asked for so far, one request each: "stop sda WORD".
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Claims are the keys of disks that are claimed and not started, sorted.
func (s *Server) Claims() (keys []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.claimed {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Service is one connection.
type Service struct {
	server *Server
	closed bool
}

func (c *Service) call(format string, args ...any) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.server.calls = append(c.server.calls, fmt.Sprintf(format, args...))
}

func (c *Service) find(key string) (jobs.Disk, *jobs.Job) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	var d jobs.Disk
	for _, x := range c.server.state.Disks {
		if x.Key == key {
			d = x
		}
	}
	for _, j := range c.server.state.Jobs {
		if j.Disk == key && j.Phase != jobs.Ended {
			return d, &j
		}
	}
	return d, nil
}

func (c *Service) Watch(ctx context.Context, show func(jobs.State)) error {
	c.server.mu.Lock()
	cut := c.server.cut[c]
	c.server.watch[c] = show
	show(c.server.state)
	c.server.mu.Unlock()
	defer func() {
		c.server.mu.Lock()
		defer c.server.mu.Unlock()
		delete(c.server.watch, c)
	}()
	if cut == nil {
		return errors.New("connection closed")
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-cut:
		return err
	}
}

func (c *Service) Prepare(ctx context.Context, o jobs.Options, requests []jobs.Request) (jobs.Batch, error) {
	c.call("prepare %s%s", cmp.Or(o.Level, "clear"), words(requests))
	if c.server.Slow != nil {
		c.server.Slow(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b := &batch{service: c, options: o, how: map[int]jobs.How{}}
	for _, r := range requests {
		d, running := c.find(r.Disk)
		p := jobs.Prepared{Disk: d, Word: d.Word, Scheme: cmp.Or(r.Scheme, o.Scheme, "clear-random"), Passes: 1, Level: cmp.Or(string(r.Level), o.Level, "clear"), Verify: cmp.Or(string(r.Verify), o.Verify, "full"), Minutes: d.Minutes, Medium: d.Medium}
		switch {
		case d.Key == "" || d.Gone:
			p.Disk.Key = r.Disk
			p.Refused = &jobs.Note{Code: "gone", Text: "the disk was removed"}
		case running != nil:
			p.Refused = &jobs.Note{Code: "open", Text: "it is being erased"}
		case len(d.Hazards) > 0:
			p.Refused = &d.Hazards[0]
		case c.server.Refuse != nil:
			p.Refused = c.server.Refuse(d)
		}
		c.server.mu.Lock()
		if p.Refused == nil && c.server.claimed[d.Key] != nil {
			p.Refused = &jobs.Note{Code: "held", Text: "another window has claimed it"}
		} else if p.Refused == nil {
			c.server.claimed[d.Key] = c
		}
		c.server.mu.Unlock()
		if c.server.Plan != nil {
			c.server.Plan(&p)
		}
		b.disks = append(b.disks, p)
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.closed {
		c.release()
		return nil, errors.New("connection closed")
	}
	return b, nil
}

// release ends the claims of the connection. The caller holds the mutex.
func (c *Service) release() {
	maps.DeleteFunc(c.server.claimed, func(_ string, by *Service) bool { return by == c })
}

func words(requests []jobs.Request) string {
	var b strings.Builder
	for _, r := range requests {
		b.WriteString(" " + r.Disk)
		if r.Medium != "" {
			b.WriteString("=" + r.Medium)
		}
		for _, s := range []string{string(r.Level), r.Scheme, string(r.Verify), r.Asset, r.SourceHost, r.Order, r.Customer, r.Note} {
			if s != "" {
				b.WriteString("/" + s)
			}
		}
	}
	return b.String()
}

func (c *Service) change(key string, phase jobs.Phase) error {
	if _, j := c.find(key); j == nil {
		return fault.Refusef("%s is not being erased", key)
	}
	c.server.Change(func(s *jobs.State) {
		for i := range s.Jobs {
			if s.Jobs[i].Disk == key {
				s.Jobs[i].Phase = phase
			}
		}
	})
	return nil
}

func (c *Service) Stop(_ context.Context, key, word string) error {
	c.call("stop %s %s", key, word)
	if d, _ := c.find(key); !strings.EqualFold(d.Word, word) {
		return fault.Refusef("%q does not confirm %s", word, key)
	}
	return c.change(key, jobs.Stopping)
}

func (c *Service) Pause(_ context.Context, key string) error {
	c.call("pause %s", key)
	return c.change(key, jobs.Paused)
}

func (c *Service) Continue(_ context.Context, key string) error {
	c.call("continue %s", key)
	return c.change(key, jobs.Running)
}

func (c *Service) Seen(_ context.Context, keys []string) error {
	c.call("seen %s", strings.Join(keys, " "))
	c.server.Change(func(s *jobs.State) {
		s.Jobs = slices.DeleteFunc(s.Jobs, func(j jobs.Job) bool { return j.Phase == jobs.Ended && slices.Contains(keys, j.Disk) })
		s.Disks = slices.DeleteFunc(s.Disks, func(d jobs.Disk) bool { return d.Gone && slices.Contains(keys, d.Key) })
	})
	return nil
}

func (c *Service) Locate(_ context.Context, key string) (string, error) {
	c.call("locate %s", key)
	return "the disk is read for 10 seconds", nil
}

func (c *Service) Unmount(_ context.Context, key string) error {
	c.call("unmount %s", key)
	c.server.Change(func(s *jobs.State) {
		for i := range s.Disks {
			if s.Disks[i].Key == key {
				s.Disks[i].Hazards, s.Disks[i].Ready = nil, true
			}
		}
	})
	return nil
}

func (c *Service) Arm(_ context.Context, word string, o jobs.Options) error {
	c.call("arm %s", word)
	if word != jobs.ArmWord {
		return fault.Refusef("%q does not begin the intake mode", word)
	}
	c.server.Change(func(s *jobs.State) { s.Intake = &jobs.Intake{Since: s.Time, Operator: o.Operator} })
	return nil
}

func (c *Service) Disarm(context.Context) error {
	c.call("disarm")
	c.server.Change(func(s *jobs.State) { s.Intake = nil })
	return nil
}

func (c *Service) Hold(_ context.Context, key string) error {
	c.call("hold %s", key)
	c.server.Change(func(s *jobs.State) {
		in := *s.Intake
		in.Starting = slices.DeleteFunc(slices.Clone(in.Starting), func(x jobs.Count) bool { return x.Disk == key })
		s.Intake = &in
	})
	return nil
}

func (c *Service) Close() error {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.closed = true
	c.release()
	return nil
}

// batch is claimed disks of one connection.
type batch struct {
	service *Service
	options jobs.Options
	disks   []jobs.Prepared
	how     map[int]jobs.How // of those that are confirmed
	left    map[int]bool
}

func (b *batch) Disks() []jobs.Prepared { return slices.Clone(b.disks) }

func (b *batch) Confirm(_ context.Context, word string, how jobs.How) (int, error) {
	b.service.call("confirm %s %s", word, how)
	b.service.server.mu.Lock()
	defer b.service.server.mu.Unlock()
	for i, p := range b.disks {
		if p.Refused == nil && !b.left[i] && strings.EqualFold(p.Word, word) && (how != jobs.Replugged || !p.Disk.Returned.IsZero()) {
			b.how[i] = how
			return i, nil
		}
	}
	return 0, fault.Refuse(message.Errorf("%q is the serial number of none of these disks. Nothing happened", word))
}

func (b *batch) Leave(_ context.Context, i int) error {
	b.service.call("leave %s", b.disks[i].Disk.Key)
	b.service.server.mu.Lock()
	defer b.service.server.mu.Unlock()
	if b.left == nil {
		b.left = map[int]bool{}
	}
	b.left[i] = true
	delete(b.how, i)
	delete(b.service.server.claimed, b.disks[i].Disk.Key)
	return nil
}

func (b *batch) Start(context.Context) error {
	b.service.call("start")
	b.service.server.Change(func(s *jobs.State) {
		for i, p := range b.disks {
			delete(b.service.server.claimed, p.Disk.Key)
			if b.how[i] == "" {
				continue
			}
			s.Jobs = append(s.Jobs, jobs.Job{ID: "01J" + p.Disk.Key, Disk: p.Disk.Key, Phase: jobs.Running, Started: s.Time, Total: 2 * p.Disk.Size, Scheme: p.Scheme,
				Level: p.Level, Verify: p.Verify, Operator: b.options.Operator, Index: -1})
			for k := range s.Disks {
				if s.Disks[k].Key == p.Disk.Key {
					s.Disks[k].Ready, s.Disks[k].Job, s.Disks[k].Arrived = false, "01J"+p.Disk.Key, false
				}
			}
		}
	})
	return nil
}

func (b *batch) Wait(context.Context) ([]job.Result, error) { return nil, nil }

func (b *batch) Close() error {
	b.service.server.mu.Lock()
	defer b.service.server.mu.Unlock()
	for _, p := range b.disks {
		delete(b.service.server.claimed, p.Disk.Key)
	}
	return nil
}

var _ jobs.Service = (*Service)(nil)
