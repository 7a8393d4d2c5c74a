package bridge_test

import (
	"context"
	"errors"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/cmd/internal/bridge"
	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/devices/ata"
	"rasure/devices/devicetest"
	"rasure/devices/scsi"
)

// laptop is a machine with a SATA drive behind a USB bridge.
func laptop(t *testing.T) (*devices.Host, devices.Disk, *devicetest.SATA) {
	t.Helper()
	text, err := os.ReadFile("../../../devices/testdata/hosts/laptop.txtar")
	if err != nil {
		t.Fatal(err)
	}
	h := devicetest.FromArchive(t, text)
	drive := devicetest.Plug(t, h, "sda")
	d, err := h.Find("sda")
	if err != nil {
		t.Fatal(err)
	}
	s := devicetest.NewSATA(drive, d, devicetest.Honest)
	s.Logs = true
	c := devicetest.Capture(t, "ata-wd20ears")
	s.SetSMART(devicetest.SMART{Data: c["data"], Thresholds: c["thresholds"]})
	return h, d, s
}

var options = bridge.Options{Confirm: func(devices.Disk) error { return nil }, Today: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)}

// TestRun is which fault of a bridge each check finds, and what the bridge may be listed for then.
func TestRun(t *testing.T) {
	t.Parallel()
	const all = "identify:carried sense:carried smart:carried logs:carried statistics:carried echo:carried address:carried"
	const none = " sense:not-tested smart:not-tested logs:not-tested statistics:not-tested echo:not-tested address:not-tested"
	const reads = "identify:carried sense:%s smart:carried logs:carried statistics:carried"
	for adapter, want := range map[devicetest.Adapter]struct {
		checks string
		use    bridge.Use
		says   string // in a detail
	}{
		devicetest.Bridge:          {all, bridge.Commands, ""},
		devicetest.BridgeCount:     {strings.Replace(all, "echo:carried address:carried", "echo:dropped address:not-tested", 1), bridge.Reading, "count of commands"},
		devicetest.BridgeLBA:       {strings.Replace(all, "address:carried", "address:dropped", 1), bridge.Reading, "address of commands"},
		devicetest.BridgeNarrow:    {strings.Replace(all, "address:carried", "address:dropped", 1), bridge.Reading, "no usable ATA registers"},
		devicetest.BridgeHollow:    {strings.Replace(all, "address:carried", "address:altered", 1), bridge.Reading, "the address in an answer is not the one that was sent"},
		devicetest.BridgeFeature:   {strings.Replace(all, "echo:carried address:carried", "echo:altered address:not-tested", 1), bridge.Reading, "SMART RETURN STATUS"},
		devicetest.BridgeIdentify:  {"identify:altered" + none, bridge.Nothing, "INQUIRY reports"},
		devicetest.BridgeFixed:     {strings.Replace(reads, "%s", "altered", 1) + " echo:not-tested address:not-tested", bridge.Reading, "fixed format"},
		devicetest.BridgeSilent:    {strings.Replace(reads, "%s", "refused", 1) + " echo:not-tested address:not-tested", bridge.Reading, "5/24/00"},
		devicetest.BridgeAgrees:    {strings.Replace(reads, "%s", "dropped", 1) + " echo:not-tested address:not-tested", bridge.Reading, "no usable ATA registers"},
		devicetest.BridgeBay:       {"identify:altered" + none, bridge.Nothing, "READ CAPACITY reports"},
		devicetest.BridgeHangs:     {"identify:dropped" + none, bridge.Nothing, "was not answered"},
		devicetest.BridgeCutsLogs:  {"identify:carried sense:carried smart:altered logs:altered statistics:not-tested echo:carried address:carried", bridge.Commands, "second half"},
		devicetest.BridgeShortLogs: {"identify:carried sense:carried smart:altered logs:altered statistics:not-tested echo:carried address:carried", bridge.Commands, "256 bytes too short"},
		devicetest.BridgeUnaware:   {"identify:refused" + none, bridge.Nothing, "5/20/00"},
	} {
		t.Run(string(adapter), func(t *testing.T) {
			h, d, s := laptop(t)
			s.Adapter = adapter
			r, err := bridge.Run(t.Context(), h, d, options)
			if err != nil {
				t.Fatal(err)
			}
			got, details, carries := []string{}, "", []ata.Part{}
			for _, c := range r.Checks {
				got, details = append(got, string(c.Part)+":"+string(c.Result)), details+c.Detail.String()+"\n"
				if c.Result == bridge.Carried {
					carries = append(carries, c.Part)
				}
			}
			if text := strings.Join(got, " "); text != want.checks+" nvme:not-tested" || r.Use != want.use || !strings.Contains(details, want.says) {
				t.Errorf("%s, usable for %s\n%s\nwant %s, %s, %q", text, r.Use, details, want.checks, want.use, want.says)
			}
			if (r.List == nil) != (want.use == bridge.Nothing) || r.Silent() != (adapter == devicetest.BridgeHangs) {
				t.Errorf("listed as %+v, silent %v", r.List, r.Silent())
			}
			if l := r.List; l != nil && (l.ID != "152d:0578" || l.Firmware != "0209" || l.Tested != "2026-11-30" || !slices.Equal(l.Carries, carries)) {
				t.Errorf("listed as %+v", l)
			}
			for _, c := range s.Sent() {
				if !slices.Contains([]uint8{0x00, 0x2f, 0x42, 0xb0, 0xec}, c) {
					t.Errorf("command %02xh was sent", c)
				}
			}
		})
	}
}

