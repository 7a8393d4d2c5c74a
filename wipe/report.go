package wipe

import (
	"time"

	"rasure/devices"
)

// Report is what happened. It is true also when Run gave an error with it: it says what was done until then.
type Report struct {
	Plan       Plan         `json:"plan"`
	Disk       devices.Disk `json:"disk"`
	Passes     []PassReport `json:"passes"` // those that were begun
	Outcome    Outcome      `json:"outcome"`
	Exceptions []Exception  `json:"exceptions"` // [] if none; never empty when the outcome is not Verified; known-trouble alone limits nothing
	Started    time.Time    `json:"started"`    // UTC, whole seconds, as all times here
	Ended      time.Time    `json:"ended"`
	Resumed    int          `json:"resumed"` // how often the job was gone on with after it had ended early

	Firmware *FirmwareReport `json:"firmware,omitempty"` // what the drive did by itself before the passes; nil where the plan has no method
}

// Outcome is the verdict on a whole job; the package comment has the rules.
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
	CodeInterrupted    = "interrupted"       // the job was told to stop
	CodeRefused        = "refused"           // the system did not allow the transfer, whatever the block
	CodeNotCarriedOut  = "not-carried-out"   // the plan could not be begun, or not gone on with, for a reason of ours
	CodeUnaccounted    = "unaccounted"       // the counts do not add up: a fault of this program
	CodeRetriesSkipped = "retries-skipped"   // too many errors: from some point on failing blocks were not split or tried again
)

// Extent is a run of bytes, a whole number of logical blocks.
type Extent struct {
	Offset int64 `json:"offset"`
	Length int64 `json:"length"`
}

// PassReport is what happened in one pass.
type PassReport struct {
	Pattern string `json:"pattern"` // a name that pattern.Parse takes: a drawn character stands here as bytes:XX
	Key     string `json:"key"`     // 64 hex digits for random and random-complement, else ""

	Written  int64      `json:"written_bytes"`  // acknowledged by the device
	Verified int64      `json:"verified_bytes"` // read back after the whole pass was written and flushed, and equal
	Verify   VerifyMode `json:"verify"`         // what was really done: None where the scheme does not ask, Full where a disk is too small for Sample

	// The lists are sorted and merged, and hold at most 65,536 extents each; the totals count also what had no place in a list.
	// Unwritten blocks are not read back, so no block stands in two lists of a pass.
	Unwritten  []Extent `json:"unwritten"`  // a write failed, or was passed over (see retries-skipped); in an interrupted pass not what was never reached
	Mismatched []Extent `json:"mismatched"` // read back, and different
	Unreadable []Extent `json:"unreadable"` // could not be read back, or was passed over

	UnwrittenTotal  Total `json:"unwritten_total"`
	MismatchedTotal Total `json:"mismatched_total"`
	UnreadableTotal Total `json:"unreadable_total"`

	FlushErrors int `json:"flush_errors"`
	Retries     int `json:"retries"` // times that a single block was tried again

	WriteBytesPerSecond  int64 `json:"write_bytes_per_second"` // with the flush; 0 where nothing was done
	VerifyBytesPerSecond int64 `json:"verify_bytes_per_second"`

	Started time.Time     `json:"started"`
	Ended   time.Time     `json:"ended"`
	Sample  *SampleReport `json:"sample,omitempty"` // only where Verify is Sample
}

// Total counts a list of extents, also where the list itself was cut.
type Total struct {
	Extents int   `json:"extents"`
	Bytes   int64 `json:"bytes"`
}

// Event tells how far a job is. Events come from the goroutine that called Run or Check, about four a second and one at the
// end of each step.
type Event struct {
	Pass, Passes int    // Pass counts from 1
	Pattern      string // as in PassReport
	Verifying    bool

	Done, Total       int64 // bytes of this step: the writing, or the reading back, of one pass
	JobDone, JobTotal int64 // bytes of all steps
	LaterWritten      int64 // about how many bytes the steps after this one write
	LaterRead         int64 // and read back
	Exceptions        int   // extents and flush errors so far that will limit the outcome

	Silent time.Duration // since the disk last answered, in whole seconds; 0 below ten

	// While a drive erases itself no bytes are counted. Method is "" at all other times.
	Method   devices.MethodID
	Progress int           // what the drive says, in 65536ths; -1 where it tells none
	Spent    time.Duration // so far
	Still    time.Duration // since its progress moved last
	Takes    time.Duration // its own estimate for the whole; 0 where it tells none
	Blocking bool          // it answers nothing until it is done
}
