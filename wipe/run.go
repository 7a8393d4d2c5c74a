package wipe

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"rasure/devices"
	"rasure/wipe/pattern"
)

// Target is a claimed disk; [devices.Target] is one.
type Target interface {
	io.ReaderAt
	io.WriterAt
	Sync() error      // flushes the device's cache
	DropCache() error // forgets what this machine's memory holds of the disk
	Check() error     // nil if it is still there and still the disk that was claimed
	Disk() devices.Disk
}

var _ Target = (*devices.Target)(nil)

// job is one run of a plan.
type job struct {
	*engine
	t Target
	r Report

	key [32]byte // of the last random pass
	chr byte     // the last character

	from int64     // where the pass under way begins to write: not 0 only when resumed
	kept time.Time // when the state was kept last
}

// Run does what p says to t. The Report is true also with an error: the error says why Run ended before the plan did, the
// outcome in the Report what that means. That blocks could not be written or differ is no error but an outcome.
//
// Cancelling ctx stops the workers after the transfer each is in, which the drive cannot be made to hurry; the device is flushed
// all the same. If it does not answer for Options.Grace, Run leaves it with what is under way and returns; a write that
// was under way may still reach the disk later.
func Run(ctx context.Context, t Target, p Plan, o Options) (Report, error) {
	d, o := t.Disk(), o.filled()
	j := &job{t: t, r: Report{Plan: p, Disk: d, Passes: []PassReport{}, Exceptions: []Exception{}}}
	j.kept = o.Now()
	j.r.Started = stamp(j.kept)
	var err error
	if j.engine, err = newEngine(d, d.Size, t.Check, o); err == nil {
		defer j.free()
		err = j.run(ctx)
	}
	j.r.Ended = stamp(o.Now())
	j.r.judge(err, j.where())
	for _, k := range devices.Quirks(d) {
		j.except(CodeTrouble, "%s (%s)", k.What, k.Source)
	}
	if err != nil {
		err = fmt.Errorf("wiping %s: %w", d.Name, err)
	}
	return j.r, err
}

