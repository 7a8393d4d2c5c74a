package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/progress"
	"rasure/devices"
	"rasure/wipe"
)

type wipeOptions struct {
	plan       planFlags
	confirm    []string
	out        string
	operator   string
	allowImage bool
	resume     bool
	restore    bool
	medium     []string // one for each disk, in their order
	witness    []string
	progress   string
}

func newWipeCmd(a *app) *cobra.Command {
	var o wipeOptions
	c := &cobra.Command{
		Use:   "wipe DISK...",
		Short: "Erase disks and certify it",
		Long: `Erase disks: EVERYTHING ON THEM IS DESTROYED. Each disk is claimed for this job alone, overwritten as its
plan says and read back; then a signed certificate goes into the log and, with its proof, into a directory.
Before anything is written you type the serial number of each disk. Several disks are erased side by side.
Ctrl-C stops cleanly; the certificate then says "interrupted", and --resume goes on from there: also after a
power cut, or when the disk was pulled out and has come back under another name.

A medium of the register is erased under its number, --medium: an approval must stand, for this technician
(--operator), and its rule is kept. Witnesses who are present sign at the end, the others later by file.

Example: rasure wipe sdb` + "\n" + exitHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, flag := range []string{"scheme", "level", "verify", "medium"} {
				if o.resume && cmd.Flags().Changed(flag) {
					return fault.Usagef("--resume goes on as the job began: --%s cannot be changed", flag)
				}
			}
			if err := checkShow(o.progress); err != nil {
				return err
			}
			if err := o.plan.check(); err != nil {
				return err
			}
			return a.wipe(cmd.Context(), args, o)
		},
	}
	c.Flags().StringArrayVar(&o.confirm, "confirm", nil, "serial number of a disk to be erased, instead of typing it; one for each disk")
	c.Flags().StringVar(&o.out, "out", "", "directory for certificates and proofs (default: certificates in the state directory; with --resume: as the job began)")
	c.Flags().StringVar(&o.operator, "operator", "", "who does this (default: the account behind sudo or the login)")
	c.Flags().BoolVar(&o.allowImage, "allow-image", false, "take image files and loop devices as disks")
	c.Flags().BoolVar(&o.resume, "resume", false, "go on with the interrupted job of the disk, by the plan it began with")
	c.Flags().BoolVar(&o.restore, "restore-hidden", false, "make hidden areas addressable, for good, instead of erasing; the next wipe then reaches them")
	c.Flags().StringArrayVar(&o.medium, "medium", nil, "register number of the medium; one for each disk, in the same order")
	c.Flags().StringArrayVar(&o.witness, "witness", nil, "a witness who is present and signs at the end: NAME=KEYFILE or NAME=agent")
	o.plan.add(c)
	showFlag(c, &o.progress)
	return a.jsonFlag(c)
}

// wiped is a job as wipe --json shows it.
type wiped struct {
	Disk        string       `json:"disk"`
	Certificate string       `json:"certificate"` // path; "" where it could not be written
	Proof       string       `json:"proof"`       // path; "" where there is none
	Index       int64        `json:"index"`       // in the log; -1 where it is not in the log
	Outcome     wipe.Outcome `json:"outcome"`
}

func (a *app) wipe(ctx context.Context, args []string, o wipeOptions) error {
	signal.Ignore(syscall.SIGPIPE) // it would kill the job when who reads stdout or stderr goes away: "rasure wipe sdb 2>&1 | head"
	elsewhere := o.out != ""       // of a job that is gone on with, too
	if !elsewhere {
		o.out = a.statePath(certificateDir)
	}
	out, err := filepath.Abs(o.out) // the job may be gone on with from another directory
	if err != nil {
		return err
	}
	o.out = out
	st, left, err := a.openLeft()
	if err != nil {
		return err
	}
	defer func() { releaseAll(left) }()
	defer st.Close()
	jobs, err := a.claimAll(ctx, args, o)
	defer func() {
		for _, j := range jobs {
			j.target.Close()
			for _, t := range j.others {
				t.Close()
			}
		}
	}()
	if err != nil {
		return err
	}
	share(jobs)
	superseded := []*jobFile{}
	for _, j := range jobs {
		var mine []*jobFile
		mine, left = take(left, j.Disk)
		defer releaseAll(mine)
		if !o.resume {
			if err := leftErasing(mine, j.Disk); err != nil {
				return err
			}
		}
		if o.resume {
			if len(mine) == 0 {
				return nothingToResume(left, j.Disk)
			}
			f := mine[len(mine)-1]
			f.Disk, j.jobFile, j.resume = j.Disk, f, true // its name and number may have changed
			if elsewhere {
				f.Dir = o.out
			}
			mine = mine[:len(mine)-1]
		}
		superseded = append(superseded, mine...)
	}
	a.noteErasing(left)
	if err := a.claimOthers(ctx, jobs); err != nil {
		return err
	}
	releaseAll(left) // another process may go on with them while this one erases
	for _, j := range jobs {
		if err := os.MkdirAll(j.Dir, 0o755); err != nil {
			return fault.WithHint(fmt.Errorf("making the directory for certificates: %w", err), "--out DIR names another one")
		}
		if j.spare, err = a.reserve(j.Dir); err != nil {
			return err
		}
		defer j.spare.release()
	}
	if err := a.allow(jobs, st, o); err != nil {
		return err
	}
	if err := a.signBegins(jobs, st, o); err != nil {
		return err
	}
	if err := a.confirm(ctx, jobs, o.confirm); err != nil {
		return err
	}
	if o.restore {
		return a.restoreHidden(ctx, jobs)
	}
	for _, f := range superseded {
		if err := a.close(st, f); err != nil {
			return err
		}
	}
	// ---- From here on a failure is a fact to certify. ----
	show := a.newProgress(a.liveHost(), o.progress, progress.Verdict)
	for _, j := range jobs {
		show.Add(j.Disk)
	}
	show.Start()
	var wg sync.WaitGroup
	for i, j := range jobs {
		wg.Go(func() {
			j.run(ctx, st, func(e wipe.Event) { show.Update(i, e) })
			show.End(i, j.outcome)
		})
	}
	wg.Wait()
	if show.Close() != nil {
		a.err = io.Discard // a reader who takes nothing cannot keep the process from ending
	}
	unseen := a.witnesses(ctx, jobs, st, o)
	if unseen != nil {
		a.note("rasure: %v\n", unseen) // the erasure is done and certified all the same
	}
	if err := a.reportJobs(jobs); err != nil || unseen == nil {
		return err
	}
	return fault.Outcome(wipe.CompletedWithExceptions)
}

