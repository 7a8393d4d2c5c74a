package health_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/health"
)

// machine is one of the machines in devices/testdata/hosts.
func machine(t testing.TB, name string) *devices.Host {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "hosts", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return devicetest.FromArchive(t, b)
}

func find(t testing.TB, h *devices.Host, name string) devices.Disk {
	t.Helper()
	d, err := h.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// smartOf is what a captured ATA drive reports.
func smartOf(t testing.TB, name string) devicetest.SMART {
	c := devicetest.Capture(t, name)
	return devicetest.SMART{Data: c["data"], Thresholds: c["thresholds"], SelfTests: devicetest.Capture(t, "ata-ticket849")["self-test-log"]}
}

// sum makes the bytes of a block add up to 0.
func sum(b []byte) []byte {
	b[511] = 0
	for _, c := range b[:511] {
		b[511] -= c
	}
	return b
}

// sata is the SATA disk of the desktop with a simulated drive behind it.
func sata(t testing.TB, lie devicetest.Lie, m *devicetest.SMART) (*devices.Host, devices.Disk, *devicetest.SATA) {
	t.Helper()
	h := machine(t, "desktop")
	d := find(t, h, "sdb")
	s := devicetest.NewSATA(devicetest.Plug(t, h, "sdb"), d, lie)
	if m != nil {
		s.SetSMART(*m)
	}
	return h, d, s
}

func codes(r health.Report) string {
	all := []string{string(r.Verdict)}
	for _, why := range r.Reasons {
		all = append(all, string(why.Code))
	}
	return strings.Join(all, " ")
}

// TestRead_ATA: what a drive says that lies, or that reports less than it should, is never taken for good.
func TestRead_ATA(t *testing.T) {
	t.Parallel()
	attribute := func(m *devicetest.SMART, id byte, raw uint64) {
		for i := range 30 {
			if a := m.Data[2+12*i:]; a[0] == id {
				for k := range 6 {
					a[5+k] = byte(raw >> (8 * k))
				}
			}
		}
		sum(m.Data)
	}
	for name, c := range map[string]struct {
		change func(m *devicetest.SMART)
		want   string
	}{
		"honest":                      {func(m *devicetest.SMART) {}, "good"},
		"its own verdict":             {func(m *devicetest.SMART) { m.Failing = true }, "failing status-failing"},
		"wrong checksum":              {func(m *devicetest.SMART) { m.Data[400]++ }, "unknown malformed"},
		"wrong thresholds":            {func(m *devicetest.SMART) { m.Thresholds[400]++ }, "unknown malformed"},
		"wrong self-test log":         {func(m *devicetest.SMART) { m.SelfTests[100]++ }, "unknown malformed"},
		"zeros":                       {func(m *devicetest.SMART) { m.Data = make([]byte, 512) }, "unknown malformed"},
		"no thresholds, which is old": {func(m *devicetest.SMART) { m.Thresholds = nil }, "good"},
		"no data":                     {func(m *devicetest.SMART) { m.Data = nil }, "unknown no-answer"},
		"no self-test log":            {func(m *devicetest.SMART) { m.SelfTests = nil }, "good"},
		"more blocks than it has":     {func(m *devicetest.SMART) { attribute(m, 197, 1<<47) }, "unknown malformed"},
		"failing, and impossible":     {func(m *devicetest.SMART) { attribute(m, 197, 1<<47); m.Failing = true }, "failing status-failing malformed"},
		"hours of 200 years":          {func(m *devicetest.SMART) { attribute(m, 9, 1_753_200) }, "good"},
		"pending":                     {func(m *devicetest.SMART) { attribute(m, 197, 1) }, "worn pending"},
		"pending, many":               {func(m *devicetest.SMART) { attribute(m, 197, 100) }, "failing pending"},
		"reallocated":                 {func(m *devicetest.SMART) { attribute(m, 5, 1) }, "worn reallocated"},
		"cable":                       {func(m *devicetest.SMART) { attribute(m, 199, 100_000) }, "good"},
	} {
		m := smartOf(t, "ata-wd30efrx")
		c.change(&m)
		h, d, drive := sata(t, devicetest.Honest, &m)
		r := health.Read(t.Context(), h, d)
		if got := codes(r); got != c.want {
			t.Errorf("%s: got %s, want %s: %v", name, got, c.want, r.Reasons)
		}
		if r.PowerOnHours != nil && *r.PowerOnHours > 263_000 {
			t.Errorf("%s: %d hours", name, *r.PowerOnHours)
		}
		for _, opcode := range drive.Sent() {
			if opcode != 0xec && opcode != 0xb0 && opcode != 0xb4 {
				t.Errorf("%s: command %02xh was sent", name, opcode)
			}
		}
	}
	h, d, _ := sata(t, devicetest.Honest, nil)
	if got := codes(health.Read(t.Context(), h, d)); got != "unknown not-offered" {
		t.Errorf("a drive without SMART is %s", got)
	}
	m := smartOf(t, "ata-wd30efrx")
	h, d, _ = sata(t, devicetest.NoRegisters, &m)
	if r := health.Read(t.Context(), h, d); codes(r) != "good" { // the attributes say the same as the status
		t.Errorf("behind an adapter that loses the status: %s %v", codes(r), r.Reasons)
	}
	m.Thresholds = nil
	h, d, _ = sata(t, devicetest.NoRegisters, &m)
	if r := health.Read(t.Context(), h, d); codes(r) != "unknown no-answer" {
		t.Errorf("without status and thresholds: %s %v", codes(r), r.Reasons)
	}
}

// TestRead_Cable: transfer errors are shown, and count against no drive.
func TestRead_Cable(t *testing.T) {
	t.Parallel()
	m := smartOf(t, "ata-wd30efrx")
	h, d, _ := sata(t, devicetest.Honest, &m)
	r := health.Read(t.Context(), h, d)
	if r.Verdict != health.Good || r.CRCErrors == nil || *r.CRCErrors != 557 || len(r.Notes) != 1 || r.Notes[0].Code != health.Cable {
		t.Errorf("got %+v", r)
	}
}

// TestRead_Hangs: a drive that stops answering is given ten seconds, and gets nothing more.
func TestRead_Hangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := smartOf(t, "ata-wd30efrx")
		m.Hang = make(chan struct{})
		h, d, drive := sata(t, devicetest.Honest, &m)
		start := time.Now()
		r := health.Read(t.Context(), h, d)
		if took := time.Since(start); took != 10*time.Second || codes(r) != "unknown no-answer" {
			t.Errorf("after %v: %s %v", took, codes(r), r.Reasons)
		}
		close(m.Hang)
		synctest.Wait()
		if sent := drive.Sent(); !bytes.Equal(sent, []byte{0xec, 0xb4, 0xb0}) {
			t.Errorf("after it did not answer, more was sent: % x", sent)
		}
	})
}

