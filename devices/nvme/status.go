package nvme

import "rasure/cmd/message"

// Status codes, type in bits 10:8, Base 2.1, 4.2.3.
const (
	InvalidOpcode      = 0x001
	InvalidField       = 0x002
	InvalidNamespace   = 0x00b
	OperationDenied    = 0x015
	SanitizeHasFailed  = 0x01c // the drive accepts only another sanitize
	SanitizeInProgress = 0x01d
	WriteProtected     = 0x020
	FormatInProgress   = 0x084
	InvalidLogPage     = 0x109
	InvalidFormat      = 0x10a
	SelfTestInProgress = 0x11d // a device self-test is running
	ConventionalReset  = 0x10b // the same as ActivationNeeded, with a conventional reset
	ControllerReset    = 0x111 // and with a reset of the controller; Linux include/linux/nvme.h
	ActivationNeeded   = 0x110 // new firmware needs a reset; the drive refuses sanitize until then
	SanitizeProhibited = 0x123 // a persistent memory region is enabled
	AccessDenied       = 0x286 // the drive is locked (TCG)
)

// meanings are for the codes that an operator can act on.
var meanings = map[uint16]message.Text{
	InvalidOpcode:      message.Of("the drive does not support the command"),
	InvalidField:       message.Of("the drive does not support the command in this form"),
	InvalidNamespace:   message.Of("no such namespace"),
	OperationDenied:    message.Of("operation denied"),
	SanitizeHasFailed:  message.Of("a sanitize failed, the drive accepts only another sanitize"),
	SanitizeInProgress: message.Of("a sanitize is running"),
	WriteProtected:     message.Of("the namespace is write-protected"),
	FormatInProgress:   message.Of("a format is running"),
	InvalidLogPage:     message.Of("the drive has no such log page"),
	InvalidFormat:      message.Of("invalid format"),
	SelfTestInProgress: message.Of("a self-test is running"),
	ConventionalReset:  message.Of("new drive firmware needs a reset first"),
	ControllerReset:    message.Of("new drive firmware needs a reset first"),
	ActivationNeeded:   message.Of("new drive firmware needs a reset first"),
	SanitizeProhibited: message.Of("persistent memory is enabled"),
	AccessDenied:       message.Of("access denied, the drive is locked"),
}

// StatusError is a drive's refusal: the status field of a completion without its phase bit, Figure 101.
type StatusError struct {
	Opcode uint8
	Status uint16 // bits 7:0 code, 10:8 type, 13 more, 14 do not retry
}

// Code returns status type and code without the flags (more, do not retry, retry delay): drives were seen to report 2020h for
// 20h.
func (e *StatusError) Code() uint16 { return e.Status & 0x7ff }

func (e *StatusError) Error() string { return e.Message().String() }

func (e *StatusError) Message() message.Text {
	if m, ok := meanings[e.Code()]; ok {
		return message.Of("drive refused admin command %02xh: status %03xh (%s)", e.Opcode, e.Code(), m)
	}
	return message.Of("drive refused admin command %02xh: status %03xh", e.Opcode, e.Code())
}
