// Package bays knows which disks are in the named sockets of a station, and names a socket by the disk that is plugged into it.
package bays

import (
	"slices"

	"rasure/cmd/internal/settings"
	"rasure/devices"
)

// Slot is a socket for a disk.
type Slot struct {
	Name   string        `json:"name"` // of the bay; "" where the socket has no name
	Port   string        `json:"port"`
	Intake bool          `json:"intake"` // the intake mode erases what arrives here
	Disk   *devices.Disk `json:"disk"`   // nil: none
}

// Of returns the bay that a disk is in; nil if its socket has no name.
func Of(named []settings.Bay, d devices.Disk) *settings.Bay {
	i := slices.IndexFunc(named, func(b settings.Bay) bool { return d.Port != "" && b.Port == d.Port })
	if i < 0 {
		return nil
	}
	return &named[i]
}

// List returns the bays in their order, and after them the sockets without a name that have a disk. Disks that are in no socket, such as
// loop devices, are left out.
func List(named []settings.Bay, disks []devices.Disk) []Slot {
	all := []Slot{}
	for _, b := range named {
		all = append(all, Slot{Name: b.Name, Port: b.Port, Intake: b.Intake != nil})
	}
	for _, d := range disks {
		i := slices.IndexFunc(all, func(s Slot) bool { return s.Port == d.Port && s.Disk == nil })
		switch {
		case d.Port == "":
		case i >= 0:
			all[i].Disk = &d
		default:
			all = append(all, Slot{Port: d.Port, Disk: &d})
		}
	}
	return all
}
