package nvme

import "fmt"

// Status codes, type in bits 10:8, Base 2.1, 4.2.3.
const (
	InvalidOpcode      = 0x001
	InvalidField       = 0x002
	InvalidNamespace   = 0x00b
	OperationDenied    = 0x015
	SanitizeHasFailed  = 0x01c // the drive does nothing but another sanitize
	SanitizeInProgress = 0x01d
	WriteProtected     = 0x020
	FormatInProgress   = 0x084
	InvalidLogPage     = 0x109
	InvalidFormat      = 0x10a
	ActivationNeeded   = 0x110 // a firmware waits for a reset, sanitize is refused until then
	SanitizeProhibited = 0x123 // a persistent memory region is enabled
	AccessDenied       = 0x286 // the drive is locked (TCG)
)

// meanings are what an operator can do something with.
var meanings = map[uint16]string{
	InvalidOpcode: "the drive does not know it", InvalidField: "the drive does not offer it in this form", InvalidNamespace: "no such namespace",
	OperationDenied: "operation denied", SanitizeHasFailed: "a sanitize failed, nothing but another one is taken", SanitizeInProgress: "a sanitize is running",
	WriteProtected: "namespace is write protected", FormatInProgress: "a format is running", InvalidLogPage: "the drive has no such log page",
	InvalidFormat: "invalid format", ActivationNeeded: "new firmware waits for a reset", SanitizeProhibited: "persistent memory is enabled",
	AccessDenied: "access denied, the drive is locked",
}

// StatusError is a drive's refusal: the status field of a completion without its phase bit, Figure 101.
type StatusError struct {
	Opcode uint8
	Status uint16 // bits 7:0 code, 10:8 type, 13 more, 14 do not retry
}

// Code returns status type and code alone. What the drive adds (more, do not retry, retry delay) is not part of it: the
// field has been seen as 2020h where 20h was meant.
func (e *StatusError) Code() uint16 { return e.Status & 0x7ff }

func (e *StatusError) Error() string {
	s := fmt.Sprintf("drive refused admin command %02xh: status %03xh", e.Opcode, e.Code())
	if m := meanings[e.Code()]; m != "" {
		s += " (" + m + ")"
	}
	return s
}
