package main

import (
	"slices"
	"time"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/progress"
	"rasure/cmd/message"
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

	Verdict    string           `json:"verdict"` // the outcome in words that say what to do with the disk
	Serial     string           `json:"serial"`
	Model      string           `json:"model"`
	Size       int64            `json:"size_bytes"`
	Medium     string           `json:"medium"` // its number in the register; "" if it had none
	Operator   string           `json:"operator"`
	Resumable  bool             `json:"resumable"`
	Exceptions []wipe.Exception `json:"exceptions"`

	// What only the certificate states. It is absent if the certificate could not be read.
	ID       string     `json:"id,omitempty"`
	Level    string     `json:"level,omitempty"` // that was asked for
	Achieved string     `json:"level_achieved,omitempty"`
	Scheme   string     `json:"scheme,omitempty"`
	Verify   string     `json:"verify,omitempty"`
	Method   string     `json:"method,omitempty"` // the drive's own erase; absent if there was none
	Started  *time.Time `json:"started,omitempty"`
	Ended    *time.Time `json:"ended,omitempty"`
	Seconds  *int64     `json:"duration_seconds,omitempty"` // without interruptions
}

// newWipeResult reads the certificate again: it is what was measured and signed.
func (a *app) newWipeResult(r job.Result) wipeResult {
	v := wipeResult{Disk: r.Disk.Name, Certificate: r.Certificate, Proof: r.Proof, Index: r.Index, Outcome: r.Outcome, Verdict: verdictOf(r).String(),
		Serial: r.Disk.Serial, Model: r.Disk.Model, Size: r.Disk.Size, Operator: r.Operator, Resumable: r.Resumable, Exceptions: append([]wipe.Exception{}, r.Exceptions...)}
	if r.Medium != nil {
		v.Medium = r.Medium.Number
	}
	if r.Certificate == "" || !a.JSON {
		return v
	}
	c, _, err := a.openCertificate(r.Certificate, pinOptions{})
	if err != nil {
		a.Note("rasure: %v\n", err)
		return v
	}
	v.ID, v.Level, v.Achieved, v.Scheme, v.Verify = c.ID, c.Plan.Level, c.Level, c.Plan.Scheme, c.Plan.Verify
	v.Started, v.Ended, v.Seconds = &c.Started, &c.Ended, &c.Seconds
	if c.Firmware != nil {
		v.Method = c.Firmware.Method
	}
	return v
}

// printResults prints how every job ended, of as many disks as were asked for; the worst decides the exit code.
func (a *app) printResults(results []job.Result, asked int) error {
	all := struct {
		Jobs []wipeResult `json:"jobs"`
	}{[]wipeResult{}}
	outcomes := []wipe.Outcome{} // of those that were not refused
	var refused error
	for _, r := range results {
		all.Jobs = append(all.Jobs, a.newWipeResult(r))
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
		a.printVerdicts(results, asked)
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

// verdictOf says what to do with the disk.
func verdictOf(r job.Result) message.Text {
	switch {
	case !r.Begun && r.Outcome == wipe.Failed: // it holds what it held
		return message.Of("NOT ERASED")
	case r.Outcome == wipe.Verified && r.Index < 0:
		return message.Of("ERASED, NOT IN THE LOG")
	}
	return progress.Word(r.Outcome)
}

// printVerdicts says at the end which disks are in the wrong hands if they are taken for erased ones.
func (a *app) printVerdicts(results []job.Result, asked int) {
	erased, not := 0, []job.Result{}
	for _, r := range results {
		if r.Outcome == wipe.Verified && r.Index >= 0 {
			erased++
		} else {
			not = append(not, r)
		}
	}
	if asked > 1 {
		a.Note("erased: %d of %d disks\n", erased, asked)
	}
	for _, r := range not {
		a.Note("%s: %s, serial number %s\n", verdictOf(r), devices.Printable(r.Disk.Name), cli.Dash(r.Disk.Serial))
	}
}

// printLeftOut names the disks of a batch that were not begun, last on the screen. It returns the refusal of those that were refused.
func (a *app) printLeftOut(b jobs.Follower) (refused error) {
	started := b.Started()
	for i, d := range b.Disks() {
		name, serial := devices.Printable(d.Disk.Name), cli.Dash(d.Disk.Serial)
		switch {
		case slices.Contains(started, i):
		case d.Refused != nil:
			a.Note("NOT ERASED: %s, serial number %s: %s\n", name, serial, d.Refused.Text)
			refused = fault.Coded(fault.Refused)
		default:
			a.Note("NOT ERASED: %s, serial number %s: it was left out\n", name, serial)
		}
	}
	return refused
}

func (a *app) printDetails(r job.Result) {
	name := devices.Printable(r.Disk.Name)
	for _, err := range r.Errs {
		a.Note("rasure: %s: %v\n", name, err)
		if h, ok := fault.HintOf(err); ok {
			a.Note("hint: %s\n", h)
		}
	}
	for _, err := range r.Besides {
		a.Note("warning: %s: %v\n", name, err)
		if h, ok := fault.HintOf(err); ok {
			a.Note("hint: %s\n", h)
		}
	}
	if r.Unsaved != nil {
		a.Note("%s: the state could not be saved for a part of the run, in which the job could not have been resumed: %v\n", name, r.Unsaved)
	}
	for _, e := range r.Exceptions {
		a.Note("%s: %s: %s\n", name, cli.Word(e.Code), message.Recognize(e.Detail))
	}
	if r.Resumable {
		a.Note("hint: resume with: rasure wipe --resume %s\n", devices.Printable(r.Disk.Path))
	}
}

// printErasing reports drives that were left erasing themselves, or locked in the middle of it, and are not the subject of this command.
func (a *app) printErasing(all []job.Erasing) {
	for _, e := range all {
		a.Note("the drive %s, serial number %s, is still running %s since %s; resume with: rasure wipe --resume\n", e.Model, e.Serial, e.Method, a.Local(e.Since))
	}
}

// noteJobs reports drives that were commanded to erase themselves, for commands that only look.
func (a *app) noteJobs() {
	for _, e := range job.ListErasing(a.stateDir) {
		a.Note("the drive %s, serial number %s, was commanded to erase itself (%s) on %s: the job is running, or was interrupted; resume with: rasure wipe --resume\n",
			e.Model, e.Serial, e.Method, a.Local(e.Since))
		if e.Secret != "" {
			a.Note("if the drive lost power, it is locked by the password %q\n", string(e.Secret))
		}
	}
}
