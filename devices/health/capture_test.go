package health

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/ata"
	"rasure/devices/devicetest"
	"rasure/devices/mmc"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
)

// ataDrive answers with what a real drive answered. What was not captured it refuses; its own verdict it gives where the capture has it.
type ataDrive struct {
	t       testing.TB
	answers map[string][]byte
	status  uint64 // LBA of SMART RETURN STATUS; 0: not captured
}

func (a ataDrive) Do(_ context.Context, c ata.Command) (*ata.Registers, error) {
	name := ""
	switch {
	case c.Opcode == 0xec:
		name = "identify"
	case c.Opcode == 0xb0 && c.Feature == 0xd0:
		name = "data"
	case c.Opcode == 0xb0 && c.Feature == 0xd1:
		name = "thresholds"
	case c.Opcode == 0xb0 && c.Feature == 0xda:
		if a.status == 0 {
			return nil, ata.ErrNoRegisters
		}
		return &ata.Registers{Status: 0x50, LBA: a.status, Whole: true}, nil
	case c.Opcode == 0xb0 && c.Feature == 0xd5 && c.LBA&0xff == 6:
		name = "self-test-log"
	case c.Opcode == 0xb0 && c.Feature == 0xd5, c.Opcode == 0x2f, c.Opcode == 0xb4 && c.Feature == 0:
	default:
		a.t.Errorf("command %02x, feature %02x is not one that only reads", c.Opcode, c.Feature)
	}
	if a.answers[name] == nil {
		return nil, &ata.RefusedError{Opcode: c.Opcode, Registers: ata.Registers{Status: 0x51, Error: 4}}
	}
	copy(c.Data, a.answers[name])
	return nil, nil
}

const (
	well   = 0xc24f00
	ailing = 0x2cf400
)

// show is a report in a line: verdict, codes, and the numbers by which a tool would be compared.
func show(r Report) string {
	var b strings.Builder
	fmt.Fprint(&b, r.Verdict)
	for _, why := range r.Reasons {
		fmt.Fprint(&b, " ", why.Code)
	}
	fmt.Fprint(&b, ":")
	for _, n := range []struct {
		name  string
		value *int64
	}{
		{"hours", r.PowerOnHours}, {"cycles", r.PowerCycles}, {"reallocated", r.Reallocated}, {"pending", r.Pending}, {"uncorrectable", r.Uncorrectable},
		{"media", r.MediaErrors}, {"used", r.PercentageUsed}, {"spare", r.Spare}, {"unsafe", r.UnsafeShutdowns}, {"crc", r.CRCErrors}, {"celsius", r.Celsius}, {"limit", r.CelsiusLimit},
	} {
		if n.value != nil {
			fmt.Fprintf(&b, " %s %d", n.name, *n.value)
		}
	}
	if r.SelfTest != nil {
		fmt.Fprintf(&b, " %s test %s", r.SelfTest.Kind, r.SelfTest.Result)
	}
	return b.String()
}

