package firmware

import (
	"fmt"

	"rasure/devices"
)

// bridgePasses says whether firmware commands may be sent through what lies between the machine and the disk: an error that is
// [ErrNoFirmware] and says why not. A USB bridge that does not know a command may hang, answer for the drive, or cut the
// power in the middle of an erasure (an X25-M was bricked so), so only those are trusted that were tried.
func bridgePasses(d devices.Disk) error {
	if d.Bus != devices.USB {
		return nil
	}
	if d.Bridge == nil {
		return fmt.Errorf("%w: it is behind a USB bridge that is not known", devices.ErrNoFirmware)
	}
	id := d.Bridge.VendorID + ":" + d.Bridge.ProductID
	if trustedBridges[id] == "" {
		return fmt.Errorf("%w: the USB bridge %s is not on the list of those that pass erase commands on; attach the disk directly", devices.ErrNoFirmware, id)
	}
	return nil
}

// trustedBridges are those (VID:PID, lower case) through which an erasure was tried on hardware, with who tried it. Nobody
// has yet, so there is none.
var trustedBridges = map[string]string{}
