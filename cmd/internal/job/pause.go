package job

import (
	"context"
	"sync"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/heat"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// brake decides whether a job waits: because a person wants it, or until its drive has cooled.
type brake struct {
	gate wipe.Gate

	mu      sync.Mutex // guards what follows
	byHand  bool
	hot     bool
	gauge   heat.Gauge
	erasing bool // the drive erases itself, which nothing can pause
}

// apply shuts or opens the gate. The caller holds the lock.
func (b *brake) apply() {
	if b.byHand || b.hot {
		b.gate.Shut()
	} else {
		b.gate.Open()
	}
}

func (b *brake) pause(is bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.byHand = is
	if !is {
		b.gauge.Force()
		b.hot = false
	}
	b.apply()
}

func (b *brake) measured(t devices.Temperature, reported bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hot = b.gauge.Read(t, reported)
	b.apply()
}

func (b *brake) event(e wipe.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.erasing = e.Method != ""
}

func (b *brake) drive() (erasesItself bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.erasing
}

// why says why the job waits, or will wait after its current transfer; zero if it does not.
func (b *brake) why() message.Text {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.hot:
		return b.gauge.Why()
	case b.byHand:
		return message.Of("paused by hand")
	}
	return message.Text{}
}

// Pause has a job wait after its current transfer. Its events say when it does ([wipe.Event.Paused]). A drive that erases itself cannot be
// paused.
func (b *Batch) Pause(i int) error {
	j := b.jobs[i]
	if j.brake.drive() {
		return fault.WithHint(fault.Refusef("%s erases itself, which cannot be paused", j.Disk.Name), "wait until it has ended, or stop the job")
	}
	j.brake.pause(true)
	return nil
}

// Continue lets a job that waits go on, also one whose drive has not cooled.
func (b *Batch) Continue(i int) { b.jobs[i].brake.pause(false) }

// Why says why a job waits; zero if it does not.
func (b *Batch) Why(i int) message.Text { return b.jobs[i].brake.why() }

// heatEvery is how often the temperature of a drive is read: reading it sends the drive a command.
const heatEvery = 30 * time.Second

// watchHeat has the job wait while its drive is too hot, until ctx ends. A drive that erases itself is left alone.
func (j *job) watchHeat(ctx context.Context, read func(context.Context, devices.Disk) (devices.Temperature, bool), show func(devices.Temperature, bool)) {
	for tick := time.NewTicker(heatEvery); ; {
		if !j.brake.drive() {
			t, reported := read(ctx, j.Disk)
			j.brake.measured(t, reported)
			show(t, reported)
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}

// paused ends the session that runs, or begins the next one: the time in which a job waits is no part of how long it took.
func (j *job) paused(is bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if is {
		j.measure()
		j.endSession("paused")
		j.since = time.Time{}
	} else {
		j.beginSession()
	}
	if err := j.save(); err != nil {
		j.unsaved = err
	}
}
