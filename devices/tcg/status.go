package tcg

import "rasure/cmd/message"

// StatusError is a drive's refusal of a method, Core 5.1.5.
type StatusError struct{ Status uint8 }

// Status codes, Core 5.1.5.
const (
	NotAuthorized   = 0x01 // the answer to a wrong PSID
	authorityLocked = 0x12 // too many wrong tries
)

func (e *StatusError) Error() string { return e.Message().String() }

func (e *StatusError) Message() message.Text {
	switch e.Status {
	case NotAuthorized:
		return message.Of("drive refused the PSID: compare it with the label")
	case authorityLocked:
		return message.Of("drive refused the revert after too many wrong tries: cycle its power")
	}
	return message.Of("drive refused the revert: TCG status %02xh", e.Status)
}
