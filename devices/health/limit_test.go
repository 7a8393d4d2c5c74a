package health

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// port counts how often it was closed.
type port struct{ closed atomic.Int32 }

func (p *port) Close() error {
	p.closed.Add(1)
	return nil
}

// TestLine_Once: after a command that was given up nothing is sent, and the port stays open until that command has returned.
func TestLine_Once(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, p, answers := &line{}, &port{}, make(chan int)
		var sent atomic.Int32
		send := func() (int, error) {
			sent.Add(1)
			return <-answers, nil
		}
		start := time.Now()
		if _, err := ask(t.Context(), l, send); !errors.Is(err, ErrSilent) || time.Since(start) != question {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if _, err := ask(t.Context(), l, send); !errors.Is(err, ErrSilent) || sent.Load() != 1 {
			t.Errorf("%v, %d commands were sent", err, sent.Load())
		}
		l.close(p)
		synctest.Wait()
		if p.closed.Load() != 0 {
			t.Error("the port was closed under a command")
		}
		answers <- 1
		synctest.Wait()
		if p.closed.Load() != 1 {
			t.Error("the port was not closed")
		}
	})
}
