package after

import (
	"fmt"
	"strings"
	"time"

	"rasure/certify"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/progress"
	"rasure/cmd/internal/station"
	"rasure/cmd/message/humanize"
	"rasure/devices"
	"rasure/wipe"
)

// Record is a job that has ended, for other programs. FORMAT.md of cmd/rasure describes each field. Fields are added, never changed.
type Record struct {
	Version     int              `json:"version"`
	Station     string           `json:"station"`
	ID          string           `json:"id"` // of the job; "" if it has no certificate
	Disk        string           `json:"disk"`
	Port        string           `json:"port"`
	Model       string           `json:"model"`
	Serial      string           `json:"serial"`
	WWN         string           `json:"wwn"`
	Size        int64            `json:"size_bytes"`
	Medium      string           `json:"medium"`
	Operator    string           `json:"operator"`
	Outcome     wipe.Outcome     `json:"outcome"`
	Verdict     string           `json:"verdict"`
	Resumable   bool             `json:"resumable"`
	Exceptions  []wipe.Exception `json:"exceptions"`
	Errors      []string         `json:"errors"`
	Index       int64            `json:"index"`
	Certificate string           `json:"certificate"`
	Proof       string           `json:"proof"`

	// Of the certificate; empty if there is none.
	Level    string     `json:"level"`
	Achieved string     `json:"level_achieved"`
	Scheme   string     `json:"scheme"`
	Verify   string     `json:"verify"`
	Method   string     `json:"method"`
	Started  *time.Time `json:"started"`
	Ended    *time.Time `json:"ended"`
	Seconds  int64      `json:"duration_seconds"`
}

// RecordOf describes a job that has ended. What only the certificate states is read from the log.
func RecordOf(st *station.Station, r job.Result) *Record {
	rec := &Record{Version: 1, Station: st.Name(), Disk: devices.Printable(r.Disk.Name), Port: r.Disk.Port, Model: r.Disk.Model, Serial: r.Disk.Serial, WWN: r.Disk.WWN,
		Size: r.Disk.Size, Operator: r.Operator, Outcome: r.Outcome, Verdict: progress.Word(r.Outcome).String(), Resumable: r.Resumable,
		Exceptions: append([]wipe.Exception{}, r.Exceptions...), Errors: []string{}, Index: r.Index, Certificate: r.Certificate, Proof: r.Proof}
	if r.Medium != nil {
		rec.Medium = r.Medium.Number
	}
	for _, err := range r.Errs {
		rec.Errors = append(rec.Errors, err.Error())
	}
	if r.Index < 0 {
		return rec
	}
	text, err := st.Log().Entry(r.Index)
	if err != nil {
		return rec
	}
	e, err := certify.CheckEntry(text, st.PublicKey())
	if err != nil || e.Certificate == nil {
		return rec
	}
	c := e.Certificate
	rec.ID, rec.Level, rec.Achieved, rec.Scheme, rec.Verify = c.ID, c.Plan.Level, c.Level, c.Plan.Scheme, c.Plan.Verify
	rec.Started, rec.Ended, rec.Seconds = &c.Started, &c.Ended, c.Seconds
	if c.Firmware != nil {
		rec.Method = c.Firmware.Method
	}
	return rec
}

// name is that of a file about the job: it differs for each certificate.
func (rec *Record) name() string {
	if rec.Index >= 0 && rec.ID != "" {
		return fmt.Sprintf("%s-%d", rec.ID, rec.Index)
	}
	disk := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return '_'
	}, rec.Disk)
	return fmt.Sprintf("unlogged-%s-%d", disk, station.Now().UnixNano())
}

// line is the record in a line of the report.
func (rec *Record) line() string {
	index := "not in the log"
	if rec.Index >= 0 {
		index = fmt.Sprintf("log entry %d", rec.Index)
	}
	return fmt.Sprintf("%s: %s, %s, serial number %s, %s, %s (%s), %s", rec.Verdict, rec.Disk, cli.Dash(rec.Model), cli.Dash(rec.Serial), humanize.Size(rec.Size),
		rec.Outcome, cli.Dash(rec.Scheme), index)
}
