package certify

import (
	"time"

	"rasure/certify/statement"
)

// Target is the entry as an act of version 2 must state it, to be about it: what the entry itself says, and nothing that was stated later. No
// act can be about an entry whose time is not known: a roster of version 1, and what was not understood.
func (e Entry) Target(index int64) statement.Target {
	t := statement.Target{Index: index, SHA256: e.text, Kind: string(e.Kind), At: e.Stated()}
	switch {
	case e.Certificate != nil:
		c := e.Certificate
		t.Job, t.Serial, t.Outcome, t.Level = c.ID, c.Disk.Serial, c.Outcome, c.Level
		if c.Register != nil {
			t.Number = c.Register.Number
		}
	case e.Begin != nil:
		t.Job, t.Serial = e.Begin.ID, e.Begin.Disk.Serial
		if e.Begin.Register != nil {
			t.Number = e.Begin.Register.Number
		}
	case e.Preparation != nil:
		t.Serial = e.Preparation.Disk.Serial
	case e.Act != nil:
		t.Number, t.Serial = e.Act.About()
	}
	t.Serial = statement.Sayable(t.Serial)
	return t
}

// About is the number and the serial number of the medium that an act is about; "" if it is about none or about several.
func (a *Declaration) About() (number, serial string) {
	if len(a.Media) != 1 {
		return "", ""
	}
	return a.Media[0], statement.Sayable(a.Serial)
}

// Stated is the time that an entry gives for itself; zero if it has none.
func (e Entry) Stated() time.Time {
	switch {
	case e.Statement != nil:
		return e.Statement.At()
	case e.Act != nil:
		return e.Act.At
	case e.Certificate != nil:
		return e.Certificate.Ended
	case e.Begin != nil:
		return e.Begin.Started
	case e.Preparation != nil:
		return e.Preparation.Started
	case e.Station != nil:
		return e.Station.Created
	}
	return time.Time{}
}
