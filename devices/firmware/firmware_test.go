package firmware_test

import (
	"context"
	"strings"
	"testing"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/firmware"
)

// TestLive: the live machine has the drivers, without which every purge is refused.
func TestLive(t *testing.T) {
	t.Parallel()
	if firmware.Live().Firmware == nil {
		t.Error("firmware.Live() has no drivers")
	}
}

// TestHandle_Unclaimed asks a driver of a disk that is only listed for another area: it is not opened.
func TestHandle_Unclaimed(t *testing.T) {
	t.Parallel()
	h := machine(t, "bench", "")
	d := find(t, h, "mmcblk0")
	m := devicetest.NewMMC(sanitizes, d.Size)
	m.Area(devicetest.MMCUser).SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
	devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return m.Port(devicetest.MMCUser), nil })
	asked := false
	h.Firmware = func(open devices.Handle) (devices.Firmware, error) {
		asked = true
		area, err := open.Area("boot0")
		if err != nil {
			t.Error(err)
		}
		if port, err := open.ClaimArea(area); err == nil || port != nil || !strings.Contains(err.Error(), "not claimed") {
			t.Errorf("ClaimArea() = %v, %v", port, err)
		}
		if _, err := open.Area("gp0"); err == nil {
			t.Error("an area that does not exist was found")
		}
		return firmware.Of(open)
	}
	if _, err := h.Capabilities(context.Background(), d); err != nil || !asked {
		t.Errorf("Capabilities() = %v, asked %v", err, asked)
	}
}

// TestCapabilities: an image, a disk that no command reaches, and a drive that answers are different.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	h := machine(t, "live-stick", "")
	for name, want := range map[string]devices.Reach{"loop0": devices.FirmwareNone, "sdb": devices.FirmwareUnreachable} {
		devicetest.Plug(t, h, name)
		c, err := h.Capabilities(context.Background(), find(t, h, name))
		if err != nil || c.Reach != want || c.Unavailable.IsZero() || c.Methods != nil || c.Hidden != nil {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	_, target := nvmeDrive(t, nvmeTraits(), 1)
	c, err := target.Capabilities(context.Background())
	if err != nil || c.Reach != devices.FirmwareAnswered || len(c.Methods) == 0 || len(c.Hidden) == 0 || !c.Unavailable.IsZero() {
		t.Errorf("nvme: %+v, %v", c, err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if c, err := target.Capabilities(cancelled); err == nil || c.Reach != devices.FirmwareSilent || !strings.Contains(c.Unavailable.String(), "did not answer") {
		t.Errorf("nvme without an answer: %+v, %v", c, err)
	}
}

// TestReasons: every reason passes through package message, so that it can be shown in any language.
func TestReasons(t *testing.T) {
	t.Parallel()
	target, _ := claimSATA(t, "sdb", devicetest.Frozen, nil)
	all, err := target.Methods(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if s := m.Unusable.In(message.Marked); !m.Unusable.IsZero() && (!strings.HasPrefix(s, "⟦") || !strings.HasSuffix(s, "⟧")) {
			t.Errorf("%s: %s", m.ID, s)
		}
	}
}
