package firmware_test

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
	"testing"

	"rasure/devices"
	"rasure/devices/ata"
	"rasure/devices/devicetest"
	"rasure/devices/scsi"
)

// TestBridge_Untrusted: no command goes through a USB bridge that was not tried.
func TestBridge_Untrusted(t *testing.T) {
	t.Parallel()
	for host, name := range map[string]string{"laptop": "sda", "live-stick": "sdb"} {
		h := machine(t, host, "")
		devicetest.Plug(t, h, name)
		o, err := h.Capabilities(context.Background(), find(t, h, name))
		if err != nil || !strings.HasPrefix(o.Unavailable.String(), "no firmware commands reach this disk: the USB bridge ") || o.Methods != nil || o.Hidden != nil {
			t.Errorf("%s: %+v, %v", host, o, err)
		}
	}
}

// bridged claims a SATA drive behind a USB bridge, of which the settings say that it carries these parts.
func bridged(t *testing.T, a devicetest.Adapter, listed devices.ListedBridge) (*devices.Target, *devicetest.SATA) {
	t.Helper()
	h := machine(t, "laptop", "")
	h.Bridges = func() []devices.ListedBridge { return []devices.ListedBridge{listed} }
	d := find(t, h, "sda")
	s := devicetest.NewSATA(devicetest.Plug(t, h, "sda"), d, devicetest.Honest)
	s.Adapter = a
	target, err := h.Claim(ctx, d, devices.ClaimOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { target.Close() })
	return target, s
}

// listed is the bridge of the laptop in the settings.
func listed(parts ...ata.Part) devices.ListedBridge {
	return devices.ListedBridge{ID: "152d:0578", Firmware: "0209", Tested: "2026-11-30", Carries: parts}
}

