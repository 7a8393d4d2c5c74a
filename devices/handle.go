package devices

import (
	"errors"
	"path"
	"slices"

	"rasure/cmd/message"
)

// Handle is an open disk as a driver of its firmware gets it, see [Host.Firmware]. Only a claim ([Target.Handle]) and [Host.Capabilities] make one:
// a driver for a disk that nobody claimed cannot be made.
type Handle struct {
	host    *Host
	port    Port
	disk    Disk
	claimed bool
}

// Handle is the claimed disk as those get it that send it commands of its own command set.
func (t *Target) Handle() Handle { return Handle{t.host, t.port, t.disk, true} }

// Disk returns the disk as it was when it was found.
func (h Handle) Disk() Disk { return h.disk }

// Port returns the open node. The driver does not close it.
func (h Handle) Port() Port { return h.port }

// Claimed reports whether the disk is claimed. What is not is only asked, and nothing about it is changed.
func (h Handle) Claimed() bool { return h.claimed }

// Namespace returns the kernel name of the disk that is another namespace of the same NVMe drive, "" if there is none.
func (h Handle) Namespace(nsid uint32) string {
	disks, _ := h.host.Disks()
	for _, d := range disks {
		if d.Name != h.disk.Name && d.Protocol == ProtocolNVMe && d.Serial == h.disk.Serial && h.host.count(d.topology, "nsid") == int(nsid) {
			return d.Name
		}
	}
	return ""
}

// Area returns the disk that is an area ("boot0", "gp1") of the same eMMC.
func (h Handle) Area(name string) (Disk, error) {
	d, err := h.host.describe(h.disk.Name + name)
	if err != nil {
		return Disk{}, message.Errorf("the kernel shows no node for area %s: %w", name, err)
	}
	if path.Dir(d.topology) != h.disk.topology {
		return Disk{}, message.Errorf("%s is not an area of %s", d.Name, h.disk.Name)
	}
	return d, nil
}

// ClaimArea opens an area of the same eMMC exclusively, with the checks of [Host.Claim]. Two hazards do not count: the kernel
// keeps the node of a boot area read-only, which stops writes and not commands, and all areas have the drive's identity. The
// caller closes the Port.
func (h Handle) ClaimArea(area Disk) (Port, error) {
	if !h.claimed {
		return nil, message.Errorf("%s is not claimed", h.disk.Name)
	}
	hazards, err := h.host.Hazards(area)
	hazards = slices.DeleteFunc(hazards, func(z Hazard) bool { return z.Kind == ReadOnly || z.Kind == Duplicate })
	if err == nil && len(hazards) > 0 {
		err = &RefusedError{area, hazards}
	}
	if err != nil {
		return nil, err
	}
	port, err := h.host.Open(area.Path, true)
	if err != nil {
		return nil, err
	}
	s, err := port.State()
	if err == nil {
		err = sameState(area, s)
	}
	if err == nil && port.MMC() == nil {
		err = message.Errorf("%s takes no MMC commands", area.Name)
	}
	if err != nil {
		return nil, errors.Join(err, port.Close())
	}
	return port, nil
}
