package main

import (
	"bufio"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/progress"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

func newJobsAttachCmd(a *app) *cobra.Command {
	var mode string
	c := &cobra.Command{
		Use:   "attach [DISK]...",
		Short: "Show the progress of jobs until they end",
		Long: `Show the progress of the jobs of the job server until they end: those of the disks that are named, or all that run.
Ctrl-C ends the showing, and the jobs go on.`,
		Example: "rasure jobs attach sdb",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runJobsAttach(cmd.Context(), args, mode) },
		Args:    cobra.ArbitraryArgs,
	}
	showFlag(c, &mode)
	return c
}

func (a *app) runJobsAttach(ctx context.Context, disks []string, mode string) error {
	if err := checkShow(mode); err != nil {
		return err
	}
	c, err := a.needJobs(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	st, err := stateNow(ctx, c)
	if err != nil {
		return err
	}
	wanted := []jobs.Job{}
	for _, disk := range disks {
		j, err := jobOn(st, disk)
		if err != nil {
			return err
		}
		wanted = append(wanted, j)
	}
	for _, j := range st.Jobs {
		if len(disks) == 0 && j.Phase != jobs.Ended {
			wanted = append(wanted, j)
		}
	}
	if len(wanted) == 0 {
		a.Note("no job runs\n")
		return nil
	}
	ended, err := a.watchJobs(ctx, c, st, wanted, mode)
	if err != nil {
		return err
	}
	if ctx.Err() != nil && len(ended) < len(wanted) {
		a.Note("the jobs go on; rasure jobs attach shows them again\n")
		return nil
	}
	outcomes := []wipe.Outcome{}
	for _, j := range ended {
		a.Printf("%s %s\n", cli.Dash(j.Path), j.Outcome)
		outcomes = append(outcomes, wipe.Outcome(j.Outcome))
	}
	if w := fault.Worst(outcomes); w != wipe.Verified {
		return fault.Outcome(w)
	}
	return nil
}

// watchJobs shows jobs until all have ended, or ctx ends, and returns those that have ended.
func (a *app) watchJobs(ctx context.Context, c jobs.Service, st jobs.State, wanted []jobs.Job, mode string) (ended []jobs.Job, err error) {
	show := progress.New(progress.Options{Out: a.Terminal, Mode: progress.Mode(mode), Lang: a.Lang})
	for _, j := range wanted {
		show.Add(diskOf(st, j).Disk)
	}
	show.Start()
	within, stop := context.WithCancel(ctx)
	defer stop()
	over := map[int]jobs.Job{}
	err = c.Watch(within, func(now jobs.State) {
		for i, w := range wanted {
			if j, ok := find(now.Jobs, w); ok {
				show.Show(i, j.Progress)
				if j.Phase == jobs.Ended {
					over[i] = j
				}
			} else if _, ok := over[i]; !ok { // somebody has seen its outcome, or it was another process's
				w.Phase, w.Outcome = jobs.Ended, string(wipe.Unknown)
				over[i] = w
			}
		}
		if len(over) == len(wanted) {
			stop()
		}
	})
	if show.Close() != nil {
		a.DropNotes()
	}
	for i := range wanted {
		if j, ok := over[i]; ok {
			ended = append(ended, j)
		}
	}
	if len(over) == len(wanted) {
		err = nil
	}
	return ended, err
}

// find returns a job as it is now. Before its begin is signed a job has no id.
func find(all []jobs.Job, w jobs.Job) (jobs.Job, bool) {
	for _, j := range all {
		if j.Disk == w.Disk && (j.ID == w.ID || w.ID == "") {
			return j, true
		}
	}
	return jobs.Job{}, false
}

// diskOf returns the disk of a job.
func diskOf(st jobs.State, j jobs.Job) jobs.Disk {
	for _, d := range st.Disks {
		if d.Key == j.Disk {
			return d
		}
	}
	return jobs.Disk{Disk: devices.Disk{Name: j.Progress.Disk}}
}

// jobOn returns the job of the disk that somebody named: by its name, its path, its serial number or the id of the job.
func jobOn(st jobs.State, disk string) (jobs.Job, error) {
	for _, j := range st.Jobs {
		d := diskOf(st, j)
		if j.ID == disk || d.Name == disk || d.Path == disk || d.Key == disk || d.Serial != "" && strings.EqualFold(d.Serial, disk) {
			return j, nil
		}
	}
	return jobs.Job{}, fault.WithHint(fault.Refusef("no job of %q", devices.Printable(disk)), "rasure jobs list shows the jobs")
}

// needJobs connects to the job server, which must run.
func (a *app) needJobs(ctx context.Context) (*jobs.Client, error) {
	c, err := a.dialJobs(ctx)
	if err == nil && c == nil {
		err = fault.WithHint(fault.Refuse(jobs.ErrNoServer), "a rasure wipe that runs without it is stopped by Ctrl-C on its own terminal")
	}
	return c, err
}

func newJobsStopCmd(a *app) *cobra.Command {
	var word string
	c := &cobra.Command{
		Use:   "stop DISK",
		Short: "Stop one job cleanly",
		Long: `Stop one job of the job server cleanly: its certificate says "interrupted", and rasure wipe --resume continues from
there. You type the serial number of the disk.`,
		Example: "rasure jobs stop sdb",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runJobsStop(cmd.Context(), args[0], word) },
	}
	c.Flags().StringVar(&word, "confirm", "", "serial number of the disk, instead of typing it")
	return c
}

func (a *app) runJobsStop(ctx context.Context, disk, word string) error {
	c, err := a.needJobs(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	st, err := stateNow(ctx, c)
	if err != nil {
		return err
	}
	j, err := jobOn(st, disk)
	if err != nil {
		return err
	}
	d := diskOf(st, j)
	if word == "" {
		if !a.Interactive() {
			return fault.WithHint(fault.Usagef("there is no terminal to confirm on"), "name the disk whose job is to be stopped: --confirm %s", quoted(d.Word))
		}
		a.Note("%s, serial number %s: job %s, %s\n", devices.Printable(d.Name), cli.Dash(d.Serial), cli.Dash(j.ID), stateOf(j))
		a.Note("%s", stopQuestion(d))
		if word, err = cli.ReadLine(ctx, bufio.NewReader(a.In)); err != nil {
			return err
		}
	}
	if err := c.Stop(ctx, j.Disk, strings.TrimSpace(word)); err != nil {
		return err
	}
	ended, err := a.watchJobs(ctx, c, st, []jobs.Job{j}, string(progress.None))
	if err != nil {
		return err
	}
	for _, j := range ended {
		a.Printf("%s %s\n", cli.Dash(j.Path), j.Outcome)
	}
	return nil
}

func stopQuestion(d jobs.Disk) message.Text {
	if d.Serial == "" {
		return message.Of("Type its name to stop the job: ")
	}
	return message.Of("Type the serial number to stop the job: ")
}
