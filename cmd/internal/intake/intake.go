// Package intake decides which disks are erased because they arrived in a bay that waits for them.
//
// It is a pure function of what was seen and when. The mode is armed at one moment, and then takes looks at the machine. A disk is
// erased if all of this holds:
//
//   - It arrived after the mode was armed, in a bay that the settings name for it, and is still there after the bay's countdown.
//   - No disk that was there when the mode was armed has its serial number or world wide name, and neither has one that was refused or held.
//   - It did not come within a minute after a disk that was not erased had left the bay under another identity: that may be the same
//     disk. The disks that must not be erased count in all bays.
//   - It has a serial number of its own.
//   - At the end of the countdown it has no hazard, all of them could be looked for, nobody else has it in hand, and, if the register has
//     it, its medium has an approval.
//
// What is refused once is not erased until the mode is armed again.
package intake

import (
	"slices"
	"time"

	"rasure/cmd/internal/bays"
	"rasure/cmd/internal/settings"
	"rasure/cmd/message"
	"rasure/devices"
)

// Seen is a disk at one look.
type Seen struct {
	devices.Disk
	Key      string // names the disk for as long as it stays attached
	Hazards  []devices.Hazard
	Examined bool   // all hazards could be looked for
	Busy     bool   // somebody has selected it, or erases it
	Medium   string // its number in the register; "" if it has none
	Approved bool   // its medium may be erased now
}

// swap is how long after a disk has left another one that comes may be the same. Chosen with the issue: a bridge that restarts needs
// some seconds.
const swap = time.Minute

// patience is for how long after its countdown a disk may still be open elsewhere. Chosen.
const patience = 30 * time.Second

// Mode is the intake mode while it is armed. It is not safe for concurrent use.
type Mode struct {
	bays   []settings.Bay // with an intake plan
	there  map[string]place
	never  []devices.Disk // that must not be erased
	left   []leaving
	counts []Count
}

// place is where an attached disk is.
type place struct {
	disk   devices.Disk
	erased bool
}

type leaving struct {
	disk  devices.Disk
	at    time.Time
	never bool
}

// Count is a disk that counts down.
type Count struct {
	Key string
	Bay settings.Bay
	At  time.Time // when it is erased

	disk devices.Disk
}

// Start is a disk that must be erased now, as the plan of its bay says.
type Start struct {
	Seen
	Bay settings.Bay
}

// Refusal is a disk in one of the bays that is not erased, and why.
type Refusal struct {
	Disk devices.Disk
	Bay  settings.Bay
	Why  message.Text
}

// Arm begins the mode. Disks are all that are attached now: none of them is erased, whatever happens to it.
func Arm(named []settings.Bay, disks []Seen) *Mode {
	m := &Mode{there: map[string]place{}}
	for _, b := range named {
		if b.Intake != nil {
			m.bays = append(m.bays, b)
		}
	}
	for _, d := range disks {
		m.there[d.Key] = place{disk: d.Disk}
		m.never = append(m.never, d.Disk)
	}
	return m
}

// Bays returns the names of the bays that wait.
func (m *Mode) Bays() (names []string) {
	for _, b := range m.bays {
		names = append(names, b.Name)
	}
	return names
}

// Starting returns the disks that count down, the first to start first.
func (m *Mode) Starting() []Count { return slices.Clone(m.counts) }

// Look takes all disks that are attached now. It returns those that must be erased now, each once, and those that are refused. If the look
// is incomplete, because a disk could not be read, nothing has left, and nothing starts.
func (m *Mode) Look(now time.Time, disks []Seen, complete bool) (start []Start, refused []Refusal) {
	if complete {
		m.leave(now, disks)
	}
	for _, d := range disks {
		if _, known := m.there[d.Key]; known {
			continue
		}
		m.there[d.Key] = place{disk: d.Disk}
		if b := bays.Of(m.bays, d.Disk); b != nil {
			if why := m.mayBeOld(now, d.Disk); !why.IsZero() {
				refused = append(refused, m.refuse(d.Disk, *b, why))
				continue
			}
			m.counts = append(m.counts, Count{d.Key, *b, now.Add(b.Intake.Countdown), d.Disk})
			slices.SortStableFunc(m.counts, func(a, b Count) int { return a.At.Compare(b.At) })
		}
	}
	if !complete {
		return nil, refused
	}
	m.counts = slices.DeleteFunc(m.counts, func(c Count) bool {
		i := slices.IndexFunc(disks, func(d Seen) bool { return d.Key == c.Key })
		switch {
		case i < 0: // it has left
			return true
		case disks[i].Busy: // somebody decided otherwise
			m.never = append(m.never, c.disk)
			return true
		case now.Before(c.At), now.Before(c.At.Add(patience)) && onlyOpen(disks[i].Hazards):
			return false
		}
		why := unfit(disks[i], c)
		if why.IsZero() && m.isNever(c.disk) { // another one with its identity was refused meanwhile
			why = whyNever
		}
		if !why.IsZero() {
			refused = append(refused, m.refuse(c.disk, c.Bay, why))
		} else {
			start = append(start, Start{disks[i], c.Bay})
		}
		return true
	})
	return start, refused
}

