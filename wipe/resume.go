package wipe

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"rasure/devices"
	"rasure/wipe/pattern"
)

// State is where a job can be gone on with. It holds the keys of the passes so far, which will stand in the certificate; keep it
// readable for root only until then.
//
// Going on means: the pass under way is written from Low on, with the same key, and then read back in full from the first byte, so what was
// written before the interruption is verified with the rest. A pass that the plan does not read back begins anew.
type State struct {
	Report    Report `json:"report"` // so far; its last pass is the one under way, its outcome is not decided
	WrittenTo int64  `json:"low"`    // bytes; all before, but for what the pass lists as unwritten, is written and flushed

	Secret devices.Secret `json:"secret,omitempty"` // what the drive is locked with while it erases itself
}

// keepEvery is how often the state is kept while a pass is written; a flush goes before it, which costs a magnetic disk about a second.
const keepEvery = 30 * time.Second

// keep flushes the device and hands out the state. Without a flush nothing may be called written; after one that failed neither.
func (j *job) keep(ctx context.Context, s *step, pr *PassReport) {
	low := s.low() // first: what is flushed is at least this
	if !j.flush(ctx, pr) || pr.FlushErrors > 0 || j.SaveState == nil {
		return
	}
	st := State{Report: j.r, WrittenTo: j.size}
	if low < s.course.n {
		st.WrittenTo, _ = s.course.at(low)
	}
	s.mu.Lock()
	bad := without(s.bad.list, []Extent{{st.WrittenTo, j.size - st.WrittenTo}}) // what lies beyond will be tried again
	cut := s.bad.cut.Extents > 0
	s.mu.Unlock()
	if cut {
		bad, st.WrittenTo = nil, 0 // the list is not whole: begin the pass anew
	}
	now := *pr
	now.Unwritten = append([]Extent{}, bad...)
	now.UnwrittenTotal = Total{len(bad), sum(bad)}
	now.Written = st.WrittenTo - sum(bad)
	st.Report.Passes = append(slices.Clone(j.r.Passes[:len(j.r.Passes)-1]), now)
	st.Report.Exceptions = slices.Clone(j.r.Exceptions)
	j.SaveState(st)
	j.kept = j.Now()
}

// keepBegun hands out the state of a pass before its first write: from here on nobody may expect the bytes of the pass before
// on the disk, and a power cut must not leave them as the last word.
func (j *job) keepBegun() {
	if j.SaveState == nil {
		return
	}
	j.SaveState(j.now())
	j.kept = j.Now()
}

// now is the state between two steps.
func (j *job) now() State {
	st := State{Report: j.r}
	st.Report.Passes = slices.Clone(j.r.Passes)
	st.Report.Exceptions = slices.Clone(j.r.Exceptions)
	if f := j.r.Firmware; f != nil {
		now := *f
		st.Report.Firmware = &now
	}
	return st
}

// journal makes durable that a step which cannot be taken back is about to be taken.
func (j *job) journal(s devices.Secret) error {
	st := j.now()
	st.Secret = s
	if j.SaveStateSync == nil {
		j.keepBegun()
		return nil
	}
	return j.SaveStateSync(st)
}

// errOther: the state belongs to another job.
var errOther = errors.New("the state is of another disk or plan")

// resume takes over a state, if it is of this disk and this plan.
func (j *job) resume(st State) error {
	was, is := st.Report, j.r
	n := len(was.Passes)
	switch {
	case was.Plan.Scheme.SHA256() != is.Plan.Scheme.SHA256(), was.Plan.Level != is.Plan.Level, was.Plan.Verify != is.Plan.Verify,
		was.Plan.method() != is.Plan.method(), was.Firmware != nil && is.Plan.Method == nil, was.Firmware != nil && was.Firmware.Method.ID != is.Plan.method(),
		was.Disk.Identity != is.Disk.Identity, was.Disk.Size != is.Disk.Size, was.Disk.LogicalBlock != is.Disk.LogicalBlock:
		return errOther
	case n == 0 && was.Firmware == nil, n > 0 && is.Plan.Method != nil && (was.Firmware == nil || was.Firmware.Stage != StageOver),
		n > len(is.Plan.Scheme.Passes), st.WrittenTo < 0 || st.WrittenTo > j.size || st.WrittenTo%int64(j.logical) != 0:
		return errors.New("the state makes no sense")
	}
	for i, p := range was.Passes {
		if !j.plausible(p) {
			return fmt.Errorf("pass %d: the state makes no sense", i+1)
		}
		if err := j.restore(is.Plan.Scheme.Passes[i].Pattern, p); err != nil {
			return fmt.Errorf("pass %d: %w", i+1, err)
		}
	}
	j.r.Passes, j.r.Started, j.r.Resumed = slices.Clone(was.Passes), was.Started, was.Resumed+1
	j.r.Exceptions = append(j.r.Exceptions, was.Exceptions...)
	if was.Firmware != nil {
		f := *was.Firmware
		if f.Stage == StageOver {
			f.Outcome, _ = prove(f) // by what was measured, not by what it was called; its exceptions are among those kept
		}
		j.r.Firmware = &f
	}
	if n == 0 {
		return nil
	}
	j.from = st.WrittenTo
	pr := &j.r.Passes[n-1]
	if j.mode(is.Plan.Scheme.Passes[n-1]) == None {
		j.from, pr.Written, pr.Unwritten = 0, 0, []Extent{}
	}
	all, rest := j.later(0, false), j.later(n-1, false)
	j.base = all.written + all.read - rest.written - rest.read + j.from
	return nil
}

// plausible says whether the counts and lists of a pass can be those of this disk: what is made of them later relies on that.
func (j *job) plausible(p PassReport) bool {
	for _, n := range []int64{p.Written, p.Verified, int64(p.FlushErrors), int64(p.Retries), j.size - p.Written, j.size - p.Verified} {
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
			if e.Offset < end || e.Length <= 0 || e.Length > j.size-e.Offset || (e.Offset|e.Length)%int64(j.logical) != 0 {
				return false
			}
			end = e.Offset + e.Length
		}
		if n := len(l.list); n > maxExtents || l.total.Extents < n || l.total.Bytes < sum(l.list) || n == 0 && l.total != (Total{}) {
			return false
		}
	}
	return true
}

// restore takes over what was drawn for a pass, after making sure that it is what the scheme wants.
func (j *job) restore(want string, p PassReport) error {
	pat, err := pattern.Parse(p.Pattern, p.Key)
	if err != nil {
		return err
	}
	switch want {
	case "random":
		if b, err := hex.DecodeString(p.Key); err != nil || copy(j.key[:], b) != len(j.key) {
			return errOther
		}
	case "random-complement":
		if p.Key != hex.EncodeToString(j.key[:]) {
			return errOther
		}
	case "character", "character-complement":
		if pattern.Period(pat) != 1 {
			return errOther
		}
		var b [1]byte
		pat.FillAt(b[:], 0)
		if want == "character" {
			j.chr = b[0]
		} else if b[0] != ^j.chr {
			return errOther
		}
		return nil
	}
	if p.Pattern != want {
		return errOther
	}
	return nil
}
