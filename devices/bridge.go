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

// list notes what the host knows about the bridge.
func (b *Bridge) list(all func() []ListedBridge) {
	if all == nil {
		return
	}
	for _, l := range all() {
		if l.ID == b.ID() && UnlistableBridge(l.ID).IsZero() && l.Firmware != "" && l.Firmware == strings.ToLower(b.Firmware) {
			b.Listed = &l
		}
	}
}

// Carried returns the way for ATA commands to the drive: t itself, and behind a listed USB bridge one that sends only what the bridge was
// shown to carry.
func (d Disk) Carried(t ata.Transport) ata.Transport {
	if d.Bridge == nil || d.Bridge.Listed == nil {
		return t
	}
	return ata.Carried(t, d.Bridge.Listed.Carries)
}
