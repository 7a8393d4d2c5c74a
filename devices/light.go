package devices

import (
	"context"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// light is an attribute that switches the locate light of a disk's slot.
type light struct {
	path, on string
	before   string // what it is switched back to
}

// lightOf returns the locate light of a disk's slot; nil if there is none. A slot of which the kernel does not show the light has none that can be switched.
func (h *Host) lightOf(d Disk) *light {
	if h.Light == nil || d.topology == "" {
		return nil
	}
	if slot := h.slot(d.topology); slot != "" { // drivers/misc/enclosure.c
		return h.lightAt(path.Join(slot, "locate"), "1", "0")
	}
	for _, c := range h.controllers(d) {
		function, _, ok := strings.Cut(h.follow(c), "/nvme/")
		if !ok { // a slot of it would be that of an adapter, with all the disks on it
			continue
		}
		if l := h.npemLight(function); l != nil {
			return l
		}
		if l := h.attentionLight(path.Base(function)); l != nil {
			return l
		}
	}
	return nil
}

// lightAt is a light that can be switched, by its attribute. It goes back to what it is now if that is one of the known values, and to the first of them,
// which is off, otherwise. That it locates already is not known: two disks can share a slot, and a program that was killed left its light on.
func (h *Host) lightAt(attribute, on string, known ...string) *light {
	now := h.attr(attribute)
	if now == "" {
		return nil
	}
	if !slices.Contains(known, now) {
		now = known[0]
	}
	return &light{attribute, on, now}
}

var function = regexp.MustCompile(`^([0-9a-f]{4,}):[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$`)

// npemLight is a light that the drive or the port above it switches (PCIe 6.1, 6.28): drivers/pci/npem.c, Linux 6.13. What is further up has other slots.
func (h *Host) npemLight(drive string) *light {
	for _, at := range []string{drive, path.Dir(drive)} {
		if name := path.Base(at); function.MatchString(name) {
			if l := h.lightAt(path.Join(at, "leds", name+":enclosure:locate", "brightness"), "1", "0"); l != nil {
				return l
			}
		}
	}
	return nil
}

// The attention attribute of a slot of pciehp: 2 blinks, of the three that PCIe has. Behind Intel VMD it is both indicators of the slot at once, of
// which 7 is to locate and 15 is off, as on the cards of VMD drives (ledmon, vmdssd.h).
const (
	attentionOff, attentionOn, attentionBlink = "0", "1", "2"
	vmdOff, vmdLocate, vmdRebuild, vmdFail    = "15", "7", "5", "13"
)

// attentionLight is the indicator of the one slot that has a drive, whose address is given.
func (h *Host) attentionLight(address string) (found *light) {
	const slots = "sys/bus/pci/slots"
	parts := function.FindStringSubmatch(address)
	if parts == nil {
		return nil
	}
	device, _, _ := strings.Cut(address, ".")
	for _, slot := range h.names(slots) {
		if h.attr(slots, slot, "address") != device {
			continue
		}
		attribute := path.Join(slots, slot, "attention")
		l := h.lightAt(attribute, attentionBlink, attentionOff, attentionOn)
		if domain, err := strconv.ParseUint(parts[1], 16, 32); err == nil && domain > 0xffff { // only VMD has such domains
			l = h.lightAt(attribute, vmdLocate, vmdOff, vmdRebuild, vmdFail)
		}
		if l != nil && found != nil {
			return nil // two slots say that they have it
		}
		if l != nil {
			found = l
		}
	}
	return found
}

// blink switches a light on, and then back to what it was.
func (h *Host) blink(ctx context.Context, l light) error {
	if err := h.Light(l.path, l.on); err != nil {
		return err
	}
	<-ctx.Done()
	return h.Light(l.path, l.before)
}