// The numbers are those that smartctl 7.3 -A prints for the same bytes; where it does not, a remark says so.
func TestCaptures_ATA(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ata-wd20ears":       "failing status-failing attribute-failing pending uncorrectable reallocated: hours 6684 cycles 22 reallocated 655 pending 65529 uncorrectable 46 crc 0 celsius 44",
		"ata-maxtor-6y120p0": "failing pending reallocated attribute-failed-once uncorrectable: hours 481 cycles 2264 reallocated 1783 pending 1727 uncorrectable 1 crc 0 celsius 36",
		"ata-hd501lj":        "worn pending reallocated media-errors: hours 7326 cycles 88 reallocated 1 pending 1 uncorrectable 0 media 65536 crc 0 celsius 47",
		"ata-wd5000aaks":     "failing pending reallocated: hours 14992 cycles 56 reallocated 63 pending 529 uncorrectable 0 crc 0 celsius 40",
		"ata-wd30efrx":       "good: hours 76317 cycles 813 reallocated 0 pending 0 uncorrectable 0 crc 557 celsius 38",
		"ata-850-evo":        "good: hours 25992 cycles 291 reallocated 0 media 0 used 44 crc 979 celsius 38",
		"ata-mx200":          "good: hours 48801 cycles 347 reallocated 1 pending 0 uncorrectable 0 media 0 used 70 unsafe 231 crc 0 celsius 44",
		"ata-sa400":          "good: hours 4569 cycles 1015 media 0 used 2 unsafe 247 crc 786432 celsius 30",
		"ata-patriot-burst":  "good: hours 22210 cycles 9170 used 3 unsafe 121 celsius 33",
		"ata-mhy2250bh":      "unknown malformed malformed: cycles 512 reallocated 0 crc 24048382 celsius 39",
		"ata-thnsnh128":      "good: hours 37383 cycles 2331 reallocated 0 pending 0 unsafe 285 celsius 34",
		"ata-intel-x25-m":    "good: hours 2309 cycles 395 reallocated 0 used 1 unsafe 323",
		"ata-st9160821as":    "worn pending uncorrectable: hours 556 cycles 465 reallocated 0 pending 1 uncorrectable 1 media 0 crc 0 celsius 38",
		"ata-mp0804h":        "good: hours 4645 cycles 987 reallocated 0 pending 0 uncorrectable 0 crc 0 celsius 48",
		"ata-mccoe64":        "good: hours 1 cycles 36 pending 0 uncorrectable 0 media 0 crc 0",
		"ata-ic25n020":       "worn reallocated: hours 6495 cycles 2180 reallocated 22 pending 0 uncorrectable 0 crc 0 celsius 35",
		"ata-wds500g2b0a":    "good: hours 219 cycles 5 reallocated 0 media 0 unsafe 0 crc 0 celsius 38",
		"ata-micron-5200":    "good: hours 8059 cycles 27 reallocated 0 pending 0 uncorrectable 0 media 0 used 0 unsafe 25 crc 0 celsius 29",
		"ata-pm863":          "good: hours 16589 cycles 119 reallocated 0 pending 0 media 0 used 1 crc 0 celsius 32",
		"ata-intel-s4500":    "good: hours 705 cycles 35 reallocated 0 pending 0 uncorrectable 0 used 0 unsafe 33 crc 0 celsius 26 other test passed",
	} {
		status := uint64(well)
		if name == "ata-wd20ears" {
			status = ailing
		}
		f := findings{source: SMART, medium: devices.MediumUnknown}
		readATA(t.Context(), ataDrive{t, devicetest.Capture(t, name), status}, devices.Disk{Medium: devices.MediumUnknown}, &f)
		if got := show(f.judge()); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

type nvmeDrive struct {
	t       testing.TB
	answers map[string][]byte
}

func (d nvmeDrive) Admin(_ context.Context, c nvme.Command) (uint32, error) {
	name := ""
	switch {
	case c.Opcode == 6 && c.CDW[0] == 1:
		name = "identify"
	case c.Opcode == 2 && c.CDW[0]&0xff == 2:
		name = "smart"
	case c.Opcode == 2 && c.CDW[0]&0xff == 6:
		name = "self-test"
	case c.Opcode == 2 && c.CDW[0]&0xff == 0x81:
	default:
		d.t.Errorf("command %02x is not one that only reads", c.Opcode)
	}
	if d.answers[name] == nil {
		return 0, &nvme.StatusError{Opcode: c.Opcode, Status: nvme.InvalidLogPage}
	}
	copy(c.Data, d.answers[name])
	return 0, nil
}

// The numbers are those that nvme smart-log 2.3 and id-ctrl print for the same bytes.
func TestCaptures_NVMe(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"nvme-samsung-hot-sensor":    "failing unreliable wear: hours 57277 cycles 8 media 0 used 110 spare 100 unsafe 1 celsius 55 limit 81",
		"nvme-samsung-worn-degraded": "failing unreliable wear: hours 53872 cycles 7 media 0 used 133 spare 100 unsafe 1 celsius 49 limit 81",
		"nvme-samsung-saturated":     "failing unreliable wear: hours 48431 cycles 10 media 0 used 255 spare 100 unsafe 1 celsius 56 limit 81",
		"nvme-micron-3400":           "worn wear: hours 5847 cycles 12 media 0 used 210 spare 100 unsafe 4 celsius 42 limit 80",
		"nvme-micron-3500":           "good: hours 6812 cycles 10 media 0 used 47 spare 100 unsafe 3 celsius 47 limit 86",
		"nvme-kioxia-kcd8":           "good: hours 5169 cycles 6 media 0 used 3 spare 100 unsafe 1 celsius 54 limit 77",
		"nvme-samsung-pm9a1":         "good: hours 7187 cycles 6 media 0 used 39 spare 100 unsafe 0 celsius 40 limit 81 short test aborted",
		"nvme-samsung-datacenter":    "good: hours 58407 cycles 49 media 0 used 9 spare 100 unsafe 31 celsius 43 limit 87",
		"nvme-intel-p4510":           "good: hours 34805 cycles 28 media 0 used 0 spare 100 unsafe 23 celsius 37 limit 70",
	} {
		f := findings{source: NVMe, medium: devices.Flash}
		readNVMe(t.Context(), nvmeDrive{t, devicetest.Capture(t, name)}, &f)
		if got := show(f.judge()); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

type scsiDrive map[string][]byte

func (d scsiDrive) Do(_ context.Context, c scsi.Command) (scsi.Reply, error) {
	var b []byte
	switch c.CDB[0] {
	case 0x00:
		return scsi.Reply{}, nil
	case 0x03:
		b = []byte{0x70, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	case 0x4d:
		if b = d[fmt.Sprintf("%02x", c.CDB[2]&0x3f)]; b == nil {
			return scsi.Reply{Status: 2, Sense: []byte{0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x24, 0, 0, 0, 0, 0}}, nil
		}
	case 0x37, 0xb7: // READ DEFECT DATA
		if b = d[fmt.Sprintf("%02x", c.CDB[0])]; b == nil {
			return scsi.Reply{Status: 2, Sense: []byte{0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0}}, nil
		}
	}
	return scsi.Reply{Residual: len(c.Data) - copy(c.Data, b)}, nil
}

// The numbers are those that sg_logs 1.46 prints for the same bytes.
func TestCaptures_SCSI(t *testing.T) {
	t.Parallel()
	sas, savvio := devicetest.Capture(t, "scsi-sas"), devicetest.Capture(t, "scsi-st300mm0006")
	defects := devicetest.Capture(t, "scsi-defects")
	savvio["00"] = []byte{0, 0, 0, 3, 0, 2, 3}
	wrong := scsiDrive{"00": sas["00-wrong"]}
	for name, c := range map[string]struct {
		drive scsiDrive
		want  string
	}{
		// 16482 hours, and one of the five blocks that the background scan lists waits to be reassigned
		"SAS":                              {sas, "worn pending: hours 16482 cycles 1363 pending 1 uncorrectable 0 celsius 23 limit 70"},
		"Savvio":                           {savvio, "good: uncorrectable 0"},
		"pages whose header says subpages": {wrong, "unknown not-offered:"},
		"no pages":                         {scsiDrive{}, "unknown not-offered:"},
		"a list of defects":                {scsiDrive{"37": defects["10-g2"]}, "good: reallocated 0"},
		"a list of the maker's own":        {scsiDrive{"b7": defects["12-g5"]}, "worn reallocated:"},
		"a list of primary defects":        {scsiDrive{"b7": defects["12-p4"]}, "unknown malformed:"},
	} {
		f := findings{source: Pages, medium: devices.Magnetic}
		readSCSI(t.Context(), c.drive, &f)
		if got := show(f.judge()); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

// The numbers are those that mmc extcsd read prints for the same bytes.
func TestCaptures_MMC(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"mmc-worn": "worn life-warning wear: used 100", "mmc-aaru": "good: used 10", "mmc-sandisk": "good: used 10", "mmc-phone": "good: used 10",
	} {
		c, err := mmc.ParseExtCSD(devicetest.Capture(t, name)["extcsd"])
		if err != nil {
			t.Fatal(err)
		}
		f := findings{source: EMMC, medium: devices.Flash}
		f.mmc(c)
		if got := show(f.judge()); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}
