// Package jobs is how a screen or a command works with the job server of a station, which owns the jobs: closing a window ends nothing,
// and a second screen shows the same.
//
// The server implements [Service], and so does the client of its socket; a screen is written against the interface alone. Sentences come
// in the language that was asked for. FORMAT.md specifies what passes through the socket.
package jobs

import (
	"time"

	"rasure/cmd/internal/progress"
	"rasure/devices"
)

// State is what a station does at one moment. It is a value: nobody changes it after it was handed out.
type State struct {
	Station Station   `json:"station"`
	Disks   []Disk    `json:"disks"` // in the order of bays, then of names; one that has left stays until it was seen
	Jobs    []Job     `json:"jobs"`  // those that run, and those whose outcome nobody has seen
	Intake  *Intake   `json:"intake,omitempty"`
	Notices []Notice  `json:"notices"` // what the technician must know that is about no disk
	Time    time.Time `json:"time"`    // of the server's clock
}

// Station is the station of the server.
type Station struct {
	Name       string `json:"name"`
	Version    string `json:"version"`   // of the server's program
	Assurance  string `json:"assurance"` // of its key: software, tpm-unverified, ...
	Entries    int64  `json:"log_entries"`
	Zone       string `json:"zone"` // IANA name; "" is that of the system
	KeepsAwake bool   `json:"keeps_awake"`
}

// Notice is a sentence for the technician.
type Notice struct {
	Time time.Time `json:"time"`
	Text string    `json:"text"`
}

// Disk is a disk, or a named bay without one.
type Disk struct {
	Key string `json:"key"` // names the row: of a disk until it leaves the machine, of an empty bay "bay NAME"
	devices.Disk
	Bay      string    `json:"bay"`      // its name; "" if its port has none
	Word     string    `json:"word"`     // what is typed or scanned to confirm it
	Empty    bool      `json:"empty"`    // a bay without a disk
	Gone     bool      `json:"gone"`     // it left, and its job's outcome was not seen
	Arrived  bool      `json:"arrived"`  // since the server began, and nobody has selected it
	Returned time.Time `json:"returned"` // when it was plugged into its port again, shortly after it was pulled out of it; zero: it was not, or has a serial number of its own
	Ready    bool      `json:"ready"`    // it has no hazard, and no job
	Hazards  []Note    `json:"hazards"`  // why it must not be erased
	OnIt     string    `json:"on_it"`    // its contents in a line; "" where they were not read
	Health   Health    `json:"health"`   // as far as it is known
	Job      string    `json:"job"`      // the id of the job that erases it, or that was interrupted; "" if there is none
	Resume   bool      `json:"resume"`   // that job was interrupted and can be resumed
	Erased   *Done     `json:"erased"`   // the newest certificate in the log for this serial number; nil if there is none
	Medium   *Entry    `json:"medium"`   // of the register; nil if none has this serial number
	Minutes  int       `json:"estimate"` // about how long the default plan takes; 0: not known
}

// Note is a code, what it means, and what to do about it.
type Note struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Hint string `json:"hint"`
}

// Health is a verdict about a drive: good, worn, failing, or unknown.
type Health struct {
	Verdict string   `json:"verdict"`
	Reasons []string `json:"reasons"`
}

// Done is an erasure of the past.
type Done struct {
	Time    time.Time `json:"time"`
	Index   int64     `json:"index"` // of the certificate in the log
	Outcome string    `json:"outcome"`
}

// Entry is what the register says about the medium that a disk is.
type Entry struct {
	Number    string    `json:"number"`
	Class     string    `json:"classification"`
	Custodian string    `json:"custodian"`
	Approved  string    `json:"approved_by"` // of an approval in force; "" if there is none
	Until     time.Time `json:"approved_until"`
}

// Phase is where a job is.
type Phase string

// The phases of a job, in their order.
const (
	Running  Phase = "running"
	Paused   Phase = "paused"   // by hand, or until the drive has cooled
	Stopping Phase = "stopping" // somebody stopped it, and the disk has not answered yet
	Ended    Phase = "ended"
)

// Job is one erasure.
type Job struct {
	ID        string            `json:"id"`   // of the job; "" before its begin is in the log
	Disk      string            `json:"disk"` // the key of its row
	Phase     Phase             `json:"phase"`
	Why       string            `json:"why"`      // it is paused, or takes long
	Foreign   bool              `json:"foreign"`  // another process owns it, which this server can only watch
	Started   time.Time         `json:"started"`  // zero if it is not known
	Progress  progress.Snapshot `json:"progress"` // the last one
	History   []int64           `json:"history"`  // bytes per second, one value a second, the newest last; at most 60
	Done      int64             `json:"job_done_bytes"`
	Total     int64             `json:"job_total_bytes"`
	Scheme    string            `json:"scheme"`
	Level     string            `json:"level"`
	Verify    string            `json:"verify"`
	Medium    string            `json:"medium"` // its number in the register; "" if it has none
	Operator  string            `json:"operator"`
	Outcome   string            `json:"outcome"`   // once it has ended
	Resumable bool              `json:"resumable"` // once it has ended
	Index     int64             `json:"index"`     // of the certificate in the log; -1 where there is none
	Path      string            `json:"certificate"`
	Problems  []Note            `json:"problems"` // exceptions, and what failed besides the erasure
}

// Intake is the mode in which disks that arrive in the bays that the settings name for it are erased by themselves.
type Intake struct {
	Since    time.Time `json:"since"`
	Operator string    `json:"operator"`
	Bays     []string  `json:"bays"`
	Starting []Count   `json:"starting"`
}

// Count is a disk that will be erased unless somebody stops it.
type Count struct {
	Disk string    `json:"disk"` // the key of its row
	At   time.Time `json:"at"`
}
