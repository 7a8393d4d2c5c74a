package certify

import (
	"time"

	"rasure/wipe"
)

// Unseen states of a job that began, by the entry of the log that begin refers to, that nobody can say what became of it: all that
// was kept of it is lost too. The detail says who says so, and why.
func UnknownOutcome(b Begin, begin EntryRef, ended time.Time, tool Tool, detail string) Certificate {
	return Certificate{
		ID: b.ID, Station: b.Station, Operator: b.Operator, Disk: b.Disk, Plan: b.Plan,
		Passes: []Pass{}, Level: "none", Outcome: string(wipe.Unknown), Exceptions: []Exception{{wipe.CodeInterrupted, detail}}, Evidence: []File{},
		Started: b.Started, Ended: ended, Seconds: int64(ended.Sub(b.Started).Seconds()),
		Tool: tool, Begin: begin, Interruptions: []Interruption{}, Register: b.Register, Policy: b.Policy,
	}
}