// unit is where the kernel shows the disk.
const unit = "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0/host12/target12:0:0/12:0:0:0"

// TestRun_Unrecognizable: a bridge may be listed with a disk whose serial number the kernel did not get, and that disk is not erased through it. A
// dock, which may ask the disk in another bay, is not tested.
func TestRun_Unrecognizable(t *testing.T) {
	t.Parallel()
	h, _, _ := laptop(t)
	f := h.Root.(*devicetest.Files)
	f.Remove(unit + "/vpd_pg89")
	d, err := h.Find("sda")
	if err != nil {
		t.Fatal(err)
	}
	s := devicetest.NewSATA(devicetest.Plug(t, h, "sda"), d, devicetest.Honest)
	s.Adapter, s.Logs = devicetest.Bridge, true
	r, err := bridge.Run(t.Context(), h, d, options)
	if err != nil || r.Use != bridge.Identity || !strings.Contains(r.Limit.String(), "did not get the serial number") || r.List == nil || !slices.Contains(r.List.Carries, ata.PartAddress) {
		t.Errorf("Run() = %+v, %v", r, err)
	}

	f.Write(path.Dir(unit)+"/12:0:0:1/type", "0\n")
	if d, err = h.Find("sda"); err != nil {
		t.Fatal(err)
	}
	sent := len(s.Sent())
	if _, err := bridge.Run(t.Context(), h, d, options); fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), "to another one") || len(s.Sent()) != sent {
		t.Errorf("behind a dock: %v, sent % x", err, s.Sent()[sent:])
	}
}

// TestUsable: how well a drive is, is read only if something that says it arrived.
func TestUsable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		use     bridge.Use
		carries []ata.Part
		want    bool
	}{
		{bridge.Reading, []ata.Part{ata.PartIdentify, ata.PartSMART}, true},
		{bridge.Reading, []ata.Part{ata.PartIdentify, ata.PartLogs}, true},
		{bridge.Identity, []ata.Part{ata.PartIdentify, ata.PartSense}, false},
		{bridge.Commands, []ata.Part{ata.PartIdentify, ata.PartSense, ata.PartEcho, ata.PartAddress}, false},
		{bridge.Commands, ata.Parts, true},
	} {
		r := bridge.Judge(c.carries)
		text := r.Usable().String()
		if r.Use != c.use || strings.Contains(text, "how well") != c.want || strings.Contains(text, "sanitize") != (c.use == bridge.Commands) {
			t.Errorf("%v: %s, %s", c.carries, r.Use, text)
		}
	}
}

