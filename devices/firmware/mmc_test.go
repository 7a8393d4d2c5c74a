package firmware_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/mmc"
)

var mmcAreas = []devicetest.MMCArea{devicetest.MMCUser, devicetest.MMCBoot0, devicetest.MMCBoot1}

// mmcDrive puts a simulated eMMC behind the one of the bench, and claims it. "secret" stands at the beginning and in the last
// block of each of its areas.
func mmcDrive(t *testing.T, traits devicetest.MMCTraits) (*devicetest.MMC, *devices.Host, *devices.Target) {
	t.Helper()
	h := machine(t, "bench", "")
	return mmcDriveOf(t, h, traits, find(t, h, "mmcblk0").Size)
}

func mmcDriveOf(t *testing.T, h *devices.Host, traits devicetest.MMCTraits, size int64) (*devicetest.MMC, *devices.Host, *devices.Target) {
	t.Helper()
	traits.Boot = 4 << 20
	m := devicetest.NewMMC(traits, size)
	for _, a := range mmcAreas {
		d := find(t, h, "mmcblk0"+string(a))
		m.Area(a).SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
		m.Area(a).Poke(secret(), 0)
		m.Area(a).Poke(secret(), d.Size-512)
		devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return m.Port(a), nil })
	}
	target, err := claim(h, find(t, h, "mmcblk0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { target.Close() })
	return m, h, target
}

var sanitizes = devicetest.MMCTraits{Features: 0x50}

// TestMMCErase: all areas are erased.
func TestMMCErase(t *testing.T) {
	t.Parallel()
	m, _, target := mmcDrive(t, sanitizes)
	offer := method(t, target, devices.MMCEraseSanitize)
	if offer.Level != devices.Purge || !offer.Blocking || !offer.Unusable.IsZero() || offer.Estimate <= 0 || len(offer.AlsoErases) != 0 {
		t.Errorf("offered: %+v", offer)
	}
	if s, err := target.State(context.Background(), offer); err != nil || s.Phase != devices.EraseIdle {
		t.Errorf("before: %+v, %v", s, err)
	}
	if s, err := erased(t, target, offer); err != nil || s.Phase != devices.EraseDone {
		t.Errorf("%+v, %v", s, err)
	}
	for _, a := range mmcAreas {
		for _, d := range []*devicetest.Drive{m.Area(a), m.Remains(a)} {
			if first, last := leftOf(d); first || last {
				t.Errorf("area %q is not erased", a)
			}
		}
	}
	sent := m.Sent()
	if last := sent[len(sent)-2]; last.Opcode != 6 || last.Arg != 0x03a50101 || last.Timeout < mmc.MaxTimeout {
		t.Errorf("the last is %+v", last)
	}
}

// TestMMCErase_Incomplete: an eMMC that cannot be erased completely is not erased.
func TestMMCErase_Incomplete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		traits devicetest.MMCTraits
		change func(h *devices.Host)
		why    string // that the plan shows; "": only the attempt finds out
		err    string
	}{
		"no sanitize":            {devicetest.MMCTraits{}, nil, "does not offer sanitize", "does not offer it"},
		"boot area protected":    {devicetest.MMCTraits{Features: 0x40, BootWP: 0x04}, nil, "protected until the drive loses power", "were not erased"},
		"protected for ever":     {devicetest.MMCTraits{Features: 0x40, BootWP: 0x02}, nil, "permanently write-protected", "were not erased"},
		"an area without a node": {devicetest.MMCTraits{Features: 0x40, General: 512 << 10}, nil, "shows no node for area gp0", "shows no node for area gp0"},
		"an area in use": {sanitizes, func(h *devices.Host) {
			devicetest.Attach(h, "/dev/mmcblk0boot1", func(bool) (devices.Port, error) {
				return nil, &fs.PathError{Op: "open", Path: "/dev/mmcblk0boot1", Err: syscall.EBUSY}
			})
		}, "", "/dev/mmcblk0boot1"},
		"another disk under an area's name": {sanitizes, func(h *devices.Host) {
			devicetest.Attach(h, "/dev/mmcblk0boot1", func(bool) (devices.Port, error) { return devicetest.NewDrive(4<<20, 512), nil })
		}, "", "is not the same disk"},
		"an area that takes no commands": {sanitizes, func(h *devices.Host) { devicetest.Plug(t, h, "mmcblk0boot1") }, "", "mmcblk0boot1 takes no MMC commands"},
		"an area that is swapped to": {sanitizes, func(h *devices.Host) {
			h.Root.(*devicetest.Files).Write("proc/swaps", "Filename Type Size Used Priority\n/dev/mmcblk0boot1 partition 4092 0 -2\n")
		}, "", "/dev/mmcblk0boot1 must not be erased"},
		"an area of another size": {sanitizes, func(h *devices.Host) {
			h.Root.(*devicetest.Files).Write("sys/devices/platform/fe330000.mmc/mmc_host/mmc0/mmc0:0001/block/mmcblk0/mmcblk0boot1/size", "4096\n")
		}, "mmcblk0boot1 has 2097152 bytes, and the drive reports 4194304", "mmcblk0boot1 has 2097152 bytes"},
	} {
		m, h, target := mmcDrive(t, c.traits)
		if c.change != nil {
			c.change(h)
		}
		offer := method(t, target, devices.MMCEraseSanitize)
		if (offer.Unusable.IsZero()) != (c.why == "") || !strings.Contains(offer.Unusable.String(), c.why) {
			t.Errorf("%s: %q", name, offer.Unusable)
		}
		offer.Unusable = message.Text{}
		if err := target.Begin(context.Background(), offer, ""); err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: Begin() = %v", name, err)
		}
		if first, last := leftOf(m.Area(devicetest.MMCUser)); !first || !last {
			t.Errorf("%s: the user's area was erased", name)
		}
	}
}

