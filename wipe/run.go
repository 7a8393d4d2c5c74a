package wipe

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe/internal/pump"
	"rasure/wipe/pattern"
)

// Target is a claimed disk; [devices.Target] is one.
type Target interface {
	io.ReaderAt
	io.WriterAt
	Sync() error      // flushes the device's cache
	DropCache() error // makes later reads come from the disk and not from memory
	Check() error     // nil if it is still there and still the disk that was claimed
	Disk() devices.Disk
}

var _ Target = (*devices.Target)(nil)

// job is one run of a plan.
type job struct {
	opts  RunOptions
	t     Target
	pump  *pump.Pump
	meter meter
	clock *clock
	r     Report

	drawn    pattern.Drawn // by the passes so far
	harmless []Exception   // that do not limit the outcome

	timer   timer     // of the current pass
	paused  time.Time // when the pause began that lasts; zero: none
	rest    func()    // saves what can be resumed when the job pauses; nil outside of the writing of a pass
	from    int64     // where the current pass begins to write: not 0 only after a resume
	savedAt time.Time // when the state was last saved; monotonic
}

// Run carries out p on t. The Report is valid also with an error: the error says why Run ended before the plan did, the
// outcome in the Report what that means. Blocks that could not be written or that differ are an outcome, not an error.
//
// Cancelling ctx stops the workers after their current transfer, which nothing can shorten; the device is still flushed. If it does not
// answer for RunOptions.CancelTimeout, Run abandons pending I/O and returns; a pending write may still reach the disk later.
func Run(ctx context.Context, t Target, p Plan, o RunOptions) (Report, error) {
	d := t.Disk()
	o.Rand = orCryptoRand(o.Rand)
	j := &job{opts: o, t: t, meter: meter{send: o.OnEvent}, clock: newClock(o.Now), savedAt: time.Now(),
		r: Report{Plan: p, Disk: d, Passes: []PassReport{}, Exceptions: []Exception{}}}
	j.r.Started = j.clock.now()
	po := o.pump()
	po.Check, po.Progress, po.Silent = t.Check, j.meter.progress, j.meter.silent
	var err error
	if j.pump, err = pump.New(d, d.Size, po); err == nil {
		defer j.pump.Close()
		j.watch()
		err = j.run(ctx)
	}
	j.r.Ended, j.r.ClockChange, j.r.ClockSteps = j.clock.now(), j.clock.seconds(), j.clock.steps
	j.r.judge(err, j.where())
	j.r.Exceptions = append(j.r.Exceptions, j.harmless...)
	if j.r.Freed {
		j.except(CodeFreed, "a revert with the PSID on its label freed the drive before anything else; it counts for nothing")
	}
	for _, k := range devices.Quirks(d) {
		j.except(CodeTrouble, "%s (%s)", k.What, k.Source)
	}
	if err != nil {
		err = message.Errorf("wiping %s: %w", d.Name, err)
	}
	return j.r, err
}

func (j *job) run(ctx context.Context) error {
	if err := j.r.Plan.check(); err != nil {
		return err
	}
	if j.r.Plan.Joined != (len(j.r.Disk.Namespaces) > 0) {
		return message.New("the plan is for all namespaces of a drive, and they are not all there")
	}
	begin := 0
	if j.opts.Resume != nil {
		if err := j.resume(*j.opts.Resume); err != nil {
			return message.Errorf("resuming: %w", err)
		}
		begin = max(len(j.r.Passes)-1, 0)
	}
	if err := j.free(ctx); err != nil {
		return err
	}
	if f := j.r.Firmware; j.r.Plan.Method != nil && (f == nil || f.Stage != StageOver) {
		if err := j.firmware(ctx); err != nil {
			return err
		}
	} else if f != nil && f.Outcome == Failed {
		return errNotErased
	}
	if j.probePending() {
		if err := j.probe(ctx); err != nil {
			return err
		}
	}
	for i := begin; i < len(j.r.Plan.Scheme.Passes); i++ {
		if err := j.pass(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// volume is about how many bytes the passes from this one on write and read back.
func (j *job) volume(pass int) (n volume) {
	for i := pass; i < len(j.r.Plan.Scheme.Passes); i++ {
		n.written += stored(j.r.Disk)
		n.read += j.readBack(i)
	}
	return n
}

// readBack is about how many bytes of a pass are read back.
func (j *job) readBack(pass int) int64 {
	switch j.mode(j.r.Plan.Scheme.Passes[pass].Verify) {
	case Full:
		return stored(j.r.Disk)
	case Sample:
		return j.pump.Size / (placeShare / placesPerSection)
	}
	return 0
}

// mode is how a pass will be read back.
func (j *job) mode(verify bool) VerifyMode {
	if !verify {
		return None
	}
	return j.r.Plan.Verify
}

// where is what the job is doing.
func (j *job) where() message.Text {
	e := j.meter.event
	switch f := j.r.Firmware; {
	case f != nil && f.Stage != StageOver:
		return message.Of("the drive's own erase (%s)", string(f.Method.ID))
	case e.Pass > 0 && e.Verifying:
		return message.Of("pass %d of %d (%s), reading back", e.Pass, e.Passes, e.Pattern)
	case e.Pass > 0:
		return message.Of("pass %d of %d (%s), writing", e.Pass, e.Passes, e.Pattern)
	case e.Pattern == probePattern:
		return message.Of("the keyed blocks before the first pass")
	}
	return message.Of("before the first pass")
}

// except records an exception, once.
func (j *job) except(code, format string, args ...any) {
	e := Exception{code, message.Of(format, args...).String()}
	if !slices.Contains(j.r.Exceptions, e) {
		j.r.Exceptions = append(j.r.Exceptions, e)
	}
}

// sweep runs one step with its events. after is what later steps move.
func (j *job) sweep(ctx context.Context, s *pump.Step, e Event, after volume) (pump.Result, error) {
	j.meter.begin(e, after)
	s.OnPause(j.pause)
	err := s.Run(ctx)
	r := s.Result()
	j.meter.end(r)
	if errors.Is(err, pump.ErrGivenUp) {
		total, hour := j.pump.Lost()
		j.except(CodeGivenUp, "%v: %v were lost to errors, %v of them within an hour; %d bytes in %d extents, the first at byte %d, were never tried", j.where(),
			total.Round(time.Second), hour.Round(time.Second), pump.Sum(r.Untried), len(r.Untried), r.Untried[0].Offset)
		for _, e := range r.Untried { // they count as what they are: not written, or not read
			r.Bad.Add(e.Offset, e.Length)
		}
	}
	return r, err
}

// pause begins a pause, with the state saved, or ends it.
func (j *job) pause(is bool) {
	if is {
		j.paused = time.Now()
		if j.rest != nil {
			j.rest()
		}
	}
	if j.opts.OnPause != nil {
		j.opts.OnPause(is)
	}
	if !is {
		j.timer.suspended(time.Since(j.paused))
		j.paused = time.Time{}
	}
}

// noteSkipped records that the error budget was used up in a step.
func (j *job) noteSkipped(r pump.Result) {
	if r.SkippedAt >= 0 {
		j.except(CodeRetriesSkipped, "%v: after %v spent on errors, failing blocks from about byte %d on were not split, and blocks after them were skipped",
			j.where(), j.pump.ErrorBudget(), r.SkippedAt)
	}
}
