package wipe_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices/devicetest"
	"rasure/wipe"
)

// TestClock sets the wall clock while a job runs.
func TestClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		steps []time.Duration // by which the clock is set, every 7 seconds
		want  int64
	}{
		"not set":               {nil, 0},
		"by a second":           {[]time.Duration{time.Second}, 0},
		"back by 50 years":      {[]time.Duration{-50 * 365 * 24 * time.Hour}, -50 * 365 * 24 * 3600},
		"forward by a year":     {[]time.Duration{365 * 24 * time.Hour}, 365 * 24 * 3600},
		"forward and back":      {[]time.Duration{time.Hour, -time.Hour}, 3600},
		"back by three seconds": {[]time.Duration{-3 * time.Second}, -3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tg := newTarget(40*4096, 512)
				tg.Inject(fault{Kind: devicetest.Slow, Delay: time.Second})
				began := time.Now()
				now := func() time.Time {
					d := time.Since(began)
					at := start.Add(d)
					for i, s := range c.steps {
						if d > time.Duration(i+1)*7*time.Second {
							at = at.Add(s)
						}
					}
					return at
				}
				r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 4096, Workers: 2, Now: now})
				if r.Started != start || r.Ended != start.Add(40*time.Second) || r.ClockChange != c.want {
					t.Errorf("from %v to %v, clock changed by %d s, want %d", r.Started, r.Ended, r.ClockChange, c.want)
				}
				sum := time.Duration(0)
				for i, s := range r.ClockSteps {
					by := time.Duration(s.Milliseconds) * time.Millisecond
					if sum += by; by != c.steps[i] || s.At.Sub(start.Add(sum)) <= 0 || s.At.Sub(start.Add(sum)) > 40*time.Second {
						t.Errorf("step %d is %v to %v", i+1, by, s.At)
					}
				}
				if want := len(c.steps); len(r.ClockSteps) != want && name != "by a second" {
					t.Errorf("%d steps, want %d", len(r.ClockSteps), want)
				}
				if p := r.Passes[0]; p.Writing != 20_000 || p.Verifying != 20_000 || p.Elapsed != 40_000 {
					t.Errorf("written for %d ms, read back for %d ms, of %d ms", p.Writing, p.Verifying, p.Elapsed)
				}
				if p := r.Passes[0]; p.Ended.Before(p.Started) || p.WriteBytesPerSecond != 2*4096 || p.VerifyBytesPerSecond != 2*4096 {
					t.Errorf("pass from %v to %v, %d and %d bytes a second", p.Started, p.Ended, p.WriteBytesPerSecond, p.VerifyBytesPerSecond)
				}
			})
		})
	}
	t.Run("state is saved", func(t *testing.T) { // it was not for as long as the clock had been set back
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(400*4096, 512)
			tg.Inject(fault{Kind: devicetest.Slow, Delay: time.Second})
			began, saved := time.Now(), 0
			run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{Block: 4096, Workers: 2, SaveState: func(wipe.State) { saved++ },
				Now: func() time.Time {
					if time.Since(began) > time.Second {
						return start.Add(-time.Hour)
					}
					return start
				}})
			if saved < 6 {
				t.Errorf("saved %d times in 200 s of writing", saved)
			}
		})
	})
	t.Run("set back between two processes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tg := newTarget(resumeSize, 512)
			states := interrupted(t, tg, "clear-random", 150*4096)
			s := states[len(states)-1]
			for _, c := range []struct {
				now  time.Duration // against the last time of the state
				want int64
			}{{-24 * time.Hour, -24 * 3600}, {time.Hour, 0}} {
				at := s.Report.Ended.Add(c.now)
				r, err := wipe.Run(context.Background(), tg, s.Report.Plan, wipe.RunOptions{Resume: &s, Now: func() time.Time { return at }})
				if err != nil || r.Ended.Before(r.Started) || r.ClockChange != c.want || len(r.ClockSteps) > 0 != (c.want != 0) || r.Passes[0].Ended.Before(r.Passes[0].Started) {
					t.Errorf("%v: from %v to %v, clock changed by %d s, want %d: %v", c.now, r.Started, r.Ended, r.ClockChange, c.want, err)
				}
			}
		})
	})
}

// A pass that was interrupted took what it took before, and what it takes after. A file that says otherwise is damaged.
func TestTimesOfResumedPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(resumeSize, 512)
		states := interrupted(t, tg, "clear-random", 150*4096)
		last := states[len(states)-1]
		was := last.Report.Passes[0]
		if was.Writing < 30_000 || was.Verifying != 0 || was.Elapsed < was.Writing {
			t.Errorf("before: %+v", was)
		}
		p := plan(t, tg.disk, wipe.PlanOptions{Scheme: "clear-random"})
		for name, edit := range map[string]func(p *wipe.PassReport){
			"less than nothing": func(p *wipe.PassReport) { p.Writing = -1 },
			"more than all":     func(p *wipe.PassReport) { p.Verifying = p.Elapsed + 1 },
		} {
			bad := last
			bad.Report.Passes = []wipe.PassReport{was}
			edit(&bad.Report.Passes[0])
			if _, err := wipe.Run(t.Context(), tg, p, wipe.RunOptions{Resume: &bad}); err == nil || !strings.Contains(err.Error(), "inconsistent") {
				t.Errorf("%s: %v", name, err)
			}
		}
		tg.Inject(fault{Kind: devicetest.Slow, Delay: time.Second})
		r := run(t, tg, p, wipe.RunOptions{Block: 4096, Workers: 2, Resume: &last})
		if is := r.Passes[0]; is.Writing <= was.Writing || is.Verifying != 200_000 || is.Elapsed < is.Writing+is.Verifying || is.Elapsed < was.Elapsed+is.Verifying {
			t.Errorf("before %+v, after %+v", was, is)
		}
	})
}