// TestMMCErase_OtherSize: an eMMC of another size than the disk is not erased.
func TestMMCErase_OtherSize(t *testing.T) {
	t.Parallel()
	h := machine(t, "bench", "")
	m, _, target := mmcDriveOf(t, h, sanitizes, find(t, h, "mmcblk0").Size+1<<20) // its last MiB would stay
	if err := target.Begin(context.Background(), method(t, target, devices.MMCEraseSanitize), ""); err == nil || !strings.Contains(err.Error(), "sectors") {
		t.Errorf("Begin() = %v", err)
	}
	if first, _ := leftOf(m.Area(devicetest.MMCUser)); !first {
		t.Error("it was erased")
	}
}

// TestMMCErase_Lies: every lie of a drive has its state.
func TestMMCErase_Lies(t *testing.T) {
	t.Parallel()
	for lie, c := range map[devicetest.MMCLie]struct {
		phase devices.ErasePhase
		words string
		last  bool // what is left at the end of the user's area
	}{
		devicetest.MMCErasesNothing:   {devices.EraseFailed, "area boot0 does not read as erased at byte 0", true},
		devicetest.MMCSparesBoot:      {devices.EraseFailed, "area boot0 does not read as erased at byte 4193792", false},
		devicetest.MMCErasesPart:      {devices.EraseDone, "without error", true},
		devicetest.MMCSanitizeNothing: {devices.EraseDone, "without error", false},
		devicetest.MMCRefuses:         {devices.EraseFailed, "switch refused", false},
		devicetest.MMCTimesOut:        {devices.EraseUnknown, "sanitize: connection timed out", false},
		devicetest.MMCInterrupts:      {devices.EraseFailed, "erase interrupted", true},
		devicetest.MMCPassword:        {devices.EraseIdle, "locked by a password", true},
		devicetest.MMCSkips:           {devices.EraseFailed, "write-protected blocks were not erased", true},
	} {
		m, _, target := mmcDrive(t, sanitizes)
		ctx, offer := context.Background(), method(t, target, devices.MMCEraseSanitize)
		m.Change(func(t *devicetest.MMCTraits) { t.Lies = []devicetest.MMCLie{lie} })
		err := target.Begin(ctx, offer, "")
		s, err2 := target.State(ctx, offer)
		if err2 != nil || s.Phase != c.phase || (err == nil) != (c.phase == devices.EraseDone) || !strings.Contains(s.Detail.String()+text(err), c.words) {
			t.Errorf("%s: %+v, %v, %v", lie, s, err, err2)
		}
		if _, last := leftOf(m.Area(devicetest.MMCUser)); last != c.last {
			t.Errorf("%s: left at the end: %v", lie, last)
		}
	}
}

// Between two commands it can be stopped, and begun again.
func TestMMCErase_Stopped(t *testing.T) {
	t.Parallel()
	m, _, target := mmcDrive(t, sanitizes)
	offer := method(t, target, devices.MMCEraseSanitize)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := target.Begin(ctx, offer, ""); !errors.Is(err, context.Canceled) {
		t.Fatalf("Begin() = %v", err)
	}
	if s, err := erased(t, target, offer); err != nil || s.Phase != devices.EraseDone {
		t.Errorf("%+v, %v", s, err)
	}
	if first, last := leftOf(m.Area(devicetest.MMCUser)); first || last {
		t.Error("it was not erased")
	}
}

// TestMMCHidden: the other areas are reported.
func TestMMCHidden(t *testing.T) {
	t.Parallel()
	_, _, target := mmcDrive(t, devicetest.MMCTraits{Features: 0x40, General: 1 << 20, BootWP: 0x01})
	all, err := target.Hidden(context.Background())
	want := []devices.HiddenArea{{Kind: devices.MMCBoot, Bytes: 8 << 20, Detail: message.Of("boot0 is write-protected")}, {Kind: devices.MMCGeneral, Bytes: 1 << 20},
		{Kind: devices.MMCRPMB, Bytes: 128 << 10, Detail: message.Of("no command erases it")}}
	if err != nil || fmt.Sprint(all) != fmt.Sprint(want) {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestSDCard: an SD card has no firmware erase.
func TestSDCard(t *testing.T) {
	t.Parallel()
	h := machine(t, "laboratory", "")
	d := find(t, h, "mmcblk0")
	m := devicetest.NewMMC(sanitizes, d.Size)
	m.Area(devicetest.MMCUser).SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
	devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return m.Port(devicetest.MMCUser), nil })
	target, err := claim(h, d)
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	if _, err := target.Methods(context.Background()); !errors.Is(err, devices.ErrNoFirmware) {
		t.Errorf("Methods() = %v", err)
	}
	if len(m.Sent()) != 0 {
		t.Errorf("it was sent %v", m.Sent())
	}
}