// TestRun_Refused: nothing is sent to a disk that is not behind a bridge, is in use, or was not confirmed.
func TestRun_Refused(t *testing.T) {
	t.Parallel()
	h, d, s := laptop(t)
	no := errors.New("not this one")
	if _, err := bridge.Run(t.Context(), h, d, bridge.Options{Confirm: func(devices.Disk) error { return no }}); !errors.Is(err, no) {
		t.Errorf("not confirmed: %v", err)
	}
	inside, err := h.Find("nvme0n1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bridge.Run(t.Context(), h, inside, options); fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), "not attached through a USB bridge") {
		t.Errorf("no bridge: %v", err)
	}
	h.Root.(*devicetest.Files).Write("proc/swaps", "Filename Type Size Used Priority\n/dev/sda partition 8 0 -2\n")
	var refused *devices.RefusedError
	if _, err := bridge.Run(t.Context(), h, d, options); !errors.As(err, &refused) {
		t.Errorf("in use: %v", err)
	}
	if sent := s.Sent(); len(sent) > 0 {
		t.Errorf("sent % x", sent)
	}
}

// TestRun_Differs: data that do not fit what the kernel knows are not the drive's.
func TestRun_Differs(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*devices.Disk){
		"READ CAPACITY reports": func(d *devices.Disk) { d.Size -= 512 * 8 },
		"INQUIRY reports":       func(d *devices.Disk) { d.Serial = "ANOTHER1" },
	} {
		h, d, _ := laptop(t)
		s := devicetest.NewSATA(devicetest.Plug(t, h, "sda"), d, devicetest.Honest)
		checks := bridge.Try(t.Context(), ata.OverSCSI(s), func() devices.Disk { change(&d); return d }())
		if c := checks[0]; c.Result != bridge.Altered || !strings.Contains(c.Detail.String(), name) {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// TestRun_Lost: a bridge that is gone after its test is reported, and not listed.
func TestRun_Lost(t *testing.T) {
	t.Parallel()
	h, d, _ := laptop(t)
	drive := devicetest.Plug(t, h, "sda")
	s := devicetest.NewSATA(drive, d, devicetest.Honest)
	h.Open = func(string, bool) (devices.Port, error) {
		return hanging{drive.Open(), func() { drive.SetState(devices.State{Number: d.Number, Seq: d.Seq + 1}) }}, nil
	}
	r, err := bridge.Run(t.Context(), h, d, options)
	if !devices.Lost(err) || len(r.Checks) != 8 || r.Use != bridge.Nothing || r.List != nil || len(s.Sent()) == 0 {
		t.Errorf("Run() = %+v, %v", r, err)
	}
}

// TestRun_Interrupted: where the operator gives up while a bridge hangs, the test ends at once.
func TestRun_Interrupted(t *testing.T) {
	t.Parallel()
	h, d, _ := laptop(t)
	ctx, stop := context.WithCancel(t.Context())
	free := make(chan struct{})
	defer close(free)
	o := options
	o.Confirm = func(devices.Disk) error { return nil }
	open := h.Open
	h.Open = func(path string, write bool) (devices.Port, error) {
		p, err := open(path, write)
		return hanging{p, func() { stop(); <-free }}, err
	}
	if _, err := bridge.Run(ctx, h, d, o); fault.Code(err) != fault.Interrupted {
		t.Errorf("Run() = %v", err)
	}
}

// hanging is a port whose ATA commands hang.
type hanging struct {
	devices.Port
	hang func()
}

func (p hanging) SCSI() scsi.Transport { return hangingSCSI{p.Port.SCSI(), p.hang} }

type hangingSCSI struct {
	scsi.Transport
	hang func()
}

func (h hangingSCSI) Do(ctx context.Context, c scsi.Command) (scsi.Reply, error) {
	if c.CDB[0] == 0x85 {
		h.hang()
	}
	return h.Transport.Do(ctx, c)
}
