package wipe_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

// watched is a target that says who else uses it.
type watched struct {
	target
	looks   int
	openers func(look int) ([]devices.Opener, error)
	unknown message.Text
	direct  devices.DirectIO
}

func (w *watched) OtherOpeners(context.Context) ([]devices.Opener, error) {
	w.looks++
	if w.openers == nil {
		return nil, nil
	}
	return w.openers(w.looks)
}
func (w *watched) UsersUnknown() message.Text { return w.unknown }
func (w *watched) DirectIO() devices.DirectIO { return w.direct }

func TestWatch(t *testing.T) {
	t.Parallel()
	writer := devices.Opener{PID: 7, Detail: message.Of("process 7 (dd) has it open")}
	reader := devices.Opener{PID: 8, ReadOnly: true, Detail: message.Of("process 8 (smartd) has it open")}
	at := func(n int, o ...devices.Opener) func(int) ([]devices.Opener, error) {
		return func(look int) ([]devices.Opener, error) {
			if look == n {
				return o, nil
			}
			return nil, nil
		}
	}
	always := func(int) ([]devices.Opener, error) { return []devices.Opener{writer, reader}, nil }
	fails := func(int) ([]devices.Opener, error) { return nil, errors.New("no /proc") }
	for name, c := range map[string]struct {
		openers func(int) ([]devices.Opener, error)
		unknown string
		direct  devices.DirectIO
		disk    string // exceptions that limit the outcome of a disk
		image   string // exceptions of an image
		limits  bool   // also of an image
	}{
		"no others":                  {direct: devices.DirectYes},
		"before the first pass":      {openers: at(1, writer), direct: devices.DirectYes, disk: "opened-by-others", image: "opened-by-others", limits: true},
		"after the first writing":    {openers: at(2, writer), direct: devices.DirectYes, disk: "opened-by-others", image: "opened-by-others", limits: true},
		"before the second pass":     {openers: at(4, writer), direct: devices.DirectYes, disk: "opened-by-others", image: "opened-by-others", limits: true},
		"at the end":                 {openers: at(6, writer), direct: devices.DirectYes, disk: "opened-by-others", image: "opened-by-others", limits: true},
		"always":                     {openers: always, direct: devices.DirectYes, disk: "opened-by-others", image: "opened-by-others", limits: true},
		"a reader":                   {openers: at(1, reader), direct: devices.DirectYes},
		"looking fails":              {openers: fails, direct: devices.DirectYes, disk: "users-unknown", image: "users-unknown"},
		"another PID namespace":      {unknown: "not the first PID namespace", direct: devices.DirectYes, disk: "users-unknown", image: "users-unknown"},
		"direct I/O unknown":         {direct: devices.DirectUnknown, disk: "direct-io-unknown", image: "direct-io-unknown"},
		"buffered":                   {direct: devices.DirectNo, disk: "direct-io-unknown", image: "direct-io-unknown"},
		"direct I/O and users":       {unknown: "no", direct: devices.DirectUnknown, disk: "users-unknown direct-io-unknown", image: "users-unknown direct-io-unknown"},
		"only after all is verified": {openers: at(7, writer), direct: devices.DirectYes},
	} {
		for _, medium := range []devices.Medium{devices.Magnetic, devices.Image} {
			w := &watched{target: newTarget(1<<20, 512), openers: c.openers, direct: c.direct}
			if c.unknown != "" {
				w.unknown = message.Of("%s", c.unknown)
			}
			w.disk.Medium = medium
			r := run(t, w, plan(t, w.disk, wipe.PlanOptions{Scheme: "flash-clear"}), wipe.RunOptions{})
			want, outcome := c.disk, wipe.CompletedWithExceptions
			if medium == devices.Image {
				want = c.image
			}
			if want == "" || medium == devices.Image && !c.limits {
				outcome = wipe.Verified
			}
			if got := codes(r); r.Outcome != outcome || got != want {
				t.Errorf("%s, %s: outcome %s [%s], want %s [%s]", name, medium, r.Outcome, got, outcome, want)
			}
			if w.looks != 6 {
				t.Errorf("%s, %s: %d looks, want 6: before and after each writing, and after each reading", name, medium, w.looks)
			}
			if n := len(r.Exceptions); n > 2 {
				t.Errorf("%s, %s: %d exceptions", name, medium, n)
			}
		}
	}
}

