package devices

import "strings"

// Link names the connection that the disk shares with others: the USB bus, through any number of hubs, or the host adapter
// (SCSI, SAS, SATA port, card reader). It is the real path of that in sysfs; "" for an image file and where nothing is shared.
func (d Disk) Link() string {
	at := d.topology
	for _, kind := range []string{"usb", "host", "mmc"} { // every USB disk has its own SCSI host: what is shared is the bus
		if part := component(at, kind); part != "" {
			above, _, _ := strings.Cut(at, "/"+part+"/")
			return above + "/" + part
		}
	}
	return ""
}
