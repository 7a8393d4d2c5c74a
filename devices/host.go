// Package devices finds the disks of a Linux machine, describes each and why it must not be erased, and makes the only
// handle through which one can be erased.
//
// # Rules
//
// A disk is its number, disk sequence, size, serial number, world wide name and model, never its name: on nine boots of
// one machine the same drive had three names. Everything that is known of a disk before it is claimed comes from sysfs,
// proc and run below [Host.Root]; no command goes to a drive for a listing.
//
// What a disk reports about itself is foreign text and passes [Printable].
//
// Only [Host.Claim] makes a [Target]. A disk with a [Hazard] cannot be claimed, and there is no way to insist.
package devices

import (
	"errors"
	"io/fs"
	"path"
	"sort"
	"sync"
	"time"

	"rasure/cmd/message"
)

// Host is a machine.
type Host struct {
	Root      fs.FS                                       // holds sys, proc, run and dev as relative paths ("sys/block"); for a live machine a view of "/"
	Open      func(path string, write bool) (Port, error) // write: for a block device with O_EXCL and an exclusive flock; without write it holds nothing back
	Protected []string                                    // absolute paths that must survive: our binary, the state directory; the disks under them are never targets
	PID       int                                         // our own process, whose open descriptors do not count as open elsewhere

	Firmware   func(Handle) (Firmware, error)        // finds the driver of a disk's firmware; nil: no disk has one. See firmware.Of
	Known      []Known                               // facts about drives and adapters besides those of this package
	Bridges    func() []ListedBridge                 // USB bridges that were tried; a disk behind another one is not asked by its own commands; nil: none
	LoopStatus func(path string) (LoopStatus, error) // what a loop device is bound to; nil: its path in sysfs decides
	shared     *sharedLook                           // nil: every look is for one caller
	Uevents    func() (Uevents, error)               // opens the source of the kernel's messages about changes; nil where there is none
	Umount     func(point string, id int) error      // unmounts the mount with that id ([Mount.ID]) from where it is; nil: nothing can be
	Rescan     func(path string) error               // has the kernel ask a SCSI disk for its size again, by its attribute below Root; nil: it cannot be
	Light      func(path, value string) error        // switches a light by its attribute below Root; nil: none can be switched.
	LookAgain  time.Duration                         // the longest time between two looks of [Host.Watch]; 0: 5 seconds
}

// Disks returns every disk that can be a target or must be shown, in the order of their names. A disk that cannot be read
// is an error that names it; the others are returned with it and are true.
func (h *Host) Disks() ([]Disk, error) {
	h, check := h.limited()
	names, err := h.blockNames()
	if err != nil {
		return nil, check(err)
	}
	disks, errs := make([]*Disk, len(names)), make([]error, len(names))
	var wait sync.WaitGroup
	turn := make(chan struct{}, 4) // our choice: sysfs is processor work, more at a time gains nothing
	for i, name := range names {
		wait.Add(1)
		turn <- struct{}{}
		go func() { // owns disks[i] and errs[i]
			defer func() { <-turn; wait.Done() }()
			disks[i], errs[i] = h.show(name)
		}()
	}
	wait.Wait()
	var shown []Disk
	for _, d := range disks {
		if d != nil {
			shown = append(shown, *d)
		}
	}
	markShared(shown)
	return shown, check(errors.Join(errs...))
}

// show returns nil where the block device is not listed.
func (h *Host) show(name string) (*Disk, error) {
	if _, not := h.notADisk(name); not {
		return nil, nil
	}
	d, err := h.describe(name)
	if err != nil {
		if _, gone := fs.Stat(h.Root, path.Join(sysBlock, name)); errors.Is(gone, fs.ErrNotExist) {
			return nil, nil // pulled out while we looked
		}
		return nil, message.Errorf("reading what %s is: %w", name, err)
	}
	return &d, nil
}

// blockNames returns the kernel names of all whole block devices in natural order.
func (h *Host) blockNames() ([]string, error) {
	entries, err := fs.ReadDir(h.Root, sysBlock)
	if err != nil {
		return nil, message.Errorf("looking for disks: %w", err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	sort.Slice(names, func(i, j int) bool { return before(names[i], names[j]) })
	return names, nil
}
