package pump

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Gate is where workers wait before their next transfer while it is shut. The zero value is open, and so is nil. Its methods may be called
// from several goroutines.
type Gate struct {
	mu   sync.Mutex // of Shut and Open
	shut atomic.Pointer[chan struct{}]
}

// Shut has workers wait. A transfer that is under way ends first.
func (g *Gate) Shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut.Load() == nil {
		opened := make(chan struct{})
		g.shut.Store(&opened)
	}
}

// Open lets workers go on.
func (g *Gate) Open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if opened := g.shut.Swap(nil); opened != nil {
		close(*opened)
	}
}

// opens is closed when a gate that is shut opens; nil if it is open.
func (g *Gate) opens() <-chan struct{} {
	if g == nil {
		return nil
	}
	if opened := g.shut.Load(); opened != nil {
		return *opened
	}
	return nil
}

// rest waits while the gate is shut, until ctx ends.
func (s *Step) rest(ctx context.Context) {
	for opens := s.pump.opts.Gate.opens(); opens != nil && ctx.Err() == nil; opens = s.pump.opts.Gate.opens() {
		s.count(0, 1)
		select {
		case <-opens:
		case <-ctx.Done():
		}
		s.count(0, -1)
	}
}

// count counts workers, and those that rest. When all that there are rest, it sends to s.rested.
func (s *Step) count(working, resting int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.working += working
	s.resting += resting
	if s.resting > 0 && s.resting == s.working {
		select {
		case s.rested <- struct{}{}:
		default:
		}
	}
}

// pause is one time in which all workers of a step rest. It belongs to the goroutine of [Step.Run].
type pause struct {
	step  *Step
	opens <-chan struct{} // nil: no pause
	began time.Time
}

// begin begins a pause, unless a worker has gone on meanwhile.
func (p *pause) begin() {
	s := p.step
	opens := s.pump.opts.Gate.opens()
	s.mu.Lock()
	all := s.resting > 0 && s.resting == s.working
	s.mu.Unlock()
	if opens == nil || !all || p.opens != nil {
		return
	}
	p.opens, p.began = opens, time.Now()
	if s.onPause != nil {
		s.onPause(true)
	}
}

// end ends a pause, if there is one.
func (p *pause) end() {
	if p.opens == nil {
		return
	}
	s := p.step
	p.opens = nil
	s.paused += time.Since(p.began)
	s.tuner.interrupted()
	if s.onPause != nil {
		s.onPause(false)
	}
}
