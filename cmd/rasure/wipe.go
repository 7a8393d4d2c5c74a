package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/spf13/cobra"

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

Example: rasure wipe sdb` + "\n" + exitHelp,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, flag := range []string{"scheme", "level", "verify", "out"} {
				if o.resume && cmd.Flags().Changed(flag) {
					return usageError{fmt.Errorf("--resume goes on as the job began: --%s cannot be changed", flag)}
				}
			}
			return a.wipe(cmd.Context(), args, o)
		},
	}
	c.Flags().StringArrayVar(&o.confirm, "confirm", nil, "serial number of a disk to be erased, instead of typing it; one for each disk")
	c.Flags().StringVar(&o.out, "out", "", "directory for certificates and proofs (default: certificates in the state directory)")
	c.Flags().StringVar(&o.operator, "operator", "", "who does this (default: the account behind sudo or the login)")
	c.Flags().BoolVar(&o.allowImage, "allow-image", false, "take image files and loop devices as disks")
	c.Flags().BoolVar(&o.resume, "resume", false, "go on with the interrupted job of the disk, by the plan it began with")
	o.plan.add(c)
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
	if o.out == "" {
		o.out = a.statePath(certificateDir)
	}
	st, err := a.openStation()
	if err != nil {
		return err
	}
	defer st.Close()
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("making the directory for certificates: %w", err)
	}
	reserve, err := a.reserve(o.out)
	if err != nil {
		return err
	}
	defer reserve.release()
	left, err := a.tidy(st)
	if err != nil {
		return err
	}
	defer func() { releaseAll(left) }()
	jobs, err := a.claimAll(ctx, args, o)
	defer func() {
		for _, j := range jobs {
			j.target.Close()
		}
	}()
	if err != nil {
		return err
	}
	superseded := []*jobFile{}
	for _, j := range jobs {
		var f *jobFile
		if f, left = take(left, j.Disk); f != nil {
			defer f.release()
		}
		switch {
		case o.resume && f == nil:
			return nothingToResume(left, j.Disk)
		case o.resume:
			f.Disk, j.jobFile, j.resume = j.Disk, f, true // its name and number may have changed
		case f != nil:
			superseded = append(superseded, f)
		}
	}
	if err := a.signBegins(jobs, st, o); err != nil {
		return err
	}
	if err := a.confirm(ctx, jobs, o.confirm); err != nil {
		return err
	}
	for _, f := range superseded {
		if err := a.close(st, f); err != nil {
			return err
		}
	}
	// ---- From here on a failure is a fact to certify. ----
	show := newProgress(a.err)
	var wg sync.WaitGroup
	for _, j := range jobs {
		wg.Go(func() { j.run(ctx, st, reserve, show.add(devices.Printable(j.Disk.Name))) })
	}
	wg.Wait()
	show.close()
	return a.reportJobs(jobs)
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
			return jobs, usageError{fmt.Errorf("%s was named twice", d.Name)}
		}
		if slices.ContainsFunc(jobs, func(j *job) bool { return confirmWord(j.Disk) == confirmWord(d) }) {
			return jobs, refusal{fmt.Errorf("two of the disks answer to %q: one word cannot confirm both", confirmWord(d))}
		}
		p, err := o.plan.planFor(d)
		if err != nil {
			return jobs, err
		}
		t, err := h.Claim(ctx, d, devices.ClaimOptions{AllowImage: o.allowImage})
		if err != nil {
			return jobs, explain(err)
		}
		jobs = append(jobs, &job{jobFile: &jobFile{Disk: t.Disk(), Plan: p, Dir: o.out, dir: a.statePath(jobsDir)}, target: t, index: -1})
	}
	return jobs, nil
}

// reportJobs prints what became of every job; the worst decides the exit code.
func (a *app) reportJobs(jobs []*job) error {
	all := struct {
		Jobs []wiped `json:"jobs"`
	}{[]wiped{}}
	outcomes := []wipe.Outcome{}
	var failed []error
	for _, j := range jobs {
		all.Jobs = append(all.Jobs, wiped{j.Disk.Name, j.certPath, j.proofPath, j.index, j.outcome})
		outcomes = append(outcomes, j.outcome)
		name := devices.Printable(j.Disk.Name)
		for _, err := range j.errs {
			failed = append(failed, err)
			a.note("rasure: %s: %v\n", name, err)
		}
		for _, e := range j.exceptions {
			a.note("%s: %s: %s\n", name, e.Code, e.Detail)
		}
		if j.outcome == wipe.Interrupted {
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
	for _, err := range failed {
		if exitCode(err) == exitRefused {
			return told{err}
		}
	}
	if len(failed) > 0 {
		return outcomeError{wipe.Failed}
	}
	if w := worst(outcomes); w != wipe.Verified {
		return outcomeError{w}
	}
	return nil
}
