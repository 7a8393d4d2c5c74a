package devices

import "strings"

// Link names what the disk shares its way into the machine with: the USB bus, however many hubs lie between, or the host adapter
// (SCSI, SAS, SATA port, card reader). It is the real path of that in sysfs. "" for an image file and where nothing is shared.
func (d Disk) Link() string {
	at := d.topology
	for _, kind := range []string{"usb", "host", "mmc"} { // a USB disk has a SCSI host of its own; it is the bus that counts
		if part := component(at, kind); part != "" {
			above, _, _ := strings.Cut(at, "/"+part+"/")
			return above + "/" + part
		}
	}
	return ""
}
