package tcg

import "fmt"

// StatusError is a drive's refusal of a method, Core 5.1.5.
type StatusError struct{ Status uint8 }

// NotAuthorized is what a wrong PSID gets.
const NotAuthorized = 0x01

func (e *StatusError) Error() string {
	switch e.Status {
	case NotAuthorized:
		return "drive refused the PSID: is it read rightly from the label?"
	case 0x12:
		return "drive refused to revert: too many wrong tries, it has to lose power first"
	}
	return fmt.Sprintf("drive refused to revert: TCG status %02xh", e.Status)
}
