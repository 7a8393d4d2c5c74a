package jobserver

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"rasure/cmd/message"
)

// Serve serves the clients that l accepts until ctx ends, or until nothing is left to do for the time of idle; 0: it waits for ever. The
// connections have ended when it returns; jobs that run go on.
func (s *Server) Serve(ctx context.Context, l net.Listener, idle time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	at := newAttendance(idle, cancel)
	go at.watch(ctx, s)
	for {
		c, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil: // of one client, or for want of descriptors
			s.note(message.Of("a client could not be served: %v", err))
			select {
			case <-ctx.Done():
			case <-time.After(mostOften):
			}
			continue
		}
		at.come()
		all.Go(func() {
			defer at.leave()
			if err := s.ServeConn(ctx, c); err != nil && !errors.Is(err, net.ErrClosed) {
				s.note(message.Of("a client was dropped: %v", err))
			}
		})
	}
}

// attendance ends a server that nobody needs.
type attendance struct {
	idle time.Duration
	end  func()

	mu    sync.Mutex // guards what follows
	here  int        // clients
	since time.Time  // when the last one left
}

func newAttendance(idle time.Duration, end func()) *attendance {
	return &attendance{idle: idle, end: end, since: time.Now()}
}

func (a *attendance) come() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.here++
}

func (a *attendance) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.here--
	a.since = time.Now()
}

// watch ends the server when nobody is connected, nothing runs, and no outcome waits to be seen.
func (a *attendance) watch(ctx context.Context, s *Server) {
	if a.idle == 0 {
		return
	}
	every := time.NewTicker(a.idle / 4)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		a.mu.Lock()
		if s.Busy() {
			a.since = time.Now()
		}
		over := a.here == 0 && time.Since(a.since) >= a.idle
		a.mu.Unlock()
		if over {
			a.end()
			return
		}
	}
}
