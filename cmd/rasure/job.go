package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/humanize"
	"rasure/devices"
	"rasure/wipe"
	"rasure/wipe/pattern"
)

// job is one disk's way from the claim to the proof.
type job struct {
	*jobFile
	target *devices.Target
	others []*devices.Target // that the drive will erase with it
	resume bool              // the file is of an earlier process
	begun  bool              // what goes wrong from here on is a failure of the job, and no refusal
	spare  *reserve          // for its certificate

	sharing int // jobs on the same way into the machine, this one included

	outcome    wipe.Outcome
	exceptions []wipe.Exception
	index      int64 // of the certificate in the log; -1 if it is not there
	certPath   string
	proofPath  string
	errs       []error // what failed beside the wipe itself: log, files
	unkept     error   // why the state could not be kept at some time
}

func (j *job) fail(format string, args ...any) { j.errs = append(j.errs, fmt.Errorf(format, args...)) }

// signBegins signs the begin statements: a TPM that will not sign must say so before the operator is asked.
func (a *app) signBegins(jobs []*job, st *station, o wipeOptions) error {
	tool, err := thisTool()
	if err != nil {
		return err
	}
	operator := operatorOf(o)
	for _, j := range jobs {
		f := &j.Facts
		f.Station, f.Operator, f.Tool = st.describe(a), operator, tool
		f.Direct, f.Confirmed = j.target.Direct(), j.target.Confirmed()
		if j.resume {
			continue
		}
		started := now()
		if f.ID, err = certify.NewID(started, rand.Reader); err != nil {
			return err
		}
		j.Begin, err = certify.Sign(certify.KindBegin, certify.Begin{
			ID: f.ID, Station: f.Station, Operator: operator, Disk: issue.DiskOf(j.Disk, *f),
			Plan: issue.PlanOf(j.Plan), Started: started, Tool: tool,
			Register: f.Register, Policy: f.Policy,
		}, st.signer)
		if err != nil {
			return err
		}
	}
	return nil
}

func (j *job) summary() string {
	what := j.Disk.Model
	if what == "" {
		what = string(j.Disk.Medium)
	}
	s := fmt.Sprintf("%s: %s, %s, serial %s\n  everything on it will be destroyed: scheme %s, %d pass(es), read back: %s",
		devices.Printable(j.Disk.Name), what, sizeText(j.Disk.Size), dash(j.Disk.Serial), j.Plan.Scheme.ID, len(j.Plan.Scheme.Passes), j.Plan.Verify)
	if m := j.Plan.Method; m != nil {
		s += fmt.Sprintf("\n  the drive erases itself first: %s", m.ID)
		if m.Estimate > 0 {
			s += ", about " + humanize.Duration(m.Estimate)
		}
		for _, t := range j.others {
			s += fmt.Sprintf("\n  EVERYTHING ON %s WILL BE DESTROYED WITH IT (%s)", devices.Printable(t.Disk().Name), sizeText(t.Disk().Size))
		}
		for _, w := range j.Plan.Warnings {
			s += "\n  warning: " + w.String()
		}
	}
	if j.resume && j.Wipe != nil && j.Wipe.Report.Firmware != nil && len(j.Wipe.Report.Passes) == 0 {
		return s + "\n  going on with what the drive does by itself"
	}
	if j.resume && j.Wipe != nil {
		s += fmt.Sprintf("\n  going on with pass %d at byte %d", len(j.Wipe.Report.Passes), j.Wipe.WrittenTo)
	}
	return s
}

// run logs the begin, erases, certifies, logs the certificate. What fails on the way is kept in j; an erasure that
// took place always ends in a certificate, in the log if that can be, otherwise in the job's file.
func (j *job) run(ctx context.Context, st *station, onEvent func(wipe.Event)) {
	defer j.release()
	j.outcome = wipe.Failed
	if err := j.sameBytes(ctx, onEvent); err != nil && ctx.Err() != nil {
		j.outcome = wipe.Interrupted
		return
	} else if err != nil {
		j.fail("nothing was written: %w", err)
		return
	}
	if err := j.start(st); err != nil {
		j.fail("nothing was erased: %w", err)
		return
	}
	j.begun = true
	report, err := wipe.Run(ctx, j.target, j.Plan, wipe.RunOptions{OnEvent: onEvent, Resume: j.Wipe, SaveState: j.keep, SaveStateSync: j.journal, LinkJobs: j.sharing})
	if err != nil && report.Outcome == wipe.Failed {
		j.fail("%w", err)
	}
	j.spare.release()
	if err := j.seal(st, report); err != nil {
		j.errs = append(j.errs, fault.WithHint(fmt.Errorf("certifying: %w", err), "rasure wipe --resume %s reads the disk again and certifies it", j.Disk.Path))
		return
	}
	if err := j.settle(st); err != nil {
		j.errs = append(j.errs, err)
	}
}

