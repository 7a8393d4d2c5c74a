package devices

import "strings"

// Trouble is something that drives of a model are known for. It is shown before an erase and stands on the certificate.
type Trouble struct {
	What   string
	Source string // where it was told
}

// troubles are keyed by what the model's name begins with, or by a bridge's VID:PID; each row has its source.
var troubles = []struct {
	model, bridge string
	Trouble
}{
	{"INTEL SSDPEKNW", "", Trouble{"its progress has been seen to stay at 1 % (655 of 65536) for ever while it sanitizes", "nvme-cli issues 752, 1784, 3027: Intel 660p"}},
	{"INTEL SSDPEKKF256G8L", "", Trouble{"it has been seen dead after a format or sanitize", "nvme-cli issue 2677"}},
	{"KINGSTON SEDC1500M", "", Trouble{"it has been seen dead after it lost power during a format", "nvme-cli issue 2072"}},
	{"WDC PC SN730", "", Trouble{"it has been seen to deny all access after a PSID revert", "sedutil issue 507"}},
	{"", "152d:0562", Trouble{"its bridge takes opcode A1h for a command of its own, and hangs at ATA PASS-THROUGH (12)", "opensea-transport src/common_public.c, a1NeverSupported: JMicron"}},
	{"", "152d:0583", Trouble{"its bridge takes opcode A1h for a command of its own, and hangs at ATA PASS-THROUGH (12)", "opensea-transport src/common_public.c, a1NeverSupported: JMicron"}},
	{"", "174c:2362", Trouble{"its bridge makes up the IDENTIFY data, and passes no erase on to the NVMe drive behind it", "smartmontools drivedb.h, sntasmedia: ASMedia"}},
	{"", "0bda:9210", Trouble{"its bridge makes up the IDENTIFY data, and passes no erase on to the NVMe drive behind it", "smartmontools drivedb.h, sntrealtek: Realtek"}},
}

// Troubles returns what drives like d are known for.
func Troubles(d Disk) []Trouble {
	var known []Trouble
	for _, t := range troubles {
		switch {
		case t.model != "" && strings.HasPrefix(strings.ToUpper(d.Model), t.model),
			t.bridge != "" && d.Bridge != nil && strings.EqualFold(d.Bridge.VendorID+":"+d.Bridge.ProductID, t.bridge):
			known = append(known, t.Trouble)
		}
	}
	return known
}