// checked is a target whose state is checked by a function.
type checked struct {
	target
	check func() error
}

func (c checked) Check() error { return c.check() }

// TestCheckEachPass changes what a disk is, as when the backing file of a loop device is exchanged, at each of the times that it is checked.
func TestCheckEachPass(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 6; n++ {
		looks := 0
		tg := checked{target: newTarget(1<<20, 512)}
		tg.check = func() error {
			if looks++; looks == n {
				return errors.New("the backing file changed")
			}
			return nil
		}
		r, err := wipe.Run(t.Context(), tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "flash-clear"}), wipe.RunOptions{})
		if !errors.Is(err, devices.ErrLost) {
			t.Errorf("check %d: error %v", n, err)
		}
		expect(t, r, wipe.Failed, wipe.CodeDeviceLost)
	}
}

// TestCancelDuringCheck stops a job while the disk does not answer the question whether it is still there.
func TestCancelDuringCheck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := checked{target: newTarget(1<<20, 512)}
		tg.check = func() error { time.Sleep(3 * time.Hour); return nil }
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		r, err := wipe.Run(ctx, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{})
		if took := time.Since(began); err == nil || took != 90*time.Second {
			t.Errorf("stopped after %v: %v", took, err)
		}
		expect(t, r, wipe.Interrupted, wipe.CodeInterrupted)
		time.Sleep(3 * time.Hour)
	})
}

// hanging is a drive that does not answer a command for three hours.
type hanging struct {
	eraser
	recover bool // hangs in Recover, otherwise in Identify
}

func (h hanging) Identify(ctx context.Context) (devices.Identity, error) {
	if !h.recover {
		time.Sleep(3 * time.Hour)
	}
	return h.eraser.Identify(ctx)
}

func (h hanging) Recover(ctx context.Context, m devices.Method, s devices.Secret) error {
	if h.recover {
		time.Sleep(3 * time.Hour)
	}
	return h.eraser.Recover(ctx, m, s)
}

// TestCancelDuringCommand stops a job while its drive does not answer a command.
func TestCancelDuringCommand(t *testing.T) {
	t.Parallel()
	t.Run("Identify", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := hanging{eraser: newEraser(devicetest.Honest, blockErase)}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			began := time.Now()
			r, err := wipe.Run(ctx, e, purgePlan(t, e.eraser), purging(wipe.RunOptions{}))
			if took := time.Since(began); err == nil || took != 90*time.Second {
				t.Errorf("stopped after %v: %v", took, err)
			}
			expect(t, r, wipe.Interrupted, wipe.CodeInterrupted)
			time.Sleep(3 * time.Hour)
		})
	})
	t.Run("Recover", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := hanging{newEraser(devicetest.ResetMidway, devices.Method{ID: devices.ATASecurityEraseEnhanced, Level: devices.Purge, Blocking: true}), true}
			p := purgePlan(t, e.eraser)
			var s wipe.State
			wipe.Run(context.Background(), e.eraser, p, purging(wipe.RunOptions{SaveStateSync: func(at wipe.State) error {
				s = at
				e.eraser.Begin(context.Background(), *p.Method, devices.ATAPassword) // and the process dies
				return errors.New("killed")
			}}))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			began := time.Now()
			r, err := wipe.Run(ctx, e, p, purging(wipe.RunOptions{Resume: &s}))
			if took := time.Since(began); err == nil || took != 90*time.Second {
				t.Errorf("stopped after %v: %v", took, err)
			}
			expect(t, r, wipe.Interrupted, wipe.CodeInterrupted)
			time.Sleep(3 * time.Hour)
		})
	})
}
