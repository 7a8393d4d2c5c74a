package wipe_test

import (
	"context"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

// newMMC is a simulated eMMC full of a secret behind that of the bench.
func newMMC(t *testing.T) (*devicetest.MMC, *devices.Target) {
	t.Helper()
	m := devicetest.NewMMC(devicetest.MMCTraits{Boot: 4 << 20, Features: 0x40}, chipSize)
	areas := []devicetest.MMCArea{devicetest.MMCUser, devicetest.MMCBoot0, devicetest.MMCBoot1}
	for _, a := range areas {
		s, _ := m.Area(a).State()
		fill(m.Area(a), s.Size)
	}
	at := "sys/devices/platform/fe330000.mmc/mmc_host/mmc0/mmc0:0001/block/mmcblk0"
	return m, claimed(t, "bench", "mmcblk0", at, func(h *devices.Host, d devices.Disk) {
		for _, a := range areas {
			d, err := h.Find("mmcblk0" + string(a))
			if err != nil {
				t.Fatal(err)
			}
			m.Area(a).SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
			devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return m.Port(a), nil })
		}
	})
}

// Every way in which an eMMC may fail to do what it reports. Its replay protected block, which nothing erases, limits
// the outcome of an honest one. What it keeps on its flash and does not show cannot be found from outside.
func TestEMMCLies(t *testing.T) {
	t.Parallel()
	for lie, want := range map[devicetest.MMCLie]struct {
		outcome       wipe.Outcome
		codes         string
		left, remains bool // can be read, or is on the flash
	}{
		"":                            {wipe.CompletedWithExceptions, wipe.CodeHidden, false, false},
		devicetest.MMCErasesNothing:   {wipe.Failed, wipe.CodeEraseFailed, true, true},
		devicetest.MMCErasesPart:      {wipe.Failed, wipe.CodeMarkersKept, true, false},
		devicetest.MMCSparesBoot:      {wipe.Failed, wipe.CodeEraseFailed, false, false},
		devicetest.MMCRefuses:         {wipe.Failed, wipe.CodeEraseFailed, false, true},
		devicetest.MMCTimesOut:        {wipe.Failed, wipe.CodeEraseRefused, false, true},
		devicetest.MMCInterrupts:      {wipe.Failed, wipe.CodeEraseFailed, true, true},
		devicetest.MMCPassword:        {wipe.Failed, wipe.CodeMarkersKept, true, true},
		devicetest.MMCSkips:           {wipe.Failed, wipe.CodeEraseFailed, true, true},
		devicetest.MMCNoRegister:      {wipe.Failed, wipe.CodeMarkersKept, true, true},
		devicetest.MMCSanitizeNothing: {wipe.CompletedWithExceptions, wipe.CodeHidden, false, true},
	} {
		t.Run(string(lie), func(t *testing.T) {
			t.Parallel()
			m, target := newMMC(t)
			p := offered(t, target)
			m.Change(func(t *devicetest.MMCTraits) { t.Lies = []devicetest.MMCLie{lie} })
			r, _ := wipe.Run(context.Background(), target, p, purging(wipe.RunOptions{}))
			expect(t, r, want.outcome, want.codes)
			if got, remains := left(m.Area(devicetest.MMCUser)), left(m.Remains(devicetest.MMCUser)); got != want.left || remains != want.remains {
				t.Errorf("the secret is left: %v, and on the flash: %v", got, remains)
			}
		})
	}
}

// It sets no password, so no warning mentions a lock.
func TestEMMCWarnings(t *testing.T) {
	t.Parallel()
	_, target := newMMC(t)
	warnings := joinTexts(offered(t, target).Warnings, "\n")
	if !strings.Contains(warnings, "--resume starts the erase again") || strings.Contains(warnings, "locked") {
		t.Errorf("warnings: %s", warnings)
	}
}
