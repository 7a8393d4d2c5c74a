package job

import (
	"encoding/json"

	"rasure/certify/issue"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// Versions of job files. Version 1, of rasure 0.1.0, had no number; it is read, and becomes version 2 when it is next saved. Version 3 is that of
// a job in a log of version 2, which has a seed. A rename in Go must not change a name in this file: see TestJobFileNames.
const (
	fileDrawn  = 2
	fileSeeded = 3
)

// phase is how far a job has come.
type phase string

const (
	starting phase = "starting" // the begin is signed, and may be in the log
	running  phase = "running"  // the begin is in the log; no certificate says how this run of the job ended
	sealed   phase = "sealed"   // a certificate is signed, and may be in the log
	halted   phase = "halted"   // its certificate is in the log, and the job can be resumed
)

// record is what a job file holds.
type record struct {
	Version    int          `json:"version"`
	Phase      phase        `json:"phase"`
	Facts      issue.Facts  `json:"facts"`
	Begin      []byte       `json:"begin_statement"` // signed; in the log as Facts.Begin.Index, unless that is 0. Not the "begin" of version 1: rasure 0.1.0 must refuse this file
	Disk       devices.Disk `json:"disk"`
	Plan       wipe.Plan    `json:"plan"`
	Dir        string       `json:"directory"`                      // of certificate and proof
	FileSystem string       `json:"directory_filesystem,omitempty"` // that Dir was on, see fileSystem; "" where it is not known
	Wipe       *wipe.State  `json:"wipe,omitempty"`                 // how much is written
	Sealed     []byte       `json:"sealed,omitempty"`               // phase sealed: the signed certificate
	Base       string       `json:"base,omitempty"`                 // of its files
	Outcome    wipe.Outcome `json:"outcome,omitempty"`              // in it
	Reason     string       `json:"interrupted,omitempty"`          // why the job can be resumed after that certificate: an Interruption.Reason; "" if it cannot

	Sessions []session `json:"sessions,omitempty"` // so far
	Who      operator  `json:"operator"`           // of the job as it runs now; without names in a file by an earlier version
	Seed     string    `json:"seed,omitempty"`     // hex; "" in a log of version 1
	Anchor   *anchor   `json:"anchor,omitempty"`   // from the begin on, before a key is used
}

// version1 has the fields of a job file of rasure 0.1.0 that have other names now.
type version1 struct {
	Begin   []byte `json:"begin"`
	Running bool   `json:"running"`
	Halted  string `json:"halted"`
}

func (r *record) upgrade(old version1) {
	r.Version, r.Begin, r.Reason = fileDrawn, old.Begin, old.Halted
	switch {
	case len(r.Sealed) > 0:
		r.Phase = sealed
	case r.Facts.Begin.Index == 0:
		r.Phase = starting
	case old.Running:
		r.Phase = running
	default:
		r.Phase = halted
	}
}

// consistent reports whether the fields are there that the phase needs.
func (r *record) consistent() bool {
	if r.seeded() && r.Anchor == nil && r.Wipe != nil {
		return false // a key was used
	}
	switch r.Phase {
	case starting:
		return r.Facts.Begin.Index == 0 && len(r.Sealed) == 0
	case running:
		return r.Facts.Begin.Index != 0 && len(r.Sealed) == 0
	case sealed:
		return len(r.Sealed) > 0
	case halted:
		return len(r.Sealed) == 0 && r.Facts.Resumes != nil
	}
	return false
}

// decode reads the text of a job file of any version up to this one.
func decode(text []byte, id string) (r record, err error) {
	var v struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &v); err != nil {
		return r, err
	}
	if v.Version > fileSeeded {
		return r, message.Errorf("version %d of it was written by a newer rasure, and this one reads up to version %d", v.Version, fileSeeded)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, err
	}
	if v.Version < fileDrawn {
		var old version1
		if err := json.Unmarshal(text, &old); err != nil {
			return r, err
		}
		r.upgrade(old)
	}
	if r.Facts.ID != id || len(r.Begin) == 0 || !r.consistent() { // never taken for a job that did not begin
		return r, message.New("it does not describe this job")
	}
	r.restoreSessions()
	return r, nil
}
