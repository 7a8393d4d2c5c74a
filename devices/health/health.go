// Package health asks drives how well they are, and judges what they answer.
//
// # What is sent
//
// Only commands that read: IDENTIFY DEVICE, SMART READ DATA, READ THRESHOLDS, RETURN STATUS and the logs of ATA drives; Identify
// Controller and log pages 02h, 06h and 81h of NVMe drives; REQUEST SENSE, TEST UNIT READY, LOG SENSE and READ DEFECT DATA of SCSI disks; EXT_CSD of eMMC. No
// question is repeated that the drive got (a unit attention means that it did not look at it), nothing is sent to a USB bridge that is not on
// the list, and nothing more to a drive that has left a question unanswered for ten seconds, or that is erasing itself.
//
// # The verdict
//
// [Failing] comes before [Worn], and Worn before [Unknown]: what is known to be bad stays bad where something else could not be read. A drive
// is [Good] only if everything that it offers was read. What decides is one table, see [Rules].
//
// # JSON
//
// A [Report] is written by "show --json" and "list --json" as "health", and its numbers and codes stand on certificates. Names are added and
// never changed. A number that the drive does not report is absent.
package health

import (
	"rasure/cmd/message"
)

// Verdict is how well a drive is.
type Verdict string

const (
	Good    Verdict = "good"
	Worn    Verdict = "worn"    // it works, and has used up what the maker gave it, or has lost blocks
	Failing Verdict = "failing" // it predicts its failure, or cannot be trusted with data
	Unknown Verdict = "unknown" // it could not be asked, or its answers cannot be used
)

// worse reports whether v comes before w.
func (v Verdict) worse(w Verdict) bool { return rank[v] > rank[w] }

var rank = map[Verdict]int{Good: 0, Unknown: 1, Worn: 2, Failing: 3}

// Source is what a report was made of.
type Source string

const (
	None  Source = "none"
	SMART Source = "smart"      // ATA
	NVMe  Source = "nvme-02h"   //
	Pages Source = "scsi-pages" //
	EMMC  Source = "ext-csd"    //
)

// Report is what a drive says of itself, and what that means.
type Report struct {
	Verdict Verdict  `json:"verdict"`
	Reasons []Reason `json:"reasons"` // of the verdict, the worst first; [] if it is good
	Notes   []Reason `json:"notes"`   // what does not count
	Source  Source   `json:"source"`
	Numbers
}

// Reason is a fact about a drive.
type Reason struct {
	Code Code         `json:"code"`
	Text message.Text `json:"text"` // one sentence without a full stop, safe to print; English in JSON
}

// Numbers are what a drive counts. One that it does not report is nil.
type Numbers struct {
	PowerOnHours    *int64 `json:"power_on_hours,omitempty"`
	PowerCycles     *int64 `json:"power_cycles,omitempty"`
	Reallocated     *int64 `json:"reallocated,omitempty"`   // blocks that were replaced by spare ones; SCSI: entries of the list of grown defects
	Pending         *int64 `json:"pending,omitempty"`       // blocks that could not be read and wait to be replaced
	Uncorrectable   *int64 `json:"uncorrectable,omitempty"` // ATA: blocks that a scan could not read; SCSI: errors that were not corrected
	MediaErrors     *int64 `json:"media_errors,omitempty"`  // errors of the medium that were reported to a host
	PercentageUsed  *int64 `json:"percentage_used,omitempty"`
	Spare           *int64 `json:"spare_percent,omitempty"`           // blocks in reserve
	SpareThreshold  *int64 `json:"spare_threshold_percent,omitempty"` // below which the drive warns
	UnsafeShutdowns *int64 `json:"unsafe_shutdowns,omitempty"`
	CRCErrors       *int64 `json:"crc_errors,omitempty"` // of the link: of a cable, not of the drive
	LoggedErrors    *int64 `json:"logged_errors,omitempty"`
	Celsius         *int64 `json:"celsius,omitempty"`
	CelsiusLimit    *int64 `json:"celsius_limit,omitempty"` // the drive's own
	SelfTest        *Test  `json:"self_test,omitempty"`     // the newest, if any was made
}

// Test is a self-test of the drive.
type Test struct {
	Kind    string `json:"kind"`             // "short", "long", "other"
	Result  Result `json:"result"`           //
	Hours   *int64 `json:"hours,omitempty"`  // power-on hours when it ended
	Percent int    `json:"percent_complete"` // 100 unless it runs
}

// Result is how a self-test ended.
type Result string

const (
	Passed  Result = "passed"
	Failed  Result = "failed"  // the drive found a fault of its own
	Aborted Result = "aborted" // by a host, a reset or another command
	Running Result = "running"
)

// unknown is the report of a drive of which nothing is known.
func unknown(code Code, why message.Text) Report {
	return Report{Verdict: Unknown, Source: None, Reasons: []Reason{{code, why}}, Notes: []Reason{}}
}

// number makes an unsigned count one that JSON and certificates hold; the largest is "that or more".
func number[N ~uint64 | ~uint32 | ~uint16 | ~uint8 | ~int](n N) *int64 {
	return new(int64(min(uint64(n), 1<<53-1)))
}

// count is number for what may not be reported.
func count(n *uint64) *int64 {
	if n == nil {
		return nil
	}
	return number(*n)
}
