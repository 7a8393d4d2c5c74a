package main

import (
	"errors"

	"rasure/cmd/internal/fault"
	"rasure/devices"
)

// hints says what to do about a disk that was refused. Nothing here weakens the refusal: there is no flag that does.
var hints = map[devices.HazardKind]string{
	devices.System:    "the computer runs from this disk, or rasure keeps its state there: erase it on another computer",
	devices.Mounted:   "unmount it first, in every mount namespace",
	devices.Swap:      "switch it off first: swapoff",
	devices.Held:      "take it out of what holds it first: vgchange -an, cryptsetup close, mdadm --stop, losetup -d",
	devices.Busy:      "end the program that has it open",
	devices.ReadOnly:  "look for a write-protect switch, or blockdev --setrw",
	devices.Duplicate: "unplug the other one, and erase them one after the other",
}

// explain adds a hint to a refusal where one helps.
func explain(err error) error {
	var refused *devices.RefusedError
	if errors.As(err, &refused) {
		for _, z := range refused.Hazards {
			if text, ok := hints[z.Kind]; ok {
				return fault.WithHint(err, "%s", text)
			}
		}
	}
	if errors.Is(err, devices.ErrNotFound) {
		return fault.WithHint(err, "rasure list shows the disks attached now")
	}
	return err
}
