package job

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/heat"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

func TestBrake(t *testing.T) {
	t.Parallel()
	b := &Batch{jobs: []*job{{file: &file{record: record{Disk: devices.Disk{Name: "sda"}}}}}}
	k := &b.jobs[0].brake
	hot, cool := devices.Temperature{Celsius: 60, Limit: 60}, devices.Temperature{Celsius: 55, Limit: 60}
	const warm = "the drive has 60C, and the limit is 60C: the job continues at 55C"
	for i, c := range []struct {
		do   func()
		want string
	}{
		{func() {}, ""},
		{func() { b.Pause(0) }, "paused by hand"},
		{func() { k.measured(hot, true) }, warm},
		{func() { k.measured(cool, true) }, "paused by hand"},
		{func() { b.Continue(0) }, ""},
		{func() { k.measured(hot, true) }, warm},
		{func() { k.measured(devices.Temperature{}, false) }, warm},
		{func() { b.Continue(0) }, ""}, // a person wants it
		{func() { k.measured(hot, true) }, ""},
		{func() { k.measured(cool, true) }, ""},
		{func() { k.measured(hot, true) }, warm},
	} {
		c.do()
		if got := b.Why(0).String(); got != c.want {
			t.Errorf("step %d: %q, want %q", i, got, c.want)
		}
	}
	k.event(wipe.Event{Method: devices.NVMeSanitizeBlock})
	if err := b.Pause(0); fault.Code(err) != fault.Refused {
		t.Errorf("a drive that erases itself: %v", err)
	}
}

// TestWatchHeat reads the temperature of a drive each half a minute, except while it erases itself.
func TestWatchHeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for limit, want := range map[heat.Limit]int{{}: 5, {Never: true}: 5} {
			j := &job{file: &file{}, brake: brake{gauge: heat.Gauge{Limit: limit}}}
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute+time.Second)
			time.AfterFunc(2*time.Minute+time.Second, func() { j.brake.event(wipe.Event{Method: devices.NVMeSanitizeBlock}) })
			read, shown := 0, 0
			j.watchHeat(ctx, func(context.Context, devices.Disk) (devices.Temperature, bool) {
				read++
				return devices.Temperature{Celsius: 70, Limit: 60}, true
			}, func(got devices.Temperature, ok bool) {
				if shown++; got.Celsius != 70 || !ok {
					t.Errorf("shows %+v, %v", got, ok)
				}
			})
			cancel()
			if read != want || shown != want || j.brake.why().IsZero() != limit.Never {
				t.Errorf("%+v: read %d times, want %d; %q", limit, read, want, j.brake.why())
			}
		}
	})
}

// TestPausedSessions pauses a job twice. The certificate has a session for each time in which it ran.
func TestPausedSessions(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	m.upgrade(t)
	j := m.begunJob(t, "S1")
	j.paused(true)
	waited := j.Sessions[0].Elapsed
	j.since = time.Time{} // as long as it may take
	j.terminalLost()      // not while it waits
	if err := j.saveStateSync(*j.Wipe); err != nil || j.Sessions[0].Elapsed != waited {
		t.Errorf("the session goes on in a pause: %v", err)
	}
	j.paused(false)
	j.paused(true)
	j.paused(false)
	at, err := m.certifyAborted(j.file, message.Of("x"))
	if err != nil {
		t.Fatal(err)
	}
	m.audited(t)
	c, reasons := m.stated(t, at.certificate), []string{}
	for _, s := range c.Sessions {
		reasons = append(reasons, s.Reason)
	}
	if !slices.Equal(reasons, []string{"paused", "paused", "vanished"}) || c.Sessions[0].Pass != 1 {
		t.Errorf("%s, %+v", strings.Join(reasons, " "), c.Sessions)
	}
}
