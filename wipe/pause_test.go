package wipe_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices/devicetest"
	"rasure/wipe"
)

// pausing runs a job on a drive whose transfers take a second each, and shuts the gate when it has come so far. While the job waits, for
// an hour, it calls meanwhile; then it opens the gate.
func pausing(t *testing.T, tg target, p wipe.Plan, at int64, o wipe.RunOptions, meanwhile func()) (r wipe.Report, err error, pauses []bool) {
	t.Helper()
	tg.Inject(fault{Kind: devicetest.Slow, Delay: time.Second})
	gate, paused := &wipe.Gate{}, make(chan struct{})
	if at == 0 {
		gate.Shut()
	}
	o.Gate, o.Block, o.Workers = gate, 4096, 2
	o.OnEvent = func(e wipe.Event) {
		if at > 0 && e.JobDone >= at {
			gate.Shut()
			at = 1 << 62
		}
		if e.Paused != (len(pauses) > 0 && pauses[len(pauses)-1]) {
			t.Errorf("the event says paused: %v, after %v", e.Paused, pauses)
		}
	}
	o.OnPause = func(is bool) {
		pauses = append(pauses, is)
		if is && len(pauses) == 1 {
			close(paused)
		}
	}
	go func() {
		<-paused
		time.Sleep(30 * time.Minute)
		before := len(tg.Ops())
		meanwhile()
		time.Sleep(30 * time.Minute)
		if n := len(tg.Ops()) - before; n != 0 {
			t.Errorf("%d transfers and flushes during the pause", n)
		}
		gate.Open()
	}()
	r, err = wipe.Run(t.Context(), tg, p, o)
	return r, err, pauses
}

// TestPause pauses a job at each of its steps. What it says about its speed is what it says without a pause.
func TestPause(t *testing.T) {
	t.Parallel()
	const size = 40 * 4096
	for _, scheme := range []string{"flash-clear", "clear-zero"} { // clear-zero begins with keyed blocks
		for _, at := range []int64{0, 8 * 4096, size + 8*4096, 2*size + 8*4096} {
			synctest.Test(t, func(t *testing.T) {
				plain := newTarget(size, 512)
				plain.Inject(fault{Kind: devicetest.Slow, Delay: time.Second})
				p := plan(t, plain.disk, wipe.PlanOptions{Scheme: scheme})
				want := run(t, plain, p, wipe.RunOptions{Block: 4096, Workers: 2})

				tg := newTarget(size, 512)
				began := time.Now()
				r, err, pauses := pausing(t, tg, p, at, wipe.RunOptions{}, func() {})
				if err != nil || r.Outcome != wipe.Verified || !slices.Equal(pauses, []bool{true, false}) || time.Since(began) < time.Hour {
					t.Errorf("%s at %d: %v, %s, %v", scheme, at, err, r.Outcome, pauses)
				}
				for i, got := range r.Passes {
					speeds := func(p wipe.PassReport) string {
						return fmt.Sprint(p.WriteBytesPerSecond, p.VerifyBytesPerSecond, p.Writing, p.Verifying, p.Elapsed)
					}
					if g, w := speeds(got), speeds(want.Passes[i]); g != w {
						t.Errorf("%s at %d, pass %d: %s, without a pause %s", scheme, at, i+1, g, w)
					}
				}
				content(t, tg, r.Passes[len(r.Passes)-1])
			})
		}
	}
}

// TestPauseSaves saves how far the job is when it pauses: a process that is killed then loses nothing that was written.
func TestPauseSaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(40*4096, 512)
		var last wipe.State
		written := int64(0)
		r, err, _ := pausing(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), 8*4096, wipe.RunOptions{SaveState: func(s wipe.State) { last = s }}, func() {
			ops := tg.Ops()
			for _, op := range ops {
				if op.Kind == devicetest.Write {
					written += op.Length
				}
			}
			if last.WrittenTo != written || written < 8*4096 || ops[len(ops)-1].Kind != devicetest.Flush {
				t.Errorf("%d bytes were written, the state says %d; the last operation is %s", written, last.WrittenTo, ops[len(ops)-1].Kind)
			}
		})
		if err != nil || r.Outcome != wipe.Verified || written == 0 {
			t.Errorf("%v, %s, %d bytes before the pause", err, r.Outcome, written)
		}
	})
}

