// Package after does what follows a job and a batch: a file for other programs, a copy on another medium, a report, and switching the
// machine off. None of it makes a job fail: what could not be done is an error of its own.
package after

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// Options say what follows. The zero value is nothing.
type Options struct {
	Report string `json:"report"` // directory for the report of each batch
	Sync   string `json:"sync"`   // directory on another medium, for a copy of log and certificates
	Hook   string `json:"hook"`   // directory for a file after each job
	Then   string `json:"then"`   // what happens after the last job; "" is None
}

// What can happen after the last job.
const (
	None     = "none"
	PowerOff = "poweroff"
	SpinDown = "spin-down"
)

// Or takes from other what o does not say.
func (o Options) Or(other Options) Options {
	return Options{cmp.Or(o.Report, other.Report), cmp.Or(o.Sync, other.Sync), cmp.Or(o.Hook, other.Hook), cmp.Or(o.Then, other.Then)}
}

// Absolute makes the directories absolute, and refuses what cannot be done. The directory of Sync need not be there: its medium may be
// plugged in later.
func (o Options) Absolute() (Options, error) {
	for flag, dir := range map[string]*string{"--report": &o.Report, "--sync": &o.Sync, "--hook": &o.Hook} {
		if *dir == "" {
			continue
		}
		abs, err := filepath.Abs(*dir)
		if err != nil {
			return o, err
		}
		if info, err := os.Stat(abs); flag != "--sync" && (err != nil || !info.IsDir()) {
			return o, fault.Usagef("%s: there is no directory %s", flag, *dir)
		}
		*dir = abs
	}
	switch o.Then {
	case "", None, PowerOff, SpinDown:
		return o, nil
	}
	return o, fault.WithHint(fault.Usagef("--then: %q is not one of its values", o.Then), "use none, poweroff or spin-down")
}

// Job does what follows one job: the file for other programs, and the copy.
func (o Options) Job(st *station.Station, r job.Result) (errs []error) {
	if o.Hook != "" && r.Begun {
		if err := writeHook(o.Hook, st, r); err != nil {
			errs = append(errs, message.Errorf("writing for other programs to %s: %w", o.Hook, err))
		}
	}
	if o.Sync != "" && r.Begun {
		if err := Copy(o.Sync, st, r); err != nil {
			errs = append(errs, message.Errorf("copying log and certificates to %s: %w", o.Sync, err))
		}
	}
	return errs
}

// Batch writes the report of a batch.
func (o Options) Batch(st *station.Station, results []job.Result) error {
	if o.Report == "" || len(results) == 0 {
		return nil
	}
	if err := writeReport(o.Report, st, results); err != nil {
		return message.Errorf("writing the report of the batch to %s: %w", o.Report, err)
	}
	return nil
}

// writeHook writes a new file, whole or not at all: its name ends in .json only when its content is there.
func writeHook(dir string, st *station.Station, r job.Result) error {
	rec := RecordOf(st, r)
	text, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return err
	}
	return durable.OpenExisting(dir, 0o644).WriteFile(rec.name()+".json", append(text, '\n'))
}

func writeReport(dir string, st *station.Station, results []job.Result) error {
	report := struct {
		Version int       `json:"version"`
		Station string    `json:"station"`
		Time    string    `json:"time"`
		Jobs    []*Record `json:"jobs"`
	}{1, st.Name(), station.Now().Format("2006-01-02T15:04:05Z"), []*Record{}}
	lines := []string{fmt.Sprintf("station %s, %s", report.Station, report.Time)}
	erased := 0
	for _, r := range results {
		rec := RecordOf(st, r)
		report.Jobs = append(report.Jobs, rec)
		lines = append(lines, rec.line())
		if rec.Outcome == "verified" && rec.Index >= 0 {
			erased++
		}
	}
	lines = append(lines, fmt.Sprintf("erased: %d of %d", erased, len(results)), "The signed certificates are the record; this is a list of them.", "")
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	to, name := durable.OpenExisting(dir, 0o644), "batch-"+strings.ReplaceAll(report.Time, ":", "")+"-"+report.Jobs[0].name()
	if err := to.WriteFile(name+".txt", []byte(strings.Join(lines, "\n"))); err != nil {
		return err
	}
	return to.WriteFile(name+".json", append(text, '\n'))
}

// SwitchOff switches the machine off by off, unless a job of the station runs.
func SwitchOff(ctx context.Context, stateDir string, off func(context.Context) error) error {
	all, err := job.List(stateDir)
	if err != nil {
		return message.Errorf("the machine is not switched off: %w", err)
	}
	for _, l := range all {
		if l.Owned {
			return fault.Refusef("the machine is not switched off: job %s runs", l.ID)
		}
	}
	return off(ctx)
}