// TestRead_Cancelled: Read returns when its context ends, although the drive has not answered.
func TestRead_Cancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := smartOf(t, "ata-wd30efrx")
		m.Hang = make(chan struct{})
		h, d, _ := sata(t, devicetest.Honest, &m)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		r := health.Read(ctx, h, d)
		if took := time.Since(start); took != time.Second || codes(r) != "unknown not-asked" {
			t.Errorf("after %v: %s %v", took, codes(r), r.Reasons)
		}
		close(m.Hang)
	})
}

// TestRead_Erasing: a drive that erases itself is left alone.
func TestRead_Erasing(t *testing.T) {
	t.Parallel()
	m := smartOf(t, "ata-wd30efrx")
	h, d, drive := sata(t, devicetest.Honest, &m)
	drive.Steps = 100
	target, err := h.Claim(t.Context(), d, devices.ClaimOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Begin(t.Context(), devices.Method{ID: devices.ATASanitizeBlock}, ""); err != nil {
		t.Fatal(err)
	}
	r := health.ReadClaimed(t.Context(), target.Handle())
	if codes(r) != "unknown not-asked" || slices.Contains(drive.Sent(), 0xb0) {
		t.Errorf("got %s %v, sent % x", codes(r), r.Reasons, drive.Sent())
	}
}

// TestRead_Bridges: nothing is sent to a USB bridge that is not on the list.
func TestRead_Bridges(t *testing.T) {
	t.Parallel()
	for _, on := range [][2]string{{"laptop", "sda"}, {"bench", "sdb"}} {
		h := machine(t, on[0])
		d := find(t, h, on[1])
		if d.Bus != devices.USB {
			t.Fatalf("%s of %s is on %s", on[1], on[0], d.Bus)
		}
		devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) {
			t.Errorf("%s of %s was opened", on[1], on[0])
			return nil, os.ErrPermission
		})
		if r := health.Read(t.Context(), h, d); codes(r) != "unknown not-asked" || !strings.Contains(fmt.Sprint(r.Reasons), "bridge") {
			t.Errorf("%s of %s: %s %v", on[1], on[0], codes(r), r.Reasons)
		}
	}
}