// TestPauseCancelled stops a job that waits. It ends at once, and can be resumed.
func TestPauseCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size = 40 * 4096
		tg := newTarget(size, 512)
		p := plan(t, tg.disk, wipe.PlanOptions{})
		gate, pauses := &wipe.Gate{}, []bool{}
		var last wipe.State
		ctx, cancel := context.WithCancel(t.Context())
		var cancelled time.Time
		r, err := wipe.Run(ctx, tg, p, wipe.RunOptions{Gate: gate, Block: 4096, Workers: 2, SaveState: func(s wipe.State) { last = s },
			OnEvent: func(e wipe.Event) {
				if e.JobDone == 0 {
					gate.Shut()
				}
			},
			OnPause: func(is bool) {
				if pauses = append(pauses, is); is {
					time.AfterFunc(time.Hour, func() { cancelled = time.Now(); cancel() })
				}
			}})
		if !errors.Is(err, context.Canceled) || r.Outcome != wipe.Interrupted || !slices.Equal(pauses, []bool{true, false}) || time.Since(cancelled) > time.Second {
			t.Errorf("%v, %s, %v, %v after it was stopped", err, r.Outcome, pauses, time.Since(cancelled))
		}
		again := run(t, tg, p, wipe.RunOptions{Resume: &last, Block: 4096, Workers: 2})
		if again.Outcome != wipe.Verified {
			t.Errorf("resumed: %s", again.Outcome)
		}
	})
}

// TestPauseAmongErrors pauses a job that splits a block: it waits in the middle of the block, and finds the same bad sector.
func TestPauseAmongErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size = 40 * 4096
		tg := newTarget(size, 512)
		tg.Inject(fault{Kind: devicetest.Unwritable, Offset: 9*4096 + 1024, Length: 512})
		r, err, pauses := pausing(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), 8*4096, wipe.RunOptions{}, func() {})
		if err != nil || !slices.Equal(pauses, []bool{true, false}) || len(r.Passes) != 1 ||
			!slices.Equal(r.Passes[0].Unwritten, []wipe.Extent{{Offset: 9*4096 + 1024, Length: 512}}) {
			t.Errorf("%v, %v, %+v", err, pauses, r.Passes)
		}
	})
}

// TestPauseInZone pauses a job in the middle of a zone that then fails once: only the command that failed counts as time spent on errors.
func TestPauseInZone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newZoned(t, zoneBytes, 3)
		tg.Inject(fault{Kind: devicetest.Unwritable, Offset: 5*zoneBytes + 48<<10, Length: 512, Times: 1})
		o := wipe.RunOptions{ErrorBudget: 2 * time.Second}
		r, err, pauses := pausing(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "clear-random"}), 4*zoneBytes+64<<10, o, func() {})
		if err != nil || !slices.Equal(pauses, []bool{true, false}) || r.Passes[0].Retries != 1 {
			t.Errorf("%v, %v, %+v", err, pauses, r.Passes)
		}
		expect(t, r, wipe.Verified, "")
	})
}

// TestPauseAgain opens and shuts a gate in quick succession, from several goroutines: the job gets through, and its pauses begin and end in
// turn.
func TestPauseAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(400*4096, 512)
		tg.Inject(fault{Kind: devicetest.Slow, Delay: 7 * time.Millisecond})
		gate, done := &wipe.Gate{}, make(chan struct{})
		ended := make(chan struct{})
		for i := range 3 {
			go func() {
				for n := 0; ; n++ {
					select {
					case <-done:
						gate.Open()
						ended <- struct{}{}
						return
					case <-time.After(time.Duration(3+2*i+n%5) * time.Millisecond):
					}
					if n%2 == 0 {
						gate.Shut()
					} else {
						gate.Open()
					}
				}
			}()
		}
		pauses := 0
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Gate: gate, Block: 4096, Workers: 4, OnPause: func(is bool) {
			if is != (pauses%2 == 0) {
				t.Errorf("pause %d: %v", pauses, is)
			}
			pauses++
		}})
		close(done)
		for range 3 {
			<-ended
		}
		if r.Outcome != wipe.Verified || pauses == 0 || pauses%2 != 0 {
			t.Errorf("%s, %d beginnings and ends", r.Outcome, pauses)
		}
	})
}
