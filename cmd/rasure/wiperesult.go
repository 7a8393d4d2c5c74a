package main

import (
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/devices"
	"rasure/wipe"
)

// wipeResult is a job as wipe --json shows it.
type wipeResult struct {
	Disk        string       `json:"disk"`
	Certificate string       `json:"certificate"` // path; "" where it could not be written
	Proof       string       `json:"proof"`       // path; "" where there is none
	Index       int64        `json:"index"`       // in the log; -1 where it is not in the log
	Outcome     wipe.Outcome `json:"outcome"`
}

// printResults prints how every job ended; the worst decides the exit code.
func (a *app) printResults(results []job.Result) error {
	all := struct {
		Jobs []wipeResult `json:"jobs"`
	}{[]wipeResult{}}
	outcomes := []wipe.Outcome{} // of those that were not refused
	var refused error
	for _, r := range results {
		all.Jobs = append(all.Jobs, wipeResult{r.Disk.Name, r.Certificate, r.Proof, r.Index, r.Outcome})
		a.printDetails(r)
		switch {
		case len(r.Errs) == 0:
			outcomes = append(outcomes, r.Outcome)
		case !r.Begun && fault.Code(r.Errs[len(r.Errs)-1]) == fault.Refused:
			refused = fault.Printed(r.Errs[len(r.Errs)-1])
		default:
			outcomes = append(outcomes, wipe.Failed)
		}
	}
	if a.JSON {
		if err := a.PrintJSON(all); err != nil {
			return err
		}
	} else {
		for _, j := range all.Jobs {
			a.Printf("%s %s\n", cli.Dash(j.Certificate), j.Outcome)
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

func (a *app) printDetails(r job.Result) {
	name := devices.Printable(r.Disk.Name)
	for _, err := range r.Errs {
		a.Note("rasure: %s: %v\n", name, err)
		if h, ok := fault.HintOf(err); ok {
			a.Note("hint: %s\n", h)
		}
	}
	if r.Unsaved != nil {
		a.Note("%s: the state could not be saved for a part of the run, in which the job could not have been resumed: %v\n", name, r.Unsaved)
	}
	for _, e := range r.Exceptions {
		a.Note("%s: %s: %s\n", name, e.Code, e.Detail)
	}
	if r.Resumable {
		a.Note("hint: resume with: rasure wipe --resume %s\n", devices.Printable(r.Disk.Path))
	}
}

// printErasing reports drives that were left erasing themselves, or locked in the middle of it, and are not the subject of this command.
func (a *app) printErasing(all []job.Erasing) {
	for _, e := range all {
		a.Note("the drive %s, serial number %s, is still running %s since %s; resume with: rasure wipe --resume\n", e.Model, e.Serial, e.Method, e.Since.Format("2006-01-02 15:04 UTC"))
	}
}

// noteJobs reports drives that were commanded to erase themselves, for commands that only look.
func (a *app) noteJobs() {
	for _, e := range job.ListErasing(a.stateDir) {
		a.Note("the drive %s, serial number %s, was commanded to erase itself (%s) on %s: the job is running, or was interrupted; resume with: rasure wipe --resume\n",
			e.Model, e.Serial, e.Method, e.Since.Format("2006-01-02 15:04 UTC"))
		if e.Secret != "" {
			a.Note("if the drive lost power, it is locked by the password %q\n", string(e.Secret))
		}
	}
}
