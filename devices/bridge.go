package devices

import (
	"slices"
	"strings"
	"time"

	"rasure/cmd/message"
	"rasure/devices/ata"
)

// Bridge is a USB device between the machine and the disk, with its own identity.
type Bridge struct {
	VendorID     string `json:"vendor_id"`  // four hex digits
	ProductID    string `json:"product_id"` // four hex digits
	Firmware     string `json:"firmware"`   // its release number (bcdDevice), four hex digits; "" where the kernel shows none
	Manufacturer string `json:"manufacturer"`
	Product      string `json:"product"`
	Serial       string `json:"serial"`
	Megabits     int    `json:"speed_mbit_per_second"`

	Listed *ListedBridge `json:"listed,omitempty"` // what the settings say about such a bridge; nil: nothing, and its disks are not asked
}

// ListedBridge is a USB bridge that was tried, and what it was shown to carry. See [Host.Bridges].
type ListedBridge struct {
	ID       string     `json:"id"`       // VID:PID, in lower case: "152d:0578"
	Firmware string     `json:"firmware"` // its release number, in lower case: "0209"; another one is another bridge
	Tested   string     `json:"tested"`   // the day: "2026-11-30"
	Carries  []ata.Part `json:"carries"`
}

// ID is the vendor and the product of a bridge, "152d:0578".
func (b *Bridge) ID() string { return strings.ToLower(b.VendorID + ":" + b.ProductID) }

// Carries reports whether the settings list the bridge as one that carries all of these parts.
func (b *Bridge) Carries(parts ...ata.Part) bool {
	return b != nil && b.Listed != nil && !slices.ContainsFunc(parts, func(p ata.Part) bool { return !slices.Contains(b.Listed.Carries, p) })
}

// AsListed is the bridge as the settings would list it.
func (b *Bridge) AsListed(tested time.Time, carries []ata.Part) *ListedBridge {
	return &ListedBridge{ID: b.ID(), Firmware: strings.ToLower(b.Firmware), Tested: tested.Format(time.DateOnly), Carries: carries}
}

// UnlistableBridge says why a USB bridge (VID:PID) cannot be listed, whatever a test of it shows; empty if nothing is known against it.
func UnlistableBridge(id string) message.Text {
	for _, k := range known {
		if k.Bridge == id && k.What.Format == inventsIdentify.Format {
			return message.Of("%v (%s)", k.What, k.Source)
		}
	}
	return message.Text{}
}

// list notes what the host knows about the bridge. A test on a day that has begun nowhere yet is none: the lines, or the clock, are wrong.
func (b *Bridge) list(all func() []ListedBridge) {
	if all == nil {
		return
	}
	latest := time.Now().UTC().Add(14 * time.Hour).Format(time.DateOnly)
	for _, l := range all() {
		if l.ID == b.ID() && UnlistableBridge(l.ID).IsZero() && l.Firmware != "" && l.Firmware == strings.ToLower(b.Firmware) && l.Tested <= latest {
			b.Listed = &l
		}
	}
}

// driveSerial is the serial number that the kernel got from the drive itself; "" where it got none, and behind a USB bridge also where the number is a
// placeholder or may be that of the bridge.
func (d Disk) driveSerial() string {
	switch {
	case d.SerialSource != SerialATA && d.SerialSource != SerialSCSI:
		return ""
	case d.Bus == USB && (d.OwnSerial() == "" || d.SerialSource == SerialSCSI && d.Bridge != nil && d.Serial == d.Bridge.Serial):
		return ""
	}
	return d.Serial
}

// OtherSerial says why a serial number in IDENTIFY DEVICE data is not that of the disk; empty if it is, or if there is nothing to compare it with.
func (d Disk) OtherSerial(serial string) message.Text {
	if own := d.driveSerial(); own != "" && Printable(serial) != own {
		return message.Of("it reports the serial number %s, and INQUIRY reports %s", Printable(serial), own)
	}
	return message.Text{}
}

// OtherSize does the same for the capacity in bytes. Only behind a USB bridge is it compared: what the kernel knows of another drive may be from before
// its hidden area was restored.
func (d Disk) OtherSize(size int64) message.Text {
	if d.Bus == USB && size != d.Size {
		return message.Of("it reports %d bytes, and READ CAPACITY reports %d", size, d.Size)
	}
	return message.Text{}
}

// Unrecognizable says why no answer through the USB bridge can be recognised as that of the disk, so that nothing that changes a drive may be sent:
// it could be another drive. It is empty if it can, and where there is no bridge.
func (d Disk) Unrecognizable() message.Text {
	if d.Bus != USB || d.driveSerial() != "" {
		return message.Text{}
	}
	return message.Of("the kernel did not get the serial number of the drive, with which its answers can be compared (with usb-storage it asks for none)")
}

// OneOfSeveral says why no ATA command may be sent to the disk: its USB bridge has several logical units, and may pass the command to another one. It
// is empty if the kernel shows one unit only, and the bridge does not call itself a card reader.
func (d Disk) OneOfSeveral() message.Text {
	if !d.several {
		return message.Text{}
	}
	return message.Of("the USB bridge is that of a dock or card reader, and may pass a command for this disk to another one")
}

// Carried returns the way for ATA commands to the drive: t itself, and behind a listed USB bridge one that sends only what the bridge was
// shown to carry.
func (d Disk) Carried(t ata.Transport) ata.Transport {
	if d.Bridge == nil || d.Bridge.Listed == nil {
		return t
	}
	return ata.Carried(t, d.Bridge.Listed.Carries)
}
