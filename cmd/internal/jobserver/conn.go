package jobserver

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"sync"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// conn is a client. What it prepared and did not start ends with it.
type conn struct {
	s   *Server
	v   *service
	out *outbox

	mu      sync.Mutex // guards what follows
	calls   map[int64]context.CancelFunc
	batches map[int64]*batch
	last    int64 // id of a batch
}

// defaultPatience is how long a client may take nothing. Chosen; it is also how long a hello may take.
const defaultPatience = 15 * time.Second

// farewell is how long a client that is dropped may still send. Chosen.
const farewell = time.Second

// ServeConn serves a client until it leaves or ctx ends. It closes the connection.
func (s *Server) ServeConn(ctx context.Context, c net.Conn) error {
	defer c.Close()
	patience := cmp.Or(s.o.Patience, defaultPatience)
	lines := bufio.NewReader(c)
	c.SetDeadline(time.Now().Add(patience))
	hello, err := greet(c, lines)
	if err != nil {
		return err
	}
	c.SetDeadline(time.Time{})
	defer context.AfterFunc(ctx, func() { c.Close() })()
	ctx, cancel := context.WithCancel(ctx)
	k := &conn{s: s, v: &service{s, hello.Language}, out: &outbox{conn: c, patience: patience, wake: make(chan struct{}, 1)}, calls: map[int64]context.CancelFunc{}, batches: map[int64]*batch{}}
	written := make(chan error, 1)
	go func() {
		err := k.out.run()
		if err != nil {
			c.Close() // also ends the reading
		}
		written <- err
	}()
	var calls sync.WaitGroup
	err = k.read(ctx, lines, &calls)
	if errors.Is(err, jobs.ErrLine) { // say why before the client is dropped
		k.out.add("", jobs.Reply{Done: true, Error: fault.Send(fault.Usage(err), k.v.lang)})
	}
	cancel()
	calls.Wait()
	k.leave()
	k.out.close()
	failed := <-written
	if errors.Is(err, jobs.ErrLine) && failed == nil { // the kernel takes back what the client has not read yet if we leave something unread
		c.SetReadDeadline(time.Now().Add(farewell))
		io.Copy(io.Discard, lines)
	}
	return errors.Join(err, failed)
}

// greet exchanges the first lines.
func greet(c net.Conn, lines *bufio.Reader) (hello jobs.Hello, err error) {
	own := jobs.Hello{Protocol: jobs.Protocol, Version: station.Version}
	err = jobs.ReadLine(lines, jobs.MaxCall, &hello)
	l, known := message.Parse(string(hello.Language))
	if !known {
		l = message.English
	}
	hello.Language = l
	switch {
	case err == nil && hello.Protocol == 0:
		err = fault.Usage(message.Errorf("%w: it is no greeting", jobs.ErrLine))
	case err == nil && hello.Protocol != jobs.Protocol:
		err = fault.WithHint(fault.Refusef("the job server is rasure %s and speaks version %d of its protocol; the program that called it is rasure %s and speaks version %d",
			station.Version, jobs.Protocol, hello.Version, hello.Protocol), "when its jobs have ended, restart it: the next command starts a server of its own version")
	}
	own.Error = fault.Send(err, l)
	return hello, errors.Join(err, jobs.WriteLine(c, own))
}

// read takes calls until the client leaves. Each call has a goroutine: those that wait do not keep others from being answered.
func (k *conn) read(ctx context.Context, lines *bufio.Reader, calls *sync.WaitGroup) error {
	for {
		var m jobs.Call
		if err := jobs.ReadLine(lines, jobs.MaxCall, &m); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return err
		}
		if m.Call == jobs.CallCancel {
			k.cancel(m.Cancels)
			continue
		}
		within, ok := k.open(ctx, m.ID)
		if !ok {
			return message.Errorf("%w: two calls have the id %d", jobs.ErrLine, m.ID)
		}
		calls.Go(func() {
			r, err := k.do(within, m)
			r.ID, r.Done, r.Error = m.ID, true, fault.Send(err, k.v.lang)
			k.cancel(m.ID)
			if k.out.add("", r) != nil {
				k.out.conn.Close()
			}
		})
	}
}

// open begins a call; false if one of that id is under way.
func (k *conn) open(ctx context.Context, id int64) (within context.Context, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.calls[id] != nil {
		return nil, false
	}
	within, k.calls[id] = context.WithCancel(ctx)
	return within, true
}

// cancel ends a call.
func (k *conn) cancel(id int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if end := k.calls[id]; end != nil {
		end()
		delete(k.calls, id)
	}
}

// leave closes what the client has not started.
func (k *conn) leave() {
	k.mu.Lock()
	all := maps.Clone(k.batches)
	k.mu.Unlock()
	for _, b := range all {
		b.Close()
	}
}