// start puts the job on record: its file first, so that a begin in the log always leads to one.
func (j *job) start(st *station) error {
	if j.resume {
		if j.Phase == running { // nobody noted why it ended: the process was killed, or the power was cut
			j.interrupted("vanished")
		}
		j.Phase = running
		return j.save()
	}
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return err
	}
	if err := j.hold(time.Second); err != nil {
		return err
	}
	j.Phase = starting
	if err := j.save(); err != nil {
		return err
	}
	index, err := st.log.Append(j.Begin)
	if err != nil {
		return fmt.Errorf("logging the begin: %w", err)
	}
	sum := sha256.Sum256(j.Begin)
	j.Facts.Begin = certify.EntryRef{Index: index, SHA256: hex.EncodeToString(sum[:])}
	j.Phase = running
	return j.save()
}

// interrupted notes that the job had ended early.
func (f *jobFile) interrupted(reason string) {
	i := certify.Interruption{Reason: reason, Noticed: now()}
	if f.Wipe != nil {
		i.Pass, i.Low = len(f.Wipe.Report.Passes), f.Wipe.WrittenTo
	}
	f.Facts.Interruptions = append(f.Facts.Interruptions, i)
}

// keep takes the state of the wipe. If it cannot be written the job goes on: only less of it can be resumed.
func (j *job) keep(s wipe.State) {
	j.Wipe = &s
	if err := j.save(); err != nil {
		j.unkept = err
	}
}

// journal takes a state before the drive is told to erase itself. If it cannot be written the drive is told nothing.
func (j *job) journal(s wipe.State) error {
	j.Wipe = &s
	return j.save()
}

// tail is how much of the end of a disk shows whether a pass went over it; what we chose.
const tail = 64 << 20

// sameBytes makes sure, before anything is written, that a resumed disk bears what the job has written to it: a disk of
// the same identity whose bytes are others was swapped, restored or used in between. It reads a sample; every byte is read
// again at the end of the pass. Of the pass before, which is certified without being written again, it reads the end of the disk; there
// the pass under way may have come already, further than its state says.
func (j *job) sameBytes(ctx context.Context, onEvent func(wipe.Event)) error {
	if !j.resume || j.Wipe == nil || len(j.Wipe.Report.Passes) == 0 {
		return nil
	}
	if p := j.Wipe.Report.Probe; p != nil && p.Ended.IsZero() {
		return nil // keyed blocks were being written over what the passes wrote; the pass begins again
	}
	passes, low, size := j.Wipe.Report.Passes, j.Wipe.WrittenTo, j.Disk.Size
	last := passes[len(passes)-1]
	o := wipe.CheckOptions{OnEvent: onEvent, Disk: j.Disk, LinkJobs: j.sharing, Skip: last.Unwritten}
	found := []wipe.Extent{}
	var err error
	if low > 0 {
		found, err = j.differing(ctx, last, low, wipe.Sample, o)
	}
	if n := len(passes); n > 1 && len(found) == 0 && err == nil && passes[n-2].FlushErrors == 0 {
		before := passes[n-2]
		o.Skip = slices.Concat([]wipe.Extent{{Length: max(low, size-tail)}}, before.Unwritten, before.Mismatched, before.Unreadable)
		slices.SortFunc(o.Skip, func(a, b wipe.Extent) int { return cmp.Compare(a.Offset, b.Offset) })
		if found, err = j.differing(ctx, before, size, wipe.Full, o); len(found) > 0 && err == nil {
			o.Skip = around(found, size)
			found, err = j.differing(ctx, last, size, wipe.Full, o)
		}
	}
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return fault.WithHint(fault.Refusef("%s does not bear what the interrupted job wrote: the first difference is at byte %d", j.Disk.Name, found[0].Offset),
			"somebody has used it since: erase it from the beginning, without --resume")
	}
	return nil
}

// differing reads the first size bytes of the disk, but for o.Skip, and returns what is not of a pass.
func (j *job) differing(ctx context.Context, p wipe.PassReport, size int64, mode wipe.VerifyMode, o wipe.CheckOptions) ([]wipe.Extent, error) {
	pat, err := pattern.Parse(p.Pattern, p.Key)
	if err != nil {
		return nil, err
	}
	r, err := wipe.Check(ctx, j.target, pat, size, mode, o)
	return r.Mismatched, err
}

// around is all of a disk but a sorted list of extents.
func around(list []wipe.Extent, size int64) (rest []wipe.Extent) {
	at := int64(0)
	for _, e := range list {
		rest = append(rest, wipe.Extent{Offset: at, Length: e.Offset - at})
		at = e.Offset + e.Length
	}
	return append(rest, wipe.Extent{Offset: at, Length: size - at})
}

// fileBase names the files of a certificate after the disk and the end of the job.
func fileBase(d devices.Disk, ended time.Time) string {
	return devices.FileName(confirmWord(d)) + "-" + ended.UTC().Format("20060102T150405Z")
}
