package devices

import "strings"

// Trouble is something that drives of a model are known for. It is shown before an erase and stands on the certificate.
type Quirk struct {
	What   string
	Source string // where it was told
}

// troubles are keyed by what the model's name begins with, or by a bridge's VID:PID; each row has its source.
var troubles = []struct {
	model, bridge string
	Quirk
}{
	{"INTEL SSDPEKNW", "", Quirk{"its progress has been seen to stay at 1 % (655 of 65536) for ever while it sanitizes", "nvme-cli issues 752, 1784, 3027: Intel 660p"}},
	{"INTEL SSDPEKKF256G8L", "", Quirk{"it has been seen dead after a format or sanitize", "nvme-cli issue 2677"}},
	{"KINGSTON SEDC1500M", "", Quirk{"it has been seen dead after it lost power during a format", "nvme-cli issue 2072"}},
	{"WDC PC SN730", "", Quirk{"it has been seen to deny all access after a PSID revert", "sedutil issue 507"}},
	{"", "152d:0562", Quirk{"its bridge takes opcode A1h for a command of its own, and hangs at ATA PASS-THROUGH (12)", "opensea-transport src/common_public.c, a1NeverSupported: JMicron"}},
	{"", "152d:0583", Quirk{"its bridge takes opcode A1h for a command of its own, and hangs at ATA PASS-THROUGH (12)", "opensea-transport src/common_public.c, a1NeverSupported: JMicron"}},
	{"", "174c:2362", Quirk{"its bridge makes up the IDENTIFY data, and passes no erase on to the NVMe drive behind it", "smartmontools drivedb.h, sntasmedia: ASMedia"}},
	{"", "0bda:9210", Quirk{"its bridge makes up the IDENTIFY data, and passes no erase on to the NVMe drive behind it", "smartmontools drivedb.h, sntrealtek: Realtek"}},
}

// Troubles returns what drives like d are known for.
func Quirks(d Disk) []Quirk {
	var known []Quirk
	for _, t := range troubles {
		switch {
		case t.model != "" && strings.HasPrefix(strings.ToUpper(d.Model), t.model),
			t.bridge != "" && d.Bridge != nil && strings.EqualFold(d.Bridge.VendorID+":"+d.Bridge.ProductID, t.bridge):
			known = append(known, t.Quirk)
		}
	}
	return known
}
