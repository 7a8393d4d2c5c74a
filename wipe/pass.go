package wipe

import (
	"context"
	"errors"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe/internal/pump"
	"rasure/wipe/pattern"
)

// pass carries out pass i from the start, or resumes it if it was started.
func (j *job) pass(ctx context.Context, i int) error {
	all := j.r.Plan.Scheme.Passes
	if i == len(j.r.Passes) {
		pat, key, err := all[i].Pattern.Draw(j.sourceOfPass(i), &j.drawn)
		if err != nil {
			return message.Errorf("pass %d, pattern %q: %w", i+1, string(all[i].Pattern), err)
		}
		j.from = 0
		j.r.Passes = append(j.r.Passes, PassReport{Pattern: pat.String(), Key: key, Verify: None, Started: j.clock.now(),
			Unwritten: []Extent{}, Mismatched: []Extent{}, Unreadable: []Extent{}})
		j.saveState()
	}
	pr := &j.r.Passes[i]
	pat, err := pattern.Parse(pr.Pattern, pr.Key)
	if err != nil {
		return err
	}
	j.timer = timer{pass: time.Now(), elapsed: pr.Elapsed}
	defer func() { pr.Ended, pr.Elapsed = j.clock.now(), j.timer.elapsed+sinceMilliseconds(j.timer.pass) }()
	e := Event{Pass: i + 1, Passes: len(all), Pattern: pr.Pattern}
	j.meter.event = Event{Step: j.meter.event.Step, Pass: e.Pass, Passes: e.Passes, Pattern: e.Pattern} // where an error is

	after := j.volume(i + 1)
	if err := j.write(ctx, pat, pr, e, volume{after.written, after.read + j.readBack(i)}); err != nil {
		return err
	}
	if j.mode(all[i].Verify) == None {
		return nil
	}
	e.Verifying = true
	return j.verify(ctx, pat, pr, e, after)
}

// write overwrites the disk from j.from on and flushes it.
func (j *job) write(ctx context.Context, pat pattern.Pattern, pr *PassReport, e Event, after volume) error {
	if err := j.checkDisk(ctx); err != nil {
		return err
	}
	j.timer.writing, j.timer.written = time.Now(), pr.Writing
	defer func() { pr.Writing = j.timer.written + sinceMilliseconds(j.timer.writing) }()
	s, err := j.writing(ctx, pat, pr)
	if err != nil {
		return err
	}
	before, retries := pr.Written, pr.Retries
	s.OnTick(func() {
		j.clock.observe()
		// By the monotonic clock: when the wall clock was set back by hours, no state was saved for hours.
		if j.opts.SaveState != nil && pr.FlushErrors == 0 && j.paused.IsZero() && time.Since(j.savedAt) >= saveEvery {
			j.flushAndSave(ctx, s, pr)
		}
	})
	j.rest = func() {
		if pr.FlushErrors == 0 {
			j.flushAndSave(ctx, s, pr)
		}
	}
	r, err := j.sweep(ctx, s, e, after)
	j.rest = nil
	pr.Written, pr.Retries = before+r.Good, retries+r.Retries
	pr.Unwritten, pr.UnwrittenTotal = r.Bad.Sorted(), r.Bad.Total()
	j.noteSkipped(r)
	if errors.Is(err, devices.ErrLost) || j.pump.Abandoned() {
		return err
	}
	flushing := time.Now()
	j.flushAndSave(ctx, s, pr)
	if !j.pump.Abandoned() {
		pr.WriteBytesPerSecond = speed(r.Good, r.Took+time.Since(flushing))
		if e := j.noteZones(ctx); e != nil && err == nil {
			err = e
		}
	}
	if j.pump.Abandoned() {
		return message.Errorf("%w: %w", pump.Stopped(ctx, r.Done, j.pump.Size), pump.ErrSilent)
	}
	// An SD card that was pulled acknowledged a write and two flushes; only its size showed it.
	if e := j.checkDisk(ctx); e != nil {
		return e
	}
	return err
}

// flush makes the device empty its cache. It is never tried again: the kernel reports a lost write once, and then forgets it.
func (j *job) flush(ctx context.Context, pr *PassReport) bool {
	err := j.pump.Call(ctx, j.t.Sync)
	if err != nil {
		pr.FlushErrors++
		j.meter.found++
		j.except(CodeFlushFailed, "flushing %v: %v", j.where(), err)
	}
	return err == nil
}

// verify reads the disk back after the whole pass was written, so that a drive that stores less than its size is found.
func (j *job) verify(ctx context.Context, pat pattern.Pattern, pr *PassReport, e Event, after volume) error {
	j.meter.event.Verifying = true // where an error is
	before := pr.Verifying
	j.timer.reading = time.Now()
	defer func() { pr.Verifying = before + sinceMilliseconds(j.timer.reading) }()
	if e := j.pump.Call(ctx, j.t.DropCache); e != nil {
		j.except(CodeCacheKept, "before reading %v: %v", j.where(), e)
	}
	list, mode, sample, err := choose(j.source(func(k Keys) [32]byte { return k.Sample(e.Pass) }), j.r.Plan.Verify, j.r.Disk, j.pump.Size, pr.Unwritten)
	if err != nil {
		return err
	}
	s := j.pump.Reading(j.t, pat, list)
	if mode == Full {
		s.Tune(true)
	}
	s.OnTick(j.clock.observe)
	r, err := j.sweep(ctx, s, e, after)
	pr.Verify, pr.Sample = mode, sample
	pr.Verified, pr.Retries = r.Good, pr.Retries+r.Retries
	pr.Mismatched, pr.MismatchedTotal = r.Mismatched.Sorted(), r.Mismatched.Total()
	pr.Unreadable, pr.UnreadableTotal = r.Bad.Sorted(), r.Bad.Total()
	pr.VerifyBytesPerSecond = speed(r.Done, r.Took)
	j.noteSkipped(r)
	if err == nil {
		err = j.checkDisk(ctx)
	}
	return err
}