// TestBridge_Firmware: what one bridge was shown to carry says nothing about another, nor about the same one with another firmware.
func TestBridge_Firmware(t *testing.T) {
	t.Parallel()
	for _, other := range []devices.ListedBridge{{ID: "152d:0578", Firmware: "0208"}, {ID: "152d:0579", Firmware: "0209"}, {ID: "152d:0578"}, {ID: "152d:0578", Firmware: "0209", Tested: "2999-01-01"}} {
		other.Carries = ata.Parts
		target, s := bridged(t, devicetest.Bridge, other)
		if c, err := target.Capabilities(ctx); err != nil || c.Reach != devices.FirmwareUnreachable || len(s.Sent()) > 0 {
			t.Errorf("%+v: %+v, %v, sent % x", other, c, err, s.Sent())
		}
	}
	target, _ := bridged(t, devicetest.Bridge, listed(ata.Parts...))
	if c, err := target.Capabilities(ctx); err != nil || c.Reach != devices.FirmwareAnswered {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestBridge_Methods: through a listed bridge a drive sanitizes itself only if the bridge carries all of the command, in the settings and now.
func TestBridge_Methods(t *testing.T) {
	t.Parallel()
	all := ata.Parts
	for name, c := range map[string]struct {
		adapter devicetest.Adapter
		parts   []ata.Part
		why     string // part of why a sanitize is unusable; "" if it is not
	}{
		"carries all":                  {devicetest.Bridge, all, ""},
		"zeroes the count":             {devicetest.BridgeCount, all, "changes the count or the address"},
		"returns no high bytes":        {devicetest.BridgeNarrow, all, "does not return the drive's status"},
		"zeroes returned high bytes":   {devicetest.BridgeHollow, all, "changes the count or the address"},
		"asks another bay":             {devicetest.BridgeBay, all, "READ CAPACITY reports"},
		"drops bytes of the address":   {devicetest.BridgeLBA, all, "changes the count or the address"},
		"gives no registers":           {devicetest.BridgeAgrees, all, "does not return the drive's status"},
		"fixed format":                 {devicetest.BridgeFixed, all, "does not return the drive's status"},
		"refuses for the drive":        {devicetest.BridgeSilent, all, "does not return the drive's status"},
		"listed for health only":       {devicetest.Bridge, []ata.Part{ata.PartIdentify, ata.PartSense, ata.PartSMART}, "was not shown to carry"},
		"listed without high bytes":    {devicetest.Bridge, []ata.Part{ata.PartIdentify, ata.PartSense, ata.PartEcho}, "was not shown to carry"},
		"listed without the registers": {devicetest.Bridge, []ata.Part{ata.PartIdentify, ata.PartEcho, ata.PartAddress}, "was not shown to carry"},
	} {
		t.Run(name, func(t *testing.T) {
			target, s := bridged(t, c.adapter, listed(c.parts...))
			offered, err := target.Methods(ctx)
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for _, m := range offered {
				why := m.Unusable.String()
				switch m.ID {
				case devices.ATASanitizeCrypto, devices.ATASanitizeBlock, devices.ATASanitizeOverwrite:
					seen++
					if (why == "") != (c.why == "") || !strings.Contains(why, c.why) {
						t.Errorf("%s is unusable because %q, want %q", m.ID, why, c.why)
					}
				default:
					if c.adapter != devicetest.BridgeBay && !strings.Contains(why, "nothing shows that the USB bridge carries such data") {
						t.Errorf("%s is unusable because %q", m.ID, why)
					}
				}
			}
			if seen != 3 {
				t.Fatalf("%+v", offered)
			}
			// A caller that has a method from elsewhere, as a resumed job.
			err = target.Begin(ctx, devices.Method{ID: devices.ATASanitizeOverwrite}, "")
			if (err == nil) != (c.why == "") || s.Sanitized() != (c.why == "") {
				t.Errorf("Begin() = %v, begun: %v", err, s.Sanitized())
			}
			if err := target.Begin(ctx, devices.Method{ID: devices.ATASecurityErase}, devices.ATAPassword); err == nil || slices.Contains(s.Sent(), 0xf1) {
				t.Errorf("a password was sent: %v, % x", err, s.Sent())
			}
			if !slices.Contains(c.parts, ata.PartEcho) && slices.Contains(s.Sent(), 0x00) {
				t.Errorf("a count was sent: % x", s.Sent())
			}
		})
	}
}

// unit is where the kernel shows the disk behind the bridge of the laptop.
const unit = "sys/devices/pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0/host12/target12:0:0/12:0:0:0"

// TestBridge_Unrecognizable: where nothing shows which drive answers, none erases itself, and none behind a dock is asked anything.
func TestBridge_Unrecognizable(t *testing.T) {
	t.Parallel()
	second := func(f *devicetest.Files) { f.Write(path.Dir(unit)+"/12:0:0:1/type", "0\n") }
	page, err := fs.ReadFile(machine(t, "laptop", "").Root, unit+"/vpd_pg89")
	if err != nil {
		t.Fatal(err)
	}
	identity := string(page)
	for name, c := range map[string]struct {
		change func(f *devicetest.Files)
		why    string
		asked  bool
	}{
		"usb-storage": {func(*devicetest.Files) {}, "did not get the serial number", true},
		"placeholder": {func(f *devicetest.Files) { f.Write(unit+"/vpd_pg80", "\x00\x80\x00\x04NONE") }, "did not get the serial number", true},
		"its own":     {func(f *devicetest.Files) { f.Write(unit+"/vpd_pg80", "\x00\x80\x00\x0dDD56419883C34") }, "did not get the serial number", true},
		"dock":        {second, "to another one", false},
		"dock that gives all one number": {func(f *devicetest.Files) {
			f.Write(unit+"/vpd_pg80", "\x00\x80\x00\x04NONE")
			second(f)
		}, "to another one", false},
		"dock that gives the drive's number": {func(f *devicetest.Files) {
			f.Write(unit+"/vpd_pg89", identity)
			second(f)
		}, "to another one", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := machine(t, "laptop", "")
			h.Bridges = func() []devices.ListedBridge { return []devices.ListedBridge{listed(ata.Parts...)} }
			f := h.Root.(*devicetest.Files)
			f.Remove(unit + "/vpd_pg89")
			c.change(f)
			d := find(t, h, "sda")
			s := devicetest.NewSATA(devicetest.Plug(t, h, "sda"), d, devicetest.Honest)
			s.Adapter = devicetest.Bridge
			s.Hide(1000, 0, false)
			target, err := h.Claim(ctx, d, devices.ClaimOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer target.Close()
			o, err := target.Capabilities(ctx)
			if err != nil {
				t.Fatal(err)
			}
			why := o.Unavailable.String()
			for _, m := range o.Methods {
				if why = m.Unusable.String(); m.ID == devices.ATASanitizeBlock {
					break
				}
			}
			if !strings.Contains(why, c.why) {
				t.Errorf("unusable because %q, want %q", why, c.why)
			}
			if err := target.Begin(ctx, devices.Method{ID: devices.ATASanitizeBlock}, ""); err == nil || s.Sanitized() {
				t.Errorf("Begin() = %v, begun: %v", err, s.Sanitized())
			}
			if err := target.Recover(ctx, devices.Method{ID: devices.ATASanitizeBlock}, ""); err == nil {
				t.Error("Recover() succeeded")
			}
			was := s.Bytes()
			if err := target.Restore(ctx, devices.HiddenArea{Kind: devices.HPA}); err == nil || s.Bytes() != was {
				t.Errorf("Restore() = %v", err)
			}
			if sent := s.Sent(); len(sent) > 0 != c.asked || slices.Contains(sent, 0x00) {
				t.Errorf("sent % x", sent)
			}
		})
	}
}

// TestBridge_StateLost: where the drive does not report its state, the trial is made all the same.
func TestBridge_StateLost(t *testing.T) {
	t.Parallel()
	h := machine(t, "laptop", "")
	h.Bridges = func() []devices.ListedBridge { return []devices.ListedBridge{listed(ata.Parts...)} }
	d := find(t, h, "sda")
	s := devicetest.NewSATA(devicetest.Plug(t, h, "sda"), d, devicetest.Honest)
	s.Adapter = devicetest.BridgeCount
	open := h.Open
	h.Open = func(path string, write bool) (devices.Port, error) {
		p, err := open(path, write)
		return stateless{p}, err
	}
	target, err := h.Claim(ctx, d, devices.ClaimOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	if err := target.Begin(ctx, devices.Method{ID: devices.ATASanitizeOverwrite}, ""); err == nil || s.Sanitized() || !slices.Contains(s.Sent(), 0x00) {
		t.Errorf("Begin() = %v, sent % x", err, s.Sent())
	}
}

// TestBridge_FailedBefore: a drive whose sanitize failed refuses everything that shows what a bridge carries. No other sanitize is offered, or begun.
func TestBridge_FailedBefore(t *testing.T) {
	t.Parallel()
	h := machine(t, "laptop", "")
	h.Bridges = func() []devices.ListedBridge { return []devices.ListedBridge{listed(ata.Parts...)} }
	d := find(t, h, "sda")
	s := devicetest.NewSATA(devicetest.Plug(t, h, "sda"), d, devicetest.FailedBefore)
	s.Adapter = devicetest.Bridge
	target, err := h.Claim(ctx, d, devices.ClaimOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	const why = "a sanitize failed on the drive"
	offered, err := target.Methods(ctx)
	if err != nil || len(offered) < 3 {
		t.Fatalf("%+v, %v", offered, err)
	}
	for _, m := range offered[:3] {
		if !strings.HasPrefix(m.Unusable.String(), why) {
			t.Errorf("%s is unusable because %q", m.ID, m.Unusable)
		}
		if err := target.Begin(ctx, devices.Method{ID: m.ID}, ""); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("Begin(%s) = %v", m.ID, err)
		}
	}
	if state, err := target.State(ctx, offered[0]); err != nil || state.Phase != devices.EraseFailed {
		t.Errorf("State() = %+v, %v", state, err)
	}
}

// stateless is a port through which no SANITIZE STATUS EXT is answered.
type stateless struct{ devices.Port }

func (p stateless) SCSI() scsi.Transport { return statelessSCSI{p.Port.SCSI()} }

type statelessSCSI struct{ scsi.Transport }

func (s statelessSCSI) Do(ctx context.Context, c scsi.Command) (scsi.Reply, error) {
	if c.CDB[0] == 0x85 && c.CDB[14] == 0xb4 && c.CDB[4] == 0 {
		return scsi.Reply{}, syscall.EIO
	}
	return s.Transport.Do(ctx, c)
}

// TestBridge_Hidden: a hidden area behind a bridge is made addressable only by commands that the bridge was shown to carry.
func TestBridge_Hidden(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		adapter devicetest.Adapter
		parts   []ata.Part
		works   bool
	}{
		"carries all":            {devicetest.Bridge, ata.Parts, true},
		"drops the address":      {devicetest.BridgeLBA, ata.Parts, false},
		"zeroes the count":       {devicetest.BridgeCount, ata.Parts, false}, // the maximum would last until the next power cycle only
		"listed for health only": {devicetest.Bridge, []ata.Part{ata.PartIdentify, ata.PartSense}, false},
	} {
		target, s := bridged(t, c.adapter, listed(c.parts...))
		s.Hide(1000, 0, false)
		was := s.Bytes()
		areas, err := target.Hidden(ctx)
		if err != nil || areas[0].Kind != devices.HPA || areas[0].Restorable != c.works {
			t.Errorf("%s: Hidden() = %+v, %v", name, areas, err)
		}
		if err := target.Restore(ctx, devices.HiddenArea{Kind: devices.HPA}); (err == nil) != c.works || (s.Bytes() != was) != c.works {
			t.Errorf("%s: Restore() = %v", name, err)
		}
	}
}
