package devices

import (
	"strings"

	"rasure/cmd/message"
)

// Quirk is something that drives of a model are known for. It is shown before an erase and stated on the certificate.
type Quirk struct {
	What   message.Text
	Source string // where it was reported
}

// quirks are keyed by the beginning of the model's name, or by a bridge's VID:PID; each row has its source.
var quirks = []struct {
	model, bridge string
	Quirk
}{
	{"INTEL SSDPEKNW", "", Quirk{message.Of("its progress has been seen to stay at 1 %% (655 of 65536) for ever while it sanitizes"), "nvme-cli issues 752, 1784, 3027: Intel 660p"}},
	{"INTEL SSDPEKKF256G8L", "", Quirk{message.Of("it has been seen dead after a format or sanitize"), "nvme-cli issue 2677"}},
	{"KINGSTON SEDC1500M", "", Quirk{message.Of("it has been seen dead after it lost power during a format"), "nvme-cli issue 2072"}},
	{"WDC PC SN730", "", Quirk{message.Of("it has been seen to deny all access after a PSID revert"), "sedutil issue 507"}},
	{"", "152d:0562", Quirk{takesA1h, "opensea-transport src/common_public.c, a1NeverSupported: JMicron"}},
	{"", "152d:0583", Quirk{takesA1h, "opensea-transport src/common_public.c, a1NeverSupported: JMicron"}},
	{"", "174c:2362", Quirk{inventsIdentify, "smartmontools drivedb.h, sntasmedia: ASMedia"}},
	{"", "0bda:9210", Quirk{inventsIdentify, "smartmontools drivedb.h, sntrealtek: Realtek"}},
}

var (
	takesA1h        = message.Of("its bridge takes opcode A1h for a vendor command, and hangs at ATA PASS-THROUGH (12)")
	inventsIdentify = message.Of("its bridge invents the IDENTIFY data, and passes no erase command to the NVMe drive behind it")
)

// Quirks returns what drives like d are known for.
func Quirks(d Disk) []Quirk {
	var known []Quirk
	for _, q := range quirks {
		switch {
		case q.model != "" && strings.HasPrefix(strings.ToUpper(d.Model), q.model),
			q.bridge != "" && d.Bridge != nil && strings.EqualFold(d.Bridge.VendorID+":"+d.Bridge.ProductID, q.bridge):
			known = append(known, q.Quirk)
		}
	}
	return known
}
