package firmware

import (
	"rasure/cmd/message"
	"rasure/devices"
)

// bridgePasses decides whether firmware commands may be sent through what is between the machine and the disk. The error is
// [devices.ErrNoFirmware], with the reason. A USB bridge that does not know a command may hang, answer for the drive, or cut the
// power in the middle of an erase (that bricked an X25-M), so only bridges that were tried are trusted.
func bridgePasses(d devices.Disk) error {
	if d.Bus != devices.USB {
		return nil
	}
	if d.Bridge == nil {
		return message.Errorf("%w: the disk is behind an unknown USB bridge", devices.ErrNoFirmware)
	}
	id := d.Bridge.VendorID + ":" + d.Bridge.ProductID
	if trustedBridges[id] == "" {
		return message.Errorf("%w: the USB bridge %s is not on the list of bridges that pass erase commands on; attach the disk directly", devices.ErrNoFirmware, id)
	}
	return nil
}

// trustedBridges are those (VID:PID, lower case) through which an erase was tried on hardware, with who tried it. Nobody has yet,
// so there is none.
var trustedBridges = map[string]string{}
