package wipe_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices/devicetest"
	"rasure/wipe"
)

// A drive that does not come back from a command holds the thread that asked, whatever is done. It must not hold the operator too.
func TestCancelSilentDisk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		stall fault
		says  string
	}{
		{"in a write", fault{Kind: devicetest.Slow, Offset: 20 * 4096, Length: 4096, Delay: 2 * time.Hour}, "pass 1 of 1 (random), writing"},
		{"in a read", fault{Kind: devicetest.Slow, After: 64 * 4096, Delay: 2 * time.Hour}, "pass 1 of 1 (random), reading back"},
		{"in a flush", fault{Kind: devicetest.SlowFlush, Delay: 2 * time.Hour}, "pass 1 of 1 (random)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tg := newTarget(64*4096, 512)
				tg.Inject(c.stall)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				began, ops := time.Now(), 0
				r, err := wipe.Run(ctx, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 4096, Workers: 2})
				if took := time.Since(began); took != 90*time.Second {
					t.Errorf("it took %v to stop, want a minute and 30 s of grace", took)
				}
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("error %v", err)
				}
				if d := r.Exceptions[len(r.Exceptions)-1]; r.Outcome != wipe.Interrupted || d.Code != wipe.CodeInterrupted || !strings.Contains(d.Detail, c.says) {
					t.Errorf("outcome %s, %+v", r.Outcome, d)
				}
				verified := r.Passes[0].Verified
				ops = len(tg.Ops())
				time.Sleep(3 * time.Hour) // the drive comes back
				if r.Passes[0].Verified != verified || len(tg.Ops()) > ops+2 {
					t.Errorf("the report changed, or more than what was under way was done: %d operations, then %d", ops, len(tg.Ops()))
				}
			})
		})
	}
}
