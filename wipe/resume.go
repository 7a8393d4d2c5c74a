package wipe

import (
	"context"
	"slices"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe/internal/pump"
)

// State is where a job can be resumed. It holds the keys of the passes so far, which will be on the certificate; until then
// only root should be able to read it.
//
// To resume means: the current pass is written from WrittenTo on, with the same key, and then read back in full from the first byte, so
// what was written before the interruption is verified too. A pass that the plan does not read back is repeated, and so is one that
// was started before the device was tested (see [ProbeReport]), as releases up to 0.1.0 did.
type State struct {
	Report    Report `json:"report"` // so far; its last pass is the current one, its outcome is not decided, it ended when the state was saved
	WrittenTo int64  `json:"low"`    // bytes; all before, except what the pass lists as unwritten, is written and flushed

	Secret devices.Secret `json:"secret,omitempty"` // the password of the drive while it erases itself
}

// saveEvery is how often the state is saved while a pass is written; a flush goes before it, which costs a magnetic disk about a second.
const saveEvery = 30 * time.Second

// flushAndSave flushes the device and hands out the state. Without a flush nothing may be called written, and neither after one that failed.
func (j *job) flushAndSave(ctx context.Context, s *pump.Step, pr *PassReport) {
	low := s.Low() // first: what is flushed is at least this
	if !j.flush(ctx, pr) || pr.FlushErrors > 0 || j.opts.SaveState == nil {
		return
	}
	st := j.state()
	st.WrittenTo = low
	bad, complete := s.BadBefore(low) // the bad blocks after it will be tried again
	if !complete {
		bad, st.WrittenTo = nil, 0 // repeat the pass
	}
	now := *pr
	now.Unwritten = append([]Extent{}, bad...)
	now.UnwrittenTotal = Total{Extents: len(bad), Bytes: pump.Sum(bad)}
	now.Written = j.below(st.WrittenTo) - pump.Sum(bad)
	now.Writing, now.Elapsed = j.timer.now()
	st.Report.Passes[len(st.Report.Passes)-1] = now
	j.opts.SaveState(st)
	j.savedAt = time.Now()
}

// saveState hands out the state of a pass before its first write: from here on the bytes of the pass before can no longer be expected
// on the disk, and after a power cut the last state must show that.
func (j *job) saveState() {
	if j.opts.SaveState == nil {
		return
	}
	j.opts.SaveState(j.state())
	j.savedAt = time.Now()
}

// state is the state between two steps.
func (j *job) state() State {
	st := State{Report: j.r}
	st.Report.Ended, st.Report.ClockChange, st.Report.ClockSteps = j.clock.now(), j.clock.seconds(), slices.Clone(j.clock.steps)
	st.Report.Passes = slices.Clone(j.r.Passes)
	st.Report.Exceptions = slices.Clone(j.r.Exceptions)
	if f := j.r.Firmware; f != nil {
		now := *f
		st.Report.Firmware = &now
	}
	if p := j.r.Probe; p != nil {
		now := *p
		st.Report.Probe = &now
	}
	return st
}

// saveStateSync makes durable that a step which cannot be undone is about to be taken.
func (j *job) saveStateSync(s devices.Secret) error {
	st := j.state()
	st.Secret = s
	if j.opts.SaveStateSync == nil {
		j.saveState()
		return nil
	}
	return j.opts.SaveStateSync(st)
}

// errStateMismatch says that the state belongs to another job.
var (
	errStateMismatch = message.New("the state is of another disk or plan")
	errInconsistent  = message.New("inconsistent resume state")
	errOtherKey      = message.New("the saved key is not the one that the job's seed gives")
)

