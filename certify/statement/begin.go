package statement

import "time"

// Work is what the begin and the certificate of a job both state.
type Work struct {
	Job        string     `canon:"job" max:"26"` // ULID
	Operator   Operator   `canon:"operator"`
	Disk       Disk       `canon:"disk"`
	Identified string     `canon:"identified_by" words:"serial wwn port bay image"`
	Port       string     `canon:"port,optional"` // USB path, or name of the bay; there with `port` and `bay`
	Plan       Plan       `canon:"plan"`
	Medium     *MediumUse `canon:"medium,optional"` // absent: the disk is not in the register
	Policy     *Ref       `canon:"policy,optional"` // the rules that were in force
	Order      string     `canon:"order,optional"`  // of the customer
	Batch      string     `canon:"batch,optional"`
	Asset      string     `canon:"asset,optional"`       // number of a disk that is not in the register
	Source     string     `canon:"source,optional"`      // where the disk came from
	SourceHost string     `canon:"source_host,optional"` // the computer that it was in
}

// Operator is who ran a job. One of person and account is there.
type Operator struct {
	Person  string `canon:"person,optional"`                           // of the roster
	Account string `canon:"account,optional"`                          // of the system
	By      string `canon:"by" words:"bench flag token login unknown"` // how that is known: `flag`: the command line or the station's settings named it; `login`: the account behind sudo, or of the login; `unknown`: version 1 did not record it
}

// Confirmation is how the disk was confirmed before the first byte was written. Exactly one of typed, scanned, replugged, flag and intake is there.
type Confirmation struct {
	Typed     string `canon:"typed,optional" words:"serial number port name"`   // what the operator typed; `name`: of an image, which has nothing else
	Scanned   string `canon:"scanned,optional" words:"serial number port name"` // what the operator scanned
	Replugged string `canon:"replugged,optional" words:"port"`                  // the operator unplugged it and plugged it into the same port again, as the station saw
	Flag      string `canon:"flag,optional" words:"serial port name"`           // what the command line named: there was no question
	Intake    string `canon:"intake,optional"`                                  // the armed bay in which the disk arrived
	Seconds   int64  `canon:"seconds"`                                          // from the question to the answer; 0 if there was no question
}

// Offline is what was known of networks when the job began.
type Offline struct {
	DefaultRoute bool      `canon:"default_route"`  // there was one
	Radios       int64     `canon:"radios"`         // that were not blocked
	Links        int64     `canon:"links,optional"` // network cables that were connected; absent if there were none
	Checked      time.Time `canon:"checked"`
}

// Cosigned is the newest witness line of the log that the station had when the job began.
type Cosigned struct {
	Size   int64     `canon:"size"`
	By     string    `canon:"by"`
	At     time.Time `canon:"at"`     // by the clock of the witness
	SHA256 Hash      `canon:"sha256"` // of the line
}

// Begin is logged before the first byte is written, so that a job that vanished is visible.
type Begin struct {
	ByStation
	Work
	Confirmation  Confirmation `canon:"confirmation"`
	Offline       *Offline     `canon:"offline,optional"`
	Seed          Hash         `canon:"seed_sha256"` // of the seed of all keys of the job
	Cosigned      *Cosigned    `canon:"cosigned,optional"`
	Health        *Health      `canon:"health,optional"`
	ApprovalShown bool         `canon:"approval_shown"` // the approval was shown to the operator
	StationEnd
}
