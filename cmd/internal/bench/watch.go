package bench

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/jobs"
)

// redraw is how often numbers that only grow are drawn again.
const redraw = 500 * time.Millisecond

// dialAgain is how long a lost connection waits before it is tried again.
const dialAgain = 2 * time.Second

// What the server says, as messages to the model.
type (
	stateMsg  struct{ jobs.State }
	lostMsg   struct{ err error } // the connection; what is on the screen is the past
	onlineMsg struct{ jobs.Service }
)

// follow sends what a service says until ctx ends. When its connection is lost it dials again, as often as it must. It closes every
// service.
func follow(ctx context.Context, s jobs.Service, dial func(context.Context) (jobs.Service, error), send func(tea.Msg)) {
	for ctx.Err() == nil {
		err := watch(ctx, s, send)
		s.Close()
		for ctx.Err() == nil {
			send(lostMsg{err})
			select {
			case <-ctx.Done():
				return
			case <-time.After(dialAgain):
			}
			if s, err = dial(ctx); err == nil {
				send(onlineMsg{s})
				break
			}
		}
	}
}

// watch passes states on: one that shows something new at once, one in which only numbers have moved at most every [redraw].
func watch(ctx context.Context, s jobs.Service, send func(tea.Msg)) error {
	var (
		mu      sync.Mutex
		latest  jobs.State
		arrived = make(chan struct{}, 1)
	)
	ended := make(chan error, 1)
	go func() {
		ended <- s.Watch(ctx, func(st jobs.State) {
			mu.Lock()
			latest = st
			mu.Unlock()
			select {
			case arrived <- struct{}{}:
			default:
			}
		})
	}()
	var sent jobs.State
	var due <-chan time.Time // when a state that waits is sent
	pass := func() {
		mu.Lock()
		sent = latest
		mu.Unlock()
		due = nil
		send(stateMsg{sent})
	}
	first := true
	for {
		select {
		case <-arrived:
			mu.Lock()
			news := first || differ(sent, latest)
			mu.Unlock()
			if first = false; news {
				pass()
			} else if due == nil {
				due = time.After(redraw)
			}
		case <-due:
			pass()
		case err := <-ended:
			if err == nil {
				err = ctx.Err()
			}
			return err
		}
	}
}

// differ reports that b shows more than other numbers. What it overlooks is shown [redraw] later.
func differ(a, b jobs.State) bool {
	if len(a.Disks) != len(b.Disks) || len(a.Jobs) != len(b.Jobs) || len(a.Notices) != len(b.Notices) || (a.Intake == nil) != (b.Intake == nil) {
		return true
	}
	for i, x := range a.Disks {
		y := b.Disks[i]
		if x.Key != y.Key || x.Gone != y.Gone || x.Ready != y.Ready || x.Job != y.Job || len(x.Hazards) != len(y.Hazards) || x.Arrived != y.Arrived {
			return true
		}
	}
	for i, x := range a.Jobs {
		y := b.Jobs[i]
		if x.Disk != y.Disk || x.Phase != y.Phase || x.Outcome != y.Outcome || x.Why != y.Why || (x.Progress.Silent > 0) != (y.Progress.Silent > 0) ||
			x.Progress.Exceptions != y.Progress.Exceptions {
			return true
		}
	}
	return a.Intake != nil && len(a.Intake.Starting) != len(b.Intake.Starting)
}