// resume takes over a state, if it is of this disk and this plan.
func (j *job) resume(st State) error {
	was, is := st.Report, j.r
	n := len(was.Passes)
	switch {
	case was.Plan.Scheme.SHA256() != is.Plan.Scheme.SHA256(), was.Plan.Level != is.Plan.Level, was.Plan.Verify != is.Plan.Verify,
		was.Plan.method() != is.Plan.method(), was.Firmware != nil && is.Plan.Method == nil, was.Firmware != nil && was.Firmware.Method.ID != is.Plan.method(),
		was.Disk.Identity != is.Disk.Identity, was.Disk.Size != is.Disk.Size, was.Disk.LogicalBlock != is.Disk.LogicalBlock:
		return errStateMismatch
	case n == 0 && was.Firmware == nil && was.Probe == nil && !was.Freed, was.Freed && is.Plan.Frees == nil, n > 0 && is.Plan.Method != nil && (was.Firmware == nil || was.Firmware.Stage != StageOver),
		n > len(is.Plan.Scheme.Passes), st.WrittenTo < 0 || st.WrittenTo > j.pump.Size || st.WrittenTo%int64(j.pump.Logical) != 0,
		was.Probe != nil && !was.Probe.plausible(j.pump.Size, j.pump.Logical):
		return errInconsistent
	}
	for i, p := range was.Passes {
		if !j.validCounts(p) {
			return message.Errorf("pass %d: %w", i+1, errInconsistent)
		}
		if _, err := is.Plan.Scheme.Passes[i].Pattern.Restore(p.Pattern, p.Key, &j.drawn); err != nil {
			return message.Errorf("pass %d: %w", i+1, err)
		}
		if !j.derived(i, p.Key) {
			return message.Errorf("pass %d: %w", i+1, errOtherKey)
		}
	}
	j.r.Passes, j.r.Started, j.r.Resumed = slices.Clone(was.Passes), was.Started, was.Resumed+1
	j.r.Exceptions = append(j.r.Exceptions, was.Exceptions...)
	j.r.Freed = was.Freed
	j.clock.resume(was.last(), was)
	if was.Firmware != nil {
		f := *was.Firmware
		if f.Stage == StageOver {
			f.Outcome, _ = judgeErase(f) // by what was measured, not by its name; its exceptions are among those saved
		}
		j.r.Firmware = &f
	}
	if was.Probe != nil {
		p := *was.Probe
		j.r.Probe = &p
	}
	if n == 0 {
		return nil
	}
	j.from = st.WrittenTo
	if pr := &j.r.Passes[n-1]; j.probePending() || j.mode(is.Plan.Scheme.Passes[n-1].Verify) == None {
		j.from, pr.Written, pr.Unwritten, pr.UnwrittenTotal = 0, 0, []Extent{}, Total{}
	}
	all, rest := j.volume(0), j.volume(n-1)
	j.meter.base = all.written + all.read - rest.written - rest.read + j.below(j.from)
	return nil
}

// last is the latest time that a report names.
func (r *Report) last() time.Time {
	last := r.Started
	times := []time.Time{r.Ended}
	for _, p := range r.Passes {
		times = append(times, p.Started, p.Ended)
	}
	if f := r.Firmware; f != nil {
		times = append(times, f.Began, f.Ended)
	}
	if p := r.Probe; p != nil {
		times = append(times, p.Started, p.Ended)
	}
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// validCounts reports whether the counts and lists of a pass can be those of this disk. The verdict relies on that.
func (j *job) validCounts(p PassReport) bool {
	for _, n := range []int64{p.Written, p.Verified, int64(p.FlushErrors), int64(p.Retries), j.pump.Size - p.Written, j.pump.Size - p.Verified,
		p.Writing, p.Verifying, p.Elapsed - p.Writing - p.Verifying} {
		if n < 0 {
			return false
		}
	}
	for _, l := range []struct {
		list  []Extent
		total Total
	}{{p.Unwritten, p.UnwrittenTotal}, {p.Mismatched, p.MismatchedTotal}, {p.Unreadable, p.UnreadableTotal}} {
		end := int64(0)
		for _, e := range l.list {
			if e.Offset < end || e.Length <= 0 || e.Length > j.pump.Size-e.Offset || (e.Offset|e.Length)%int64(j.pump.Logical) != 0 {
				return false
			}
			end = e.Offset + e.Length
		}
		if n := len(l.list); n > pump.MaxExtents || l.total.Extents < n || l.total.Bytes < pump.Sum(l.list) || n == 0 && l.total != (Total{}) {
			return false
		}
	}
	return true
}
