package wipe

import (
	"time"

	"rasure/devices"
	"rasure/wipe/internal/pump"
)

// Report is what happened. It is valid also when Run returned an error with it: it then covers what was done until then.
type Report struct {
	Plan       Plan         `json:"plan"`
	Disk       devices.Disk `json:"disk"`
	Passes     []PassReport `json:"passes"` // those that were started
	Outcome    Outcome      `json:"outcome"`
	Exceptions []Exception  `json:"exceptions"` // [] if none; never empty when the outcome is not Verified; known-trouble does not limit the outcome, and some codes not that of images
	Started    time.Time    `json:"started"`    // UTC, whole seconds, as all times here
	Ended      time.Time    `json:"ended"`      // Started and the time that passed by the monotonic clock: never before Started
	Resumed    int          `json:"resumed"`    // how often the job was resumed after it had ended early

	// ClockChange is by how many seconds the wall clock was set forward, or with a minus sign back, while the job ran; 0 if less than two.
	// A machine that was suspended shows as set forward.
	ClockChange int64 `json:"clock_change_seconds,omitempty"`
	// ClockSteps is each of these changes, in their order. A report of rasure 0.1.0 has none.
	ClockSteps []ClockStep `json:"clock_steps,omitempty"`

	Freed    bool            `json:"freed,omitempty"`    // the drive was reverted with its PSID, as the plan says
	Firmware *FirmwareReport `json:"firmware,omitempty"` // the drive's own erase before the passes; nil where the plan has no method
	Probe    *ProbeReport    `json:"probe,omitempty"`    // nil where the plan needs none
}

// Outcome is the verdict on a whole job; the rules are in the package comment.
type Outcome string

const (
	Verified                Outcome = "verified"
	CompletedWithExceptions Outcome = "completed-with-exceptions"
	Failed                  Outcome = "failed"
	Interrupted             Outcome = "interrupted"
	Unknown                 Outcome = "unknown"
)

// Exception is a fact that limits what may be claimed.
type Exception struct {
	Code   string `json:"code"`
	Detail string `json:"detail"` // for people; one line
}

// Codes of exceptions.
const (
	CodeUnwritten      = "unwritten"         // blocks that could not be written
	CodeMismatched     = "mismatched"        // blocks that read back as something else
	CodeUnreadable     = "unreadable"        // blocks that could not be read back
	CodeFlushFailed    = "flush-failed"      // the device did not confirm that its cache is on the medium
	CodeCacheKept      = "cache-not-dropped" // what was read back may have come from this machine's memory
	CodeNotVerified    = "not-verified"      // the plan asked for no verification
	CodeDeviceLost     = "device-lost"       // the disk went away, or is no longer the one that was claimed
	CodeInterrupted    = "interrupted"       // the job was stopped
	CodeRefused        = "refused"           // the system did not allow the transfer, whatever the block
	CodeNotCarriedOut  = "not-carried-out"   // the plan could not be started or resumed, and the disk is not the reason
	CodeUnaccounted    = "unaccounted"       // the counts do not add up: a bug
	CodeRetriesSkipped = "retries-skipped"   // too many errors: from some point on failing blocks were not split or retried

	CodeGivenUp = "given-up" // too much time was lost to errors: from some point on nothing was tried any more

	CodeNotKept         = "not-kept"                   // keyed blocks read back as something else: the device does not store all that is written to it
	CodeProbeIncomplete = "probe-incomplete"           // keyed blocks could not be written or read
	CodeOpenedByOthers  = "opened-by-others"           // another process had the disk open while it was erased
	CodeUsersUnknown    = "users-unknown"              // whether one had could not be seen; does not limit images
	CodeVolume          = "physical-disks-not-reached" // it is a volume of a RAID adapter or of another machine
	CodeDirectUnknown   = "direct-io-unknown"          // what was read back may have come from the memory of this machine; does not limit images
)

// Extent is a run of bytes, a whole number of logical blocks.
type Extent = pump.Extent

// PassReport is what happened in one pass.
type PassReport struct {
	Pattern string `json:"pattern"` // a name that pattern.Parse takes: a drawn character is spelled bytes:XX
	Key     string `json:"key"`     // 64 hex digits for random and random-complement, else ""

	Written  int64      `json:"written_bytes"`  // acknowledged by the device
	Verified int64      `json:"verified_bytes"` // read back after the whole pass was written and flushed, and equal
	Verify   VerifyMode `json:"verify"`         // what was done: None where the scheme does not ask, Full where a disk is too small for Sample

	// The lists are sorted and merged, and hold at most 65,536 extents each; the totals also count what did not fit.
	// Unwritten blocks are not read back, so no block is in two lists of a pass.
	Unwritten  []Extent `json:"unwritten"`  // a write failed, was skipped (see retries-skipped), or was never tried (see given-up); in an interrupted pass not what was never reached
	Mismatched []Extent `json:"mismatched"` // read back, and different
	Unreadable []Extent `json:"unreadable"` // could not be read back, or was skipped

	UnwrittenTotal  Total `json:"unwritten_total"`
	MismatchedTotal Total `json:"mismatched_total"`
	UnreadableTotal Total `json:"unreadable_total"`

	FlushErrors int `json:"flush_errors"`
	Retries     int `json:"retries"` // times that a single block was retried

	WriteBytesPerSecond  int64 `json:"write_bytes_per_second"` // with the flush; 0 where nothing was done
	VerifyBytesPerSecond int64 `json:"verify_bytes_per_second"`

	// In milliseconds by the monotonic clock, over all runs of the job. A state that rasure 0.1.0 saved has none of them.
	Elapsed   int64 `json:"elapsed_milliseconds,omitempty"` // the whole pass
	Writing   int64 `json:"write_milliseconds,omitempty"`   // of these, with the flushes
	Verifying int64 `json:"verify_milliseconds,omitempty"`  // of these

	Started time.Time     `json:"started"`
	Ended   time.Time     `json:"ended"`
	Sample  *SampleReport `json:"sample,omitempty"` // only where Verify is Sample
}

// Total counts a list of extents, also where the list itself was cut.
type Total = pump.Total
