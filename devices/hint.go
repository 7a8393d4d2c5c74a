package devices

import "rasure/cmd/message"

// hints say what to do about a hazard, for every kind. None weakens the refusal: there is no flag that does.
var hints = map[HazardKind]message.Text{
	System:       message.Of("the computer runs from this disk, or rasure keeps its state there: erase it on another computer"),
	Mounted:      message.Of("unmount it first, in every mount namespace"),
	Swap:         message.Of("switch the swap off first: swapoff"),
	Held:         message.Of("take it out of what holds it first: vgchange -an, cryptsetup close, mdadm --stop, losetup -d"),
	Busy:         message.Of("end the program that has it open"),
	ReadOnly:     message.Of("look for a write-protect switch, or use blockdev --setrw"),
	NotPhysical:  message.Of("erase the disks behind it, on the machine that they are attached to"),
	Duplicate:    message.Of("unplug the other disk, and erase them one after the other"),
	NoSerial:     message.Of("attach the disk directly, or to a USB port; Linux 5.15 or newer is needed to identify a disk by its port"),
	NoMedium:     message.Of("insert a medium; if there is one, the drive does not recognize it"),
	Unstable:     message.Of("unplug the disk and attach it again; make an image file a multiple of the block size"),
	Zoned:        message.Of("attach it to an adapter, and use a kernel, that support zoned disks"),
	Offline:      message.Of("unplug the disk and attach it again, on another port or cable"),
	UsersUnknown: message.Of("run rasure as root of the machine itself, outside of containers, with /proc mounted without hidepid and subset"),
}

// Hint returns what to do about the hazard.
func (z Hazard) Hint() message.Text {
	if !z.hint.IsZero() {
		return z.hint
	}
	return hints[z.Kind]
}