func (j *job) run(ctx context.Context) error {
	if err := j.r.Plan.check(); err != nil {
		return err
	}
	begin := 0
	if j.Resume != nil {
		if err := j.resume(*j.Resume); err != nil {
			return fmt.Errorf("resuming: %w", err)
		}
		begin = max(len(j.r.Passes)-1, 0)
	}
	if f := j.r.Firmware; j.r.Plan.Method != nil && (f == nil || f.Stage != StageOver) {
		if err := j.firmware(ctx); err != nil {
			return err
		}
	} else if f != nil && f.Outcome == Failed {
		return errNotErased
	}
	for i := begin; i < len(j.r.Plan.Scheme.Passes); i++ {
		if err := j.pass(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// pass does pass i from the start, or goes on with it if it is begun.
func (j *job) pass(ctx context.Context, i int) error {
	all := j.r.Plan.Scheme.Passes
	if i == len(j.r.Passes) {
		pat, key, err := j.draw(all[i].Pattern)
		if err != nil {
			return err
		}
		j.from = 0
		j.r.Passes = append(j.r.Passes, PassReport{Pattern: pat.String(), Key: key, Verify: None, Started: stamp(j.Now()),
			Unwritten: []Extent{}, Mismatched: []Extent{}, Unreadable: []Extent{}})
		j.keepBegun()
	}
	pr := &j.r.Passes[i]
	pat, err := pattern.Parse(pr.Pattern, pr.Key)
	if err != nil {
		return err
	}
	defer func() { pr.Ended = stamp(j.Now()) }()
	j.event = Event{Pass: i + 1, Passes: len(all), Pattern: pr.Pattern}

	if err := j.write(ctx, pat, pr, j.later(i, false)); err != nil {
		return err
	}
	if j.mode(all[i]) == None {
		return nil
	}
	j.event.Verifying = true
	return j.verify(ctx, pat, pr, j.later(i, true))
}

// write overwrites the disk from j.from on and flushes it.
func (j *job) write(ctx context.Context, pat pattern.Pattern, pr *PassReport, after later) error {
	if err := j.check(); err != nil {
		return lost(err)
	}
	s := j.writing(j.t, pat, []Extent{{j.from, j.size - j.from}})
	s.climb = &j.climbs[0]
	s.bad.list = slices.Clone(pr.Unwritten)
	before, retries := pr.Written, pr.Retries
	s.tick = func() {
		if j.SaveState != nil && pr.FlushErrors == 0 && j.Now().Sub(j.kept) >= keepEvery {
			j.keep(ctx, s, pr)
		}
	}
	err := j.sweep(ctx, s, after)
	pr.Written, pr.Retries = before+s.good.Load(), retries+s.retries
	pr.Unwritten, pr.UnwrittenTotal = s.bad.sorted(), s.bad.total()
	j.noteSkipped(s)
	if errors.Is(err, devices.ErrLost) || j.left {
		return err
	}
	flushing := time.Now()
	j.keep(ctx, s, pr)
	pr.WriteBytesPerSecond = speed(s.good.Load(), j.took+time.Since(flushing))
	// An SD card that was pulled acknowledged a write and two flushes; only its size told.
	if e := j.check(); e != nil {
		return lost(e)
	}
	return err
}

// flush has the device empty its cache. It is never tried again: the kernel tells a lost write once, and then forgets it.
func (j *job) flush(ctx context.Context, pr *PassReport) bool {
	err := j.answered(ctx, j.t.Sync)
	if err != nil {
		pr.FlushErrors++
		j.found++
		j.except(CodeFlushFailed, "flushing %s: %v", j.where(), err)
	}
	return err == nil
}

// verify reads the disk back after the whole pass was written, so that a drive which keeps less than it claims is found.
func (j *job) verify(ctx context.Context, pat pattern.Pattern, pr *PassReport, after later) error {
	if e := j.answered(ctx, j.t.DropCache); e != nil {
		j.except(CodeCacheKept, "before reading %s: %v", j.where(), e)
	}
	list, mode, sample, err := j.chosen(j.r.Plan.Verify, pr.Unwritten)
	if err != nil {
		return err
	}
	s := j.reading(j.t, pat, list)
	if mode == Full {
		s.climb = &j.climbs[1]
	}
	err = j.sweep(ctx, s, after)
	pr.Verify, pr.Sample = mode, sample
	pr.Verified, pr.Retries = s.good.Load(), pr.Retries+s.retries
	pr.Mismatched, pr.MismatchedTotal = s.mismatched.sorted(), s.mismatched.total()
	pr.Unreadable, pr.UnreadableTotal = s.bad.sorted(), s.bad.total()
	pr.VerifyBytesPerSecond = speed(s.done.Load(), j.took)
	j.noteSkipped(s)
	if err == nil {
		if e := j.check(); e != nil {
			err = lost(e)
		}
	}
	return err
}

// draw makes the pattern of a pass, with the random choices it needs.
func (j *job) draw(name string) (p pattern.Pattern, key string, err error) {
	switch name {
	case "random":
		_, err = io.ReadFull(j.Rand, j.key[:])
		fallthrough
	case "random-complement":
		key = hex.EncodeToString(j.key[:])
	case "character":
		var b [1]byte
		_, err = io.ReadFull(j.Rand, b[:])
		j.chr = b[0]
		name = pattern.Bytes(j.chr).String()
	case "character-complement":
		name = pattern.Bytes(^j.chr).String()
	}
	if err != nil {
		return nil, "", fmt.Errorf("drawing the pattern of a pass: %w", err)
	}
	if p, err = pattern.Parse(name, key); err != nil {
		return nil, "", fmt.Errorf("pattern %q: %w", name, err)
	}
	return p, key, nil
}

// mode is how a pass will be read back.
func (j *job) mode(p SchemePass) VerifyMode {
	if !p.Verify {
		return None
	}
	return j.r.Plan.Verify
}

// later is about how many bytes the steps after this one move.
func (j *job) later(pass int, verifying bool) (n later) {
	for i, p := range j.r.Plan.Scheme.Passes[pass:] {
		if i > 0 {
			n.written += j.size
		}
		if i > 0 || !verifying {
			switch j.mode(p) {
			case Full:
				n.read += j.size
			case Sample:
				n.read += j.size / (share / places)
			}
		}
	}
	return n
}

func (j *job) where() string {
	if f := j.r.Firmware; f != nil && f.Stage != StageOver {
		return fmt.Sprintf("the drive's own erase (%s)", f.Method.ID)
	}
	if len(j.r.Passes) == 0 {
		return "before the first pass"
	}
	doing := "writing"
	if j.event.Verifying {
		doing = "reading back"
	}
	return fmt.Sprintf("pass %d of %d (%s), %s", j.event.Pass, j.event.Passes, j.event.Pattern, doing)
}

func (j *job) except(code, format string, args ...any) {
	j.r.Exceptions = append(j.r.Exceptions, Exception{code, fmt.Sprintf(format, args...)})
}

func (j *job) noteSkipped(s *step) {
	if at := s.skippedAt.Load(); at >= 0 {
		j.except(CodeRetriesSkipped, "%s: after %v spent on errors, from about byte %d on failing blocks were not split and their neighbours passed over",
			j.where(), j.ErrorBudget, at)
	}
}