func TestRead_SCSI(t *testing.T) {
	t.Parallel()
	c := devicetest.Capture(t, "scsi-sas")
	pages := map[uint8][]byte{0x03: c["03"], 0x0d: c["0d"], 0x0e: c["0e"], 0x15: c["15"], 0x2f: c["2f"]}
	predicts := bytes.Clone(c["2f"])
	predicts[8], predicts[9] = 0x5d, 0x10
	list := func(header ...byte) []byte { return append(header, 0, 0, 0, 0, 0, 0, 0, 0xb6) } // and its first entry
	for name, v := range map[string]struct {
		page    []byte // in the place of 2Fh
		defects []byte
		want    string
	}{
		"honest": {c["2f"], nil, "worn pending"}, "predicts its failure": {predicts, nil, "failing failure-predicted pending"}, "cut": {c["2f"][:20], nil, "worn pending malformed"},
		"replaced nothing":             {c["2f"], []byte{0, 0x0c, 0, 0, 0, 0, 0, 0}, "worn pending"},
		"replaced three blocks":        {c["2f"], list(0, 0x0c, 0, 0, 0, 0, 0, 24), "worn pending reallocated"},
		"replaced a thousand":          {c["2f"], list(0, 0x0c, 0, 0, 0, 0, 0x1f, 0x40), "failing reallocated pending"},
		"says that its list is empty":  {c["2f"], list(0, 0x0c, 0, 0, 0, 0, 0, 0), "worn pending malformed"},
		"gives its primary list":       {c["2f"], list(0, 0x14, 0, 0, 0, 0, 0, 24), "worn pending malformed"},
		"gives an impossible list":     {c["2f"], list(0, 0x0c, 0, 0, 0xff, 0xff, 0xff, 0xff), "worn pending malformed"},
		"gives a list of its own kind": {c["2f"], list(0, 0x0e, 0, 0, 0, 0, 0, 24), "worn pending reallocated"},
	} {
		h := machine(t, "storage")
		d := find(t, h, "sdc")
		s := devicetest.NewSAS(devicetest.Plug(t, h, "sdc"), d, devicetest.Honest)
		own := map[uint8][]byte{}
		for k, p := range pages {
			own[k] = p
		}
		own[0x2f] = v.page
		s.SetSMART(devicetest.SMART{Pages: own, Defects: v.defects})
		r := health.Read(t.Context(), h, d)
		if codes(r) != v.want || r.Celsius == nil || *r.Celsius != 23 || *r.PowerOnHours != 16482 {
			t.Errorf("%s: got %s %v", name, codes(r), r.Reasons)
		}
	}
}

// nvme is the NVMe disk of the laboratory with a simulated drive behind it.
func nvmeOf(t testing.TB, traits devicetest.NVMeTraits, m devicetest.SMART) (*devices.Host, devices.Disk) {
	t.Helper()
	h := machine(t, "laboratory")
	d := find(t, h, "nvme0n1")
	drive := devicetest.NewDrive(d.Size, d.LogicalBlock)
	drive.SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
	traits.Serial, traits.Model, traits.Firmware = d.Serial, d.Model, d.Firmware
	n := devicetest.NewNVMe(traits, drive)
	n.SetSMART(m)
	devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return n.Port(1), nil })
	return h, d
}

