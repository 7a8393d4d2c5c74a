package wipe

import (
	"bytes"
	"fmt"
	"time"

	"rasure/devices"
)

// FirmwareReport is what happened while a drive erased itself.
type FirmwareReport struct {
	Method  devices.Method     `json:"method"`
	Stage   FirmwareStage      `json:"stage"`
	Before  devices.EraseState `json:"before"`       // what the drive said before it was told to
	After   devices.EraseState `json:"after"`        // what it said last
	Seen    bool               `json:"seen_running"` // it said at some time that it was erasing
	Refused string             `json:"refused"`      // what it answered to the command, if that was an error
	Another string             `json:"another"`      // how it names itself otherwise afterwards; "" if it does not
	Tries   int                `json:"tries"`        // how often it was told to: again after a power cut that it did not survive
	Markers MarkerReport       `json:"markers"`
	Outcome Outcome            `json:"outcome"` // of this alone; "" until it is over
	Began   time.Time          `json:"began"`   // when the command was sent
	Ended   time.Time          `json:"ended"`   // when it was seen to have ended
}

// FirmwareStage is how far a drive's own erase is, for whoever goes on with the job.
type FirmwareStage string

const (
	StageMarkers FirmwareStage = "markers" // the drive was told nothing yet
	StageBegun   FirmwareStage = "begun"   // kept before the command is sent: it may have it or not
	StageOver    FirmwareStage = "over"    // judged; the passes follow
)

// Codes of exceptions of a drive's own erase.
const (
	CodeMarkersKept        = "markers-kept"           // what was written before is still there
	CodeMarkersUnreadable  = "markers-unreadable"     // it cannot be seen whether they are gone
	CodeMarkersUnconfirmed = "markers-unconfirmed"    // some could not be written and read back before
	CodeEraseFailed        = "erase-failed"           // the drive says so
	CodeEraseLocked        = "erase-locked"           // it is locked by a password
	CodeEraseRefused       = "erase-refused"          // it did not take the command
	CodeEraseUnknown       = "erase-unknown"          // what it says cannot be made out
	CodeHidden             = "hidden-area-not-erased" // found, or not to be examined, and the method does not reach it
	CodeOthers             = "others-not-read-back"   // other namespaces or units were erased with it
	CodeTrouble            = "known-trouble"          // drives of this model are known for it; does not limit the outcome
	CodeIdentityChanged    = "identity-changed"       // it answers to another name than before
)

// prove judges a drive's own erase. It believes nothing that the drive says unless the markers bear it out, and does not
// believe the markers alone: a medium that was swapped, or a drive that hides what it kept, has no markers either. The first
// rule that holds decides:
//
//	failed     a marker is still there, whatever the drive says
//	failed     the drive says that it failed, that it is locked, or that it was never told to; or did not take the command
//	failed     it answers to another serial number or model than before
//	unknown    it says that it is still erasing, or what it says cannot be made out
//	unknown    no marker could be read afterwards
//	completed-with-exceptions  it says that it completed our command without an error, and of the markers some could
//	           not be read afterwards, or some could not be confirmed before
//	verified   it says so, and every marker was there before and is gone
//
// A success from before looks as ours does where the drive was never seen erasing. The markers, which are younger, tell
// the two apart, so then every one of them must have been read.
func prove(f FirmwareReport) (Outcome, []Exception) {
	m, after := f.Markers, f.After
	one := func(o Outcome, code, format string, args ...any) (Outcome, []Exception) {
		return o, []Exception{{code, fmt.Sprintf(format, args...)}}
	}
	said := string(after.Phase)
	if !after.Detail.IsZero() {
		said += ": " + after.Detail.String()
	}
	switch {
	case m.KeptTotal.Bytes > 0:
		return one(Failed, CodeMarkersKept, "%d bytes of the markers, the first at byte %d, are still on the disk after %s; the drive said %s",
			m.KeptTotal.Bytes, first(m.Kept), f.Method.ID, said)
	case after.Phase == devices.EraseLocked:
		return one(Failed, CodeEraseLocked, "the drive is locked after %s%s", f.Method.ID, because(f))
	case after.Phase == devices.EraseFailed:
		return one(Failed, CodeEraseFailed, "the drive says that %s %s%s", f.Method.ID, said, because(f))
	case f.Refused != "" && !f.Seen:
		return one(Failed, CodeEraseRefused, "the drive did not take %s: %s", f.Method.ID, f.Refused)
	case after.Phase == devices.EraseIdle:
		return one(Failed, CodeEraseFailed, "the drive says that nothing was asked of it after %s was sent", f.Method.ID)
	case f.Another != "":
		return one(Failed, CodeIdentityChanged, "after %s %s", f.Method.ID, f.Another)
	case after.Phase != devices.EraseDone:
		return one(Unknown, CodeEraseUnknown, "it cannot be told whether %s completed: the drive says %s", f.Method.ID, said)
	case m.Gone == 0:
		return one(Unknown, CodeMarkersUnreadable, "the drive says that %s completed, but none of the markers can be read", f.Method.ID)
	}
	var limits []Exception
	if m.Unreadable.Bytes > 0 || m.Gone != m.Proven {
		limits = append(limits, Exception{CodeMarkersUnreadable, fmt.Sprintf("of %d bytes of markers %d were read after %s, and are gone; the others could not be read",
			m.Proven, m.Gone, f.Method.ID)})
		if !f.Seen && bytes.Equal(f.Before.Raw, after.Raw) && f.Before.Phase == after.Phase {
			return Unknown, limits
		}
	}
	if len(m.Unconfirmed) > 0 {
		limits = append(limits, Exception{CodeMarkersUnconfirmed, fmt.Sprintf("%d bytes, the first at byte %d, could not be marked before %s",
			sum(m.Unconfirmed), first(m.Unconfirmed), f.Method.ID)})
	}
	if len(limits) > 0 {
		return CompletedWithExceptions, limits
	}
	return Verified, nil
}

func first(list []Extent) int64 {
	if len(list) == 0 {
		return -1
	}
	return list[0].Offset
}

func because(f FirmwareReport) string {
	if f.Refused == "" {
		return ""
	}
	return " (" + f.Refused + ")"
}