// claimAll finds, claims and plans every disk before the first one is touched. The jobs it returns hold their disks,
// also when it fails.
func (a *app) claimAll(ctx context.Context, args []string, o wipeOptions) ([]*job, error) {
	h := a.liveHost()
	jobs := []*job{}
	for _, arg := range args {
		d, err := h.Find(arg)
		if err != nil {
			return jobs, explain(err)
		}
		if slices.ContainsFunc(jobs, func(j *job) bool { return j.Disk.Path == d.Path }) {
			return jobs, fault.Usagef("%s was named twice", d.Name)
		}
		if slices.ContainsFunc(jobs, func(j *job) bool { return confirmWord(j.Disk) == confirmWord(d) }) {
			return jobs, fault.Refusef("two of the disks answer to %q: one word cannot confirm both", confirmWord(d))
		}
		t, err := h.Claim(ctx, d, devices.ClaimOptions{AllowImage: o.allowImage})
		if err != nil {
			return jobs, explain(err)
		}
		j := &job{jobFile: &jobFile{Disk: t.Disk(), Dir: o.out, dir: a.statePath(jobsDir)}, target: t, index: -1}
		jobs = append(jobs, j)
		if o.resume {
			continue // the job has its plan, and its drive may not take questions now
		}
		offer, err := a.capabilities(ctx, t, o.plan.level)
		if err != nil {
			return jobs, err
		}
		if j.Plan, err = o.plan.planFor(d, offer); err != nil {
			return jobs, err
		}
	}
	return jobs, nil
}

// reportJobs prints what became of every job; the worst decides the exit code.
func (a *app) reportJobs(jobs []*job) error {
	all := struct {
		Jobs []wiped `json:"jobs"`
	}{[]wiped{}}
	outcomes := []wipe.Outcome{} // of those that were not refused
	var refused error
	for _, j := range jobs {
		all.Jobs = append(all.Jobs, wiped{j.Disk.Name, j.certPath, j.proofPath, j.index, j.outcome})
		name := devices.Printable(j.Disk.Name)
		outcome := j.outcome
		for _, err := range j.errs {
			a.note("rasure: %s: %v\n", name, err)
			if h, ok := fault.HintOf(err); ok {
				a.note("hint: %s\n", h)
			}
			if outcome = wipe.Failed; !j.begun && fault.Code(err) == fault.Refused {
				outcome, refused = "", fault.Printed(err)
			}
		}
		if outcome != "" {
			outcomes = append(outcomes, outcome)
		}
		if j.unkept != nil {
			a.note("%s: for some time the job could not have been gone on with: %v\n", name, j.unkept)
		}
		for _, e := range j.exceptions {
			a.note("%s: %s: %s\n", name, e.Code, e.Detail)
		}
		if resumable(wipe.Report{Outcome: j.outcome, Exceptions: j.exceptions}) != "" {
			a.note("hint: rasure wipe --resume %s goes on from there\n", j.Disk.Path)
		}
	}
	if a.json {
		if err := a.printJSON(all); err != nil {
			return err
		}
	} else {
		for _, j := range all.Jobs {
			a.printf("%s %s\n", dash(j.Certificate), j.Outcome)
		}
	}
	w := fault.Worst(outcomes)
	switch {
	case w == wipe.Failed || w != wipe.Verified && refused == nil:
		return fault.Outcome(w)
	case refused != nil:
		return refused
	}
	return nil
}