var whyNever = message.Of("it was there when the intake mode was armed, or was refused or held since")

// leave takes note of the disks that are not attached any more.
func (m *Mode) leave(now time.Time, disks []Seen) {
	m.left = slices.DeleteFunc(m.left, func(l leaving) bool { return now.Sub(l.at) >= swap })
	for key, p := range m.there {
		if slices.ContainsFunc(disks, func(d Seen) bool { return d.Key == key }) {
			continue
		}
		delete(m.there, key)
		if !p.erased {
			m.left = append(m.left, leaving{p.disk, now, m.isNever(p.disk)})
		}
	}
}

// mayBeOld returns why a disk that arrives may be one that must not be erased; zero if it is not.
func (m *Mode) mayBeOld(now time.Time, d devices.Disk) message.Text {
	if d.IdentifiedBy() != devices.BySerial {
		return message.Of("it has no serial number of its own, by which it differs from the disks that were there before")
	}
	if m.isNever(d) {
		return whyNever
	}
	for _, l := range m.left {
		if now.Sub(l.at) < swap && (l.never || l.disk.Port == d.Port) && !same(l.disk, d) {
			return message.Of("%s left less than a minute before, and may have come back under another identity", l.disk.Name)
		}
	}
	return message.Text{}
}

func (m *Mode) isNever(d devices.Disk) bool {
	return slices.ContainsFunc(m.never, func(o devices.Disk) bool { return same(o, d) })
}

// same reports whether two disks report an identity in common. Two without any are the same for us.
func same(a, b devices.Disk) bool {
	return a.Serial != "" && a.Serial == b.Serial || a.WWN != "" && a.WWN == b.WWN || a.Serial == "" && a.WWN == "" && b.Serial == "" && b.WWN == ""
}

// onlyOpen reports whether the only hazard of a disk is that a process has it open, as udev does to see what is on a new disk.
func onlyOpen(hazards []devices.Hazard) bool {
	return len(hazards) > 0 && !slices.ContainsFunc(hazards, func(z devices.Hazard) bool { return z.Kind != devices.Busy })
}

// unfit returns why a disk is not erased at the end of its countdown; zero if it is.
func unfit(d Seen, c Count) message.Text {
	switch {
	case !same(d.Disk, c.disk) || d.Port != c.Bay.Port || d.Size != c.disk.Size:
		return message.Of("it is not the disk that arrived any more")
	case len(d.Hazards) > 0:
		return d.Hazards[0].Detail
	case !d.Examined:
		return message.Of("not all of its hazards could be looked for")
	case d.Medium != "" && !d.Approved:
		return message.Of("medium %s has no approval", d.Medium)
	}
	return message.Text{}
}

func (m *Mode) refuse(d devices.Disk, b settings.Bay, why message.Text) Refusal {
	m.never = append(m.never, d)
	return Refusal{d, b, why}
}

// Hold ends the countdown of a disk. It is not erased until the mode is armed again. It reports whether the disk counted down.
func (m *Mode) Hold(key string) bool {
	n := len(m.counts)
	m.counts = slices.DeleteFunc(m.counts, func(c Count) bool {
		if c.Key == key {
			m.never = append(m.never, c.disk)
		}
		return c.Key == key
	})
	return len(m.counts) < n
}

// Erased says that a disk was erased: another one may take its place at once.
func (m *Mode) Erased(key string) {
	if p, ok := m.there[key]; ok {
		p.erased = true
		m.there[key] = p
	}
}

// Next returns when the next countdown ends, which may be over already; false if there is none.
func (m *Mode) Next() (time.Time, bool) {
	if len(m.counts) == 0 {
		return time.Time{}, false
	}
	return m.counts[0].At, true
}