// do carries a call out.
func (k *conn) do(ctx context.Context, m jobs.Call) (r jobs.Reply, err error) {
	if m.Options == nil {
		m.Options = &jobs.Options{}
	}
	switch m.Call {
	case jobs.CallWatch:
		return r, k.v.Watch(ctx, func(st jobs.State) { k.news(fmt.Sprint("state ", m.ID), jobs.Reply{ID: m.ID, State: &st}) })
	case jobs.CallPrepare:
		r.Batch, err = k.prepare(ctx, m)
		return r, err
	case jobs.CallStop:
		return r, k.v.Stop(ctx, m.Disk, m.Word)
	case jobs.CallPause:
		return r, k.v.Pause(ctx, m.Disk)
	case jobs.CallContinue:
		return r, k.v.Continue(ctx, m.Disk)
	case jobs.CallSeen:
		return r, k.v.Seen(ctx, m.Disks)
	case jobs.CallLocate:
		r.How, err = k.v.Locate(ctx, m.Disk)
		return r, err
	case jobs.CallUnmount:
		return r, k.v.Unmount(ctx, m.Disk)
	case jobs.CallArm:
		return r, k.v.Arm(ctx, m.Word, *m.Options)
	case jobs.CallDisarm:
		return r, k.v.Disarm(ctx)
	case jobs.CallHold:
		return r, k.v.Hold(ctx, m.Disk)
	}
	return k.doBatch(ctx, m)
}

func (k *conn) prepare(ctx context.Context, m jobs.Call) (*jobs.Opened, error) {
	p, err := k.v.Prepare(ctx, *m.Options, m.Requests)
	if err != nil {
		return nil, err
	}
	b := p.(*batch)
	k.mu.Lock()
	k.last++
	id := k.last
	k.batches[id] = b
	k.mu.Unlock()
	o := &jobs.Opened{ID: id, Disks: b.disks, Recovered: jobs.SendRecovered(b.Recovered(), k.v.lang), Erasing: b.Erasing()}
	for _, err := range b.refused {
		o.Refused = append(o.Refused, fault.Send(err, k.v.lang))
	}
	return o, nil
}

func (k *conn) doBatch(ctx context.Context, m jobs.Call) (r jobs.Reply, err error) {
	k.mu.Lock()
	b := k.batches[m.Batch]
	k.mu.Unlock()
	if b == nil && m.Call == jobs.CallClose {
		return r, nil
	}
	if b == nil {
		return r, fault.Usagef("there is no call %q, or no batch %d", m.Call, m.Batch)
	}
	switch m.Call {
	case jobs.CallConfirm:
		i, err := b.Confirm(ctx, m.Word, m.How)
		r.Number = &i
		return r, err
	case jobs.CallLeave:
		return r, b.Leave(ctx, m.Number)
	case jobs.CallStart:
		err = b.Start(ctx)
		r.Started = &jobs.Started{Numbers: append([]int{}, b.Started()...), Superseded: jobs.SendRecovered(b.Superseded(), k.v.lang)}
		return r, err
	case jobs.CallFollow:
		all, err := b.Follow(ctx, &remote{k, m.ID, b})
		for _, res := range all {
			r.Results = append(r.Results, jobs.ResultOf(res, k.v.lang))
		}
		return r, err
	case jobs.CallStopAll:
		return r, b.StopAll(ctx, message.Errorf("%s", m.Reason))
	case jobs.CallLost:
		return r, b.TerminalLost(ctx)
	case jobs.CallClose:
		k.mu.Lock()
		delete(k.batches, m.Batch)
		k.mu.Unlock()
		return r, b.Close()
	}
	return r, fault.Usagef("there is no call %q", m.Call)
}

// news sends what may give way to something newer.
func (k *conn) news(about string, r jobs.Reply) {
	if k.out.add(about, r) != nil {
		k.out.conn.Close()
	}
}

// remote is an observer at the other end of a connection.
type remote struct {
	k  *conn
	id int64
	b  *batch
}

// Update sends an event. The last one of a step must arrive.
func (o *remote) Update(i int, e wipe.Event) {
	about := fmt.Sprintf("event %d %d", o.id, i)
	if e.Done == e.Total && e.Silent == 0 {
		about = ""
	}
	o.k.news(about, jobs.Reply{ID: o.id, Event: &jobs.Event{Job: i, Event: &e, Temperature: o.temperature(i)}})
}

// End sends an outcome.
func (o *remote) End(i int, outcome wipe.Outcome) {
	o.k.news("", jobs.Reply{ID: o.id, Event: &jobs.Event{Job: i, Outcome: outcome, Temperature: o.temperature(i)}})
}

func (o *remote) temperature(i int) *devices.Temperature {
	t, ok := o.b.Temperature(o.b.tasks[i].info.Disk)
	if !ok {
		return nil
	}
	return &t
}

var _ job.Observer = (*remote)(nil)
