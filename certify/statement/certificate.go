package statement

import "time"

// Certificate is a station's statement of one erasure: what was written to the disk, and what was read back. It does not state that nothing
// can be recovered: no overwrite reaches the spare blocks of flash.
type Certificate struct {
	ByStation
	Work
	Begin        Ref           `canon:"begin"`
	Resumes      *Ref          `canon:"resumes,optional"`      // the job's earlier certificate
	Confirmation *Confirmation `canon:"confirmation,optional"` // as the begin; absent if that is of version 1
	Seed         Hash          `canon:"seed,optional"`         // of all keys of the job; absent only with `key-not-anchored`
	Anchor       *Anchor       `canon:"anchor,optional"`       // there with `seed`
	Passes       []Pass        `canon:"passes" count:"..64"`   // that were begun, in order
	Firmware     *Firmware     `canon:"firmware,optional"`     // the drive's own erase before the passes; absent if no command was sent
	Hidden       []HiddenArea  `canon:"hidden,optional"`       // what was found; absent if the drive was not asked or has none
	Health       *Healths      `canon:"health,optional"`
	Sessions     []Session     `canon:"sessions" count:"1..200"` // times in which the job ran. The duration is their sum, never a difference of times of day
	Steps        []ClockStep   `canon:"clock_steps,optional" count:"..100"`
	Outcome      string        `canon:"outcome" words:"verified completed-with-exceptions failed interrupted unknown"`
	Level        string        `canon:"level_achieved" words:"clear purge none"`
	Exceptions   []Exception   `canon:"exceptions" count:"..100"`
	Limits       []string      `canon:"limits" count:"..32" max:"64"` // codes of what the claim does not include
	Evidence     []File        `canon:"evidence" count:"..100"`
	Destination  string        `canon:"destination,optional" words:"same-unit other-unit issuer destroy unknown"`
	VerifiedBy   string        `canon:"verification_by,optional"` // the person of the roster who checked the medium
	StationEnd
}

// Anchor is the signed head of the log that ends with the begin: the keys of the job come from it, and nobody could foresee it.
type Anchor struct {
	Size   int64 `canon:"size"` // index of the begin + 1
	Root   Hash  `canon:"root"`
	Line   Bytes `canon:"line" max:"213"` // attestation of the TPM (213 bytes), or r and s of a software key (64)
	SHA256 Hash  `canon:"sha256"`         // of the text of the checkpoint, followed by the line
}

// Pass is one pass of a job.
type Pass struct {
	Pattern         string    `canon:"pattern"`                         // `random` `random-complement` `zero` `one` `bytes:HEX`
	Key             Hash      `canon:"key,optional"`                    // there with the first two
	Written         int64     `canon:"written_bytes"`                   // acknowledged by the device
	Verified        int64     `canon:"verified_bytes"`                  // read back and found equal
	Verify          string    `canon:"verify" words:"full sample none"` // what was done
	Sample          *Sample   `canon:"sample,optional"`                 // there with `sample`
	Unwritten       []Extent  `canon:"unwritten" count:"..256"`         // the first of them; the counts are complete
	UnwrittenCount  int64     `canon:"unwritten_count"`
	UnwrittenBytes  int64     `canon:"unwritten_bytes"`
	Mismatched      []Extent  `canon:"mismatched" count:"..256"`
	MismatchedCount int64     `canon:"mismatched_count"`
	MismatchedBytes int64     `canon:"mismatched_bytes"`
	Unreadable      []Extent  `canon:"unreadable" count:"..256"`
	UnreadableCount int64     `canon:"unreadable_count"`
	UnreadableBytes int64     `canon:"unreadable_bytes"`
	Retries         int64     `canon:"retries"`
	FlushErrors     int64     `canon:"flush_errors"`
	Started         time.Time `canon:"started"`
	Ended           time.Time `canon:"ended"`
	Elapsed         int64     `canon:"elapsed_milliseconds"`                   // by the monotonic clock, with verification
	Writing         int64     `canon:"write_milliseconds"`                     // of these
	Verifying       int64     `canon:"verify_milliseconds"`                    // of these
	WriteProfile    []int64   `canon:"write_profile,optional" count:"64..64"`  // MB/s in each 64th of the disk; only of the first pass that was written
	VerifyProfile   []int64   `canon:"verify_profile,optional" count:"64..64"` // MB/s in each 64th of the disk; only of the last pass that was read back
}

// Sample says which places a sampled verification read.
type Sample struct {
	Seed     Hash  `canon:"seed"`
	Sections int64 `canon:"sections" range:"1.."`
	Places   int64 `canon:"places" range:"1.."`
	Bytes    int64 `canon:"bytes"`
}

// Healths is the health of a drive around a job.
type Healths struct {
	Before *Health `canon:"before,optional"`
	After  *Health `canon:"after,optional"`
}

// Session is a time in which the job ran without a break, or the first sessions of a job that had more than 32. What rasure 0.1 ran is one session: it
// took at least the time in which its passes were written and read back.
type Session struct {
	Boot    Hash      `canon:"boot_sha256,optional"` // of the kernel's boot id; absent if it was not known
	Started time.Time `canon:"started"`
	Ended   time.Time `canon:"ended"`
	Elapsed int64     `canon:"elapsed_milliseconds"`      // by the monotonic clock
	Reason  string    `canon:"reason,optional" max:"64"`  // code why it ended early: `interrupted` `device-lost` `vanished` ...
	Pass    int64     `canon:"pass,optional" range:"1.."` // in progress when it ended early
	Flushed *int64    `canon:"flushed_bytes,optional"`    // of that pass known to be written and flushed
}

// ClockStep is a change of the clock during the job.
type ClockStep struct {
	At           time.Time `canon:"at"` // after it
	Milliseconds int64     `canon:"milliseconds" range:"-9007199254740991.."`
}

// Exception is a coded fact about what the certificate claims.
type Exception struct {
	Code   string `canon:"code" max:"64"`
	Detail string `canon:"detail,optional"`
}