func TestRead_NVMe(t *testing.T) {
	t.Parallel()
	log := devicetest.Capture(t, "nvme-samsung-pm9a1")["smart"]
	for name, c := range map[string]struct {
		change func(b []byte)
		want   string
	}{
		"honest":           {func([]byte) {}, "good"},
		"blank":            {func(b []byte) { clear(b) }, "unknown malformed"},
		"spare is low":     {func(b []byte) { b[0], b[3] = 1, 5 }, "failing spare-low"},
		"read-only":        {func(b []byte) { b[0] = 8 }, "failing read-only-media"},
		"backup":           {func(b []byte) { b[0] = 16 }, "failing backup-failed"},
		"temperature":      {func(b []byte) { b[0] = 2 }, "good"},
		"media errors":     {func(b []byte) { b[160] = 1 }, "worn media-errors"},
		"worn":             {func(b []byte) { b[5] = 90 }, "worn wear"},
		"nearly worn":      {func(b []byte) { b[5] = 89 }, "good"},
		"impossible spare": {func(b []byte) { b[3] = 101 }, "unknown malformed"},
		"a million hours":  {func(b []byte) { b[130] = 0x10 }, "good"},
		"200 °C":           {func(b []byte) { b[1], b[2] = 0xd8, 0x01 }, "good"},
	} {
		b := bytes.Clone(log)
		c.change(b)
		h, d := nvmeOf(t, devicetest.NVMeTraits{}, devicetest.SMART{Log: b})
		if r := health.Read(t.Context(), h, d); codes(r) != c.want {
			t.Errorf("%s: got %s, want %s: %v", name, codes(r), c.want, r.Reasons)
		} else if (r.PowerOnHours == nil) != (name == "a million hours" || name == "blank") || (r.Celsius == nil) != (name == "200 °C" || name == "blank") {
			t.Errorf("%s: %+v %v", name, r.Numbers, r.Notes)
		}
	}
}

func TestRead_MMC(t *testing.T) {
	t.Parallel()
	for traits, want := range map[[2]uint8]string{{1, 1}: "good", {0, 0}: "unknown not-offered", {10, 1}: "worn wear", {11, 1}: "worn life-warning wear",
		{1, 2}: "worn life-warning", {1, 3}: "failing end-of-life", {12, 1}: "unknown malformed", {1, 4}: "unknown malformed"} {
		h := machine(t, "bench")
		d := find(t, h, "mmcblk0")
		m := devicetest.NewMMC(devicetest.MMCTraits{Life: traits[0], PreEOL: traits[1]}, d.Size)
		m.Area(devicetest.MMCUser).SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
		devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return m.Port(devicetest.MMCUser), nil })
		if r := health.Read(t.Context(), h, d); codes(r) != want {
			t.Errorf("%v: got %s, want %s: %v", traits, codes(r), want, r.Reasons)
		}
	}
}

// TestAll: disks are asked side by side, so that one that does not answer delays the others by nothing.
func TestAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := smartOf(t, "ata-wd30efrx")
		h, d, _ := sata(t, devicetest.Honest, &m)
		hang := m
		hang.Hang = make(chan struct{})
		other, _, _ := sata(t, devicetest.Honest, &hang)
		silent := d
		silent.Path = "/dev/silent"
		devicetest.Attach(h, "/dev/silent", func(w bool) (devices.Port, error) { return other.Open(d.Path, w) })
		start := time.Now()
		disks := []devices.Disk{silent, d, d}
		all := health.All(t.Context(), h, disks, func(i int) message.Text {
			if i == 2 {
				return message.Of("it is in use")
			}
			return message.Text{}
		})
		got := []string{}
		for _, r := range all {
			got = append(got, codes(r))
		}
		close(hang.Hang)
		if took := time.Since(start); took != 10*time.Second || strings.Join(got, ",") != "unknown no-answer,good,unknown not-asked" {
			t.Errorf("after %v: %v", took, got)
		}
	})
}

func TestAskable(t *testing.T) {
	t.Parallel()
	for kind, want := range map[devices.HazardKind]bool{devices.Busy: false, devices.Offline: false, devices.Mounted: true, devices.System: true} {
		if got := health.Askable([]devices.Hazard{{Kind: kind}}).IsZero(); got != want {
			t.Errorf("%s: %v", kind, got)
		}
	}
}
