package statement

import "rasure/cmd/message"

// Retirement is the last entry of a log: its station is taken out of use, and its key is removed. It names no log that continues this one. That is for the
// roots to say, in a [Succession].
type Retirement struct {
	ByStation
	Operator Operator `canon:"operator"` // who retires the station
	Reason   string   `canon:"reason"`
	StationEnd
}

func (r *Retirement) check() error {
	if r.Operator.By == "unknown" {
		return message.New("operator: who retires a station is known")
	}
	return nil
}
