package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/progress"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/wipe"
)

func newJobsListCmd(a *app) *cobra.Command {
	return a.JSONFlag(&cobra.Command{
		Use:   "list",
		Short: "List the jobs that run, were interrupted, or have an outcome that nobody has seen",
		Long: `List the jobs of this station: those that run, in the job server or in a rasure wipe of their own, those that were
interrupted and can be resumed, and those of the job server that have ended and whose outcome nobody has seen.`,
		Example: "rasure jobs list",
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runJobsList(cmd.Context()) },
	})
}

func (a *app) runJobsList(ctx context.Context) error {
	all, err := a.listJobs(ctx)
	if err != nil && len(all) == 0 {
		return err // an empty list would say that no job runs
	}
	if a.JSON {
		return errors.Join(a.PrintJSON(struct {
			Jobs []jobs.Job `json:"jobs"`
		}{all}), err)
	}
	rows := [][]string{a.Heading(message.Of("DISK"), message.Of("SERIAL"), message.Of("JOB"), message.Of("DONE"), message.Of("MB/s"), message.Of("ETA"), message.Of("STATE"))}
	for _, j := range all {
		speed, eta := "-", "-"
		if left, known := j.Progress.Left(); known {
			eta = humanize.Duration(left)
		}
		if j.Progress.Speed > 0 {
			speed = message.Of("%.0f", float64(j.Progress.Speed)/1e6).In(a.Lang)
		}
		rows = append(rows, []string{j.Progress.Disk, cli.Dash(j.Progress.Serial), cli.Dash(j.ID), humanize.Percent(j.Done, j.Total), speed, eta, stateOf(j).In(a.Lang)})
	}
	a.Table(rows)
	return err
}

// stateOf is what a job does, or what it came to.
func stateOf(j jobs.Job) message.Text {
	switch {
	case j.Phase == jobs.Ended && j.Resumable:
		return message.Of("%s: resume with rasure wipe --resume %s", progress.Word(wipe.Outcome(j.Outcome)), j.Progress.Disk)
	case j.Phase == jobs.Ended:
		return progress.Verdict(wipe.Outcome(j.Outcome))
	case j.Foreign:
		return message.Of("running: %s", j.Why)
	case j.Phase == jobs.Paused:
		return message.Of("paused: %s", j.Why)
	case j.Phase == jobs.Stopping:
		return message.Of("stopping")
	}
	return j.Progress.Doing()
}

// listJobs returns the jobs of the server, if one runs, and those that only have a file; also with an error, which names the files that cannot be
// read.
func (a *app) listJobs(ctx context.Context) ([]jobs.Job, error) {
	c, err := a.dialJobs(ctx)
	if err != nil {
		return nil, err
	}
	all := []jobs.Job{}
	if c != nil {
		defer c.Close()
		st, err := stateNow(ctx, c)
		if err != nil {
			return nil, err
		}
		all = st.Jobs
	}
	known := map[string]bool{}
	for _, j := range all {
		known[j.ID] = true
	}
	files, err := job.List(a.stateDir)
	for _, l := range files {
		if !known[l.ID] && (l.Owned || l.Resumable) {
			all = append(all, jobs.OfFile(l, a.Lang))
		}
	}
	return all, err
}

// stateNow returns the state of a server.
func stateNow(ctx context.Context, s jobs.Service) (st jobs.State, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	seen := false
	err = s.Watch(ctx, func(now jobs.State) {
		if !seen {
			st, seen = now, true
			cancel()
		}
	})
	return st, err
}

// progressNow is how far the jobs of the job server are, by their ids; empty if none runs.
func (a *app) progressNow(ctx context.Context) map[string]view.Progress {
	all := map[string]view.Progress{}
	c, err := a.dialJobs(ctx)
	if c == nil || err != nil { // whatever is wrong with the server is no matter of a list of disks
		return all
	}
	defer c.Close()
	if st, err := stateNow(ctx, c); err == nil {
		for _, j := range st.Jobs {
			if !j.Foreign {
				all[j.ID] = view.Progress{Done: j.Done, Total: j.Total}
			}
		}
	}
	return all
}
