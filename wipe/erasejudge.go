package wipe

import (
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe/internal/pump"
)

// FirmwareReport is what happened while a drive erased itself.
type FirmwareReport struct {
	Method   devices.Method     `json:"method"`
	Stage    FirmwareStage      `json:"stage"`
	Before   devices.EraseState `json:"before"`              // what the drive reported before the command
	After    devices.EraseState `json:"after"`               // what it reported last
	Seen     bool               `json:"seen_running"`        // at some time it reported that it was erasing
	Refused  string             `json:"refused"`             // what it answered to the command, if that was an error
	NoAnswer string             `json:"no_answer,omitempty"` // why the answer to the command did not come; "" if it came
	Another  string             `json:"another"`             // how its identity differs afterwards; "" if it does not
	Tries    int                `json:"tries"`               // how often the command was sent: again after a power cut that it did not survive
	Markers  MarkerReport       `json:"markers"`
	Outcome  Outcome            `json:"outcome"` // of the erase only; "" until it is over
	Began    time.Time          `json:"began"`   // when the command was sent
	Ended    time.Time          `json:"ended"`   // when it was seen to have ended
}

// FirmwareStage is how far a drive's own erase is, for the process that resumes the job.
type FirmwareStage string

const (
	StageMarkers FirmwareStage = "markers" // the command was not sent yet
	StageLeaving FirmwareStage = "leaving" // a sanitize was sent that leads out of the state of a failed one, and counts for nothing
	StageBegun   FirmwareStage = "begun"   // saved before the command is sent: the drive may have received it or not
	StageOver    FirmwareStage = "over"    // judged; the passes follow
)

// Codes of exceptions of a drive's own erase.
const (
	CodeMarkersKept        = "markers-kept"           // what was written before is still there
	CodeMarkersUnreadable  = "markers-unreadable"     // whether they are gone could not be read
	CodeMarkersUnconfirmed = "markers-unconfirmed"    // some could not be written and read back before
	CodeEraseFailed        = "erase-failed"           // reported by the drive
	CodeEraseLocked        = "erase-locked"           // it is locked by a password
	CodeEraseRefused       = "erase-refused"          // it did not accept the command
	CodeEraseUnknown       = "erase-unknown"          // its state cannot be determined
	CodeHidden             = "hidden-area-not-erased" // found, or could not be examined, and the method does not reach it
	CodeOthers             = "others-not-read-back"   // other namespaces or units were erased with it
	CodeTrouble            = "known-trouble"          // drives of this model are known for it; does not limit the outcome
	CodeIdentityChanged    = "identity-changed"       // its identity is not the one from before
)

// judgeErase judges a drive's own erase. It accepts nothing that the drive reports unless the markers confirm it, and does not
// accept the markers alone: a medium that was swapped, or a drive that hides what it kept, has no markers either. The first
// rule that holds decides:
//
//	failed     a marker is still there, or what was on the disk before the markers, whatever the drive reports
//	failed     the drive reports that it failed, is locked, or never received the command; or did not accept the command
//	failed     it reports another serial number or model than before
//	unknown    it reports that it is still erasing, or its state cannot be determined
//	completed-with-exceptions  no marker could be read afterwards, as the drive reported before, and it was seen erasing
//	unknown    no marker could be read afterwards
//	completed-with-exceptions  it reports that it completed our command without an error, and of the markers some could
//	           not be read afterwards, or some could not be confirmed before
//	verified   it reports so, and every marker was there before and is gone
//
// An earlier success looks like ours if the drive was never seen erasing, or if its answer to the command was lost. The markers, which are
// younger, distinguish the two, so then every one of them must have been read.
func judgeErase(f FirmwareReport) (Outcome, []Exception) {
	m, after := f.Markers, f.After
	one := func(o Outcome, code, format string, args ...any) (Outcome, []Exception) {
		return o, []Exception{{code, message.Of(format, args...).String()}}
	}
	method, said := string(f.Method.ID), message.Of("%s", string(after.Phase))
	if !after.Detail.IsZero() {
		said = message.Of("%s: %v", string(after.Phase), after.Detail)
	}
	switch {
	case m.KeptTotal.Bytes > 0:
		return one(Failed, CodeMarkersKept, "%d bytes of the markers, the first at byte %d, are still on the disk after %s; the drive reported %v",
			m.KeptTotal.Bytes, first(m.Kept), method, said)
	case m.Old != nil && len(m.Old.Kept) > 0:
		return one(Failed, CodeMarkersKept, "the markers are gone, and %d of %d blocks that were on the disk before them, the first at byte %d, are still there after %s; the drive reported %v",
			len(m.Old.Kept), m.Old.Places, first(m.Old.Kept), method, said)
	case after.Phase == devices.EraseLocked:
		return one(Failed, CodeEraseLocked, "the drive is locked after %v", because(f))
	case after.Phase == devices.EraseFailed:
		return one(Failed, CodeEraseFailed, "the drive reported %v after %v", said, because(f))
	case f.Refused != "" && !f.Seen:
		return one(Failed, CodeEraseRefused, "the drive did not accept %s: %s", method, f.Refused)
	case after.Phase == devices.EraseIdle:
		return one(Failed, CodeEraseFailed, "the drive reported that it received no command after %s was sent", method)
	case f.Another != "":
		return one(Failed, CodeIdentityChanged, "after %s another drive answers: %s", method, f.Another)
	case after.Phase != devices.EraseDone:
		return one(Unknown, CodeEraseUnknown, "whether %s completed is unknown: the drive reported %v", method, said)
	case m.Gone == 0 && f.Method.Unreadable && f.Seen:
		return one(CompletedWithExceptions, CodeMarkersUnreadable,
			"the drive reported that %s completed, and none of the markers can be read: it reported before that it answers errors until it is written", method)
	case m.Gone == 0:
		return one(Unknown, CodeMarkersUnreadable, "the drive reported that %s completed, but none of the markers can be read", method)
	}
	var limits []Exception
	add := func(code, format string, args ...any) {
		limits = append(limits, Exception{code, message.Of(format, args...).String()})
	}
	if m.Unreadable.Bytes > 0 || m.Gone != m.Proven {
		add(CodeMarkersUnreadable, "of %d bytes of markers %d were read after %s, and are gone; the others could not be read", m.Proven, m.Gone, method)
		if !f.Seen && (f.Before.Phase == after.Phase || f.NoAnswer != "") {
			return Unknown, limits
		}
	}
	if len(m.Unconfirmed) > 0 {
		add(CodeMarkersUnconfirmed, "%d bytes, the first at byte %d, could not be marked before %s", pump.Sum(m.Unconfirmed), first(m.Unconfirmed), method)
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

// because names the method, and what the drive answered if it refused it.
func because(f FirmwareReport) message.Text {
	if f.Refused == "" {
		return message.Of("%s", string(f.Method.ID))
	}
	return message.Of("%s (%s)", string(f.Method.ID), f.Refused)
}
