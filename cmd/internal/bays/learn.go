package bays

import (
	"cmp"
	"slices"
	"strings"

	"rasure/cmd/internal/settings"
	"rasure/cmd/message"
	"rasure/devices"
)

// Learner waits for the disk that shows which socket is meant.
type Learner struct {
	named []settings.Bay
	there map[seat]bool // at the last look; nil before the first
}

// seat is a disk in a socket. One that is pulled and plugged in again, and another medium in a card reader, have another sequence.
type seat struct {
	port   string
	number devices.Number
	seq    uint64
}

// NewLearner makes a learner for a station with these bays.
func NewLearner(named []settings.Bay) *Learner { return &Learner{named: named} }

// Learnt adds a bay.
func (l *Learner) Learnt(b settings.Bay) { l.named = append(l.named, b) }

// Look takes all disks that are there now, and returns the one that arrived since the last look, if its socket can get a name. If it
// cannot, it says why. The disks of the first look have not arrived.
func (l *Learner) Look(disks []devices.Disk) (arrived *devices.Disk, why message.Text) {
	there, came := map[seat]bool{}, []devices.Disk{}
	for _, d := range disks {
		s := seat{d.Port, d.Number, d.Seq}
		if there[s] = true; l.there != nil && !l.there[s] {
			came = append(came, d)
		}
	}
	l.there = there
	if len(came) == 0 {
		return nil, why
	}
	// A card reader and an eMMC are several disks: the port of the socket is the shortest, and begins that of the others.
	d := slices.MinFunc(came, func(a, b devices.Disk) int { return cmp.Compare(len(a.Port), len(b.Port)) })
	for _, o := range came {
		if o.Port != d.Port && !strings.HasPrefix(o.Port, d.Port+" ") || d.Port == "" && len(came) > 1 {
			return nil, message.Of("%d disks arrived together: plug in one", len(came))
		}
	}
	if d.Port == "" {
		return nil, message.Of("%s is in no socket that the kernel shows", d.Name)
	}
	if b := Of(l.named, d); b != nil {
		return nil, message.Of("%s is in the bay %s: plug it into another", d.Name, b.Name)
	}
	return &d, why
}
