package devicetest_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/mmc"
)

var areas = []devicetest.MMCArea{devicetest.MMCUser, devicetest.MMCBoot0, devicetest.MMCBoot1, devicetest.MMCGP0}

// card makes an eMMC full of 55h, that was full of 44h before: one can be read, the other still is on the flash.
func card(t *testing.T, lies ...devicetest.MMCLie) *devicetest.MMC {
	t.Helper()
	m := devicetest.NewMMC(devicetest.MMCTraits{Boot: 128 << 10, General: 512 << 10, Features: 0x50}, 1<<20)
	for _, a := range areas {
		for _, fill := range []byte{0x44, 0x55} {
			if _, err := m.Port(a).WriteAt(devicetest.Aligned(128<<10, fill), 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	m.Port(devicetest.MMCUser).WriteAt(devicetest.Aligned(128<<10, 0x55), 1<<19)
	m.Change(func(t *devicetest.MMCTraits) { t.Lies = lies })
	return m
}

// count says how many bytes of a medium are b.
func count(d *devicetest.Drive, b byte) int {
	s, _ := d.State()
	p := make([]byte, s.Size)
	d.Peek(p, 0)
	return bytes.Count(p, []byte{b})
}

func transport(m *devicetest.MMC, a devicetest.MMCArea) mmc.Transport {
	return m.Port(a).MMC()
}

// purge erases every area and sanitizes; the first error ends it.
func purge(m *devicetest.MMC) error {
	ctx := context.Background()
	for _, a := range areas {
		s, _ := m.Area(a).State()
		if err := mmc.Run(ctx, transport(m, a), mmc.Erase(&mmc.ExtCSD{}, 0, uint32(s.Size/512-1), time.Hour)...); err != nil {
			return err
		}
	}
	return mmc.Run(ctx, transport(m, devicetest.MMCUser), mmc.Sanitize(time.Hour))
}

// TestMMC: an eMMC is a port.
func TestMMC(t *testing.T) {
	t.Parallel()
	devicetest.TestPort(t, func(t *testing.T) devices.Port {
		return devicetest.NewMMC(devicetest.MMCTraits{}, 1<<20).Port(devicetest.MMCUser)
	})
}

// TestMMC_Sanitize: only erase and sanitize together reach the flash.
func TestMMC_Sanitize(t *testing.T) {
	t.Parallel()
	m := card(t)
	if count(m.Area(devicetest.MMCUser), 0x55) != 256<<10 || count(m.Remains(devicetest.MMCUser), 0x44) != 128<<10 {
		t.Fatal("the test itself is wrong")
	}
	ctx := context.Background()
	if err := mmc.Run(ctx, transport(m, devicetest.MMCUser), mmc.Sanitize(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if count(m.Area(devicetest.MMCUser), 0x55) != 256<<10 || count(m.Remains(devicetest.MMCBoot0), 0x44) != 0 {
		t.Error("a sanitize alone reaches what is mapped, or does not reach what is not")
	}
	if err := purge(m); err != nil {
		t.Fatal(err)
	}
	for _, a := range areas {
		for _, d := range []*devicetest.Drive{m.Area(a), m.Remains(a)} {
			if s, _ := d.State(); count(d, 0) != int(s.Size) {
				t.Errorf("of %q something is left", a)
			}
		}
	}
}

// TestMMC_Erase: an erase takes three commands.
func TestMMC_Erase(t *testing.T) {
	t.Parallel()
	m := card(t)
	tr, ctx := transport(m, devicetest.MMCUser), context.Background()
	e := mmc.Erase(&mmc.ExtCSD{}, 0, 7, 0)
	for name, commands := range map[string][]mmc.Command{"no start": e[1:], "no end": {e[0], e[2]}, "another between": {e[0], e[1], mmc.SendStatus(), e[2]}} {
		if err := mmc.Run(ctx, tr, commands...); err == nil {
			t.Errorf("%s: it was done", name)
		}
	}
	if err := mmc.Run(ctx, tr, mmc.Erase(&mmc.ExtCSD{}, 0, 1<<11, 0)...); err == nil {
		t.Error("sectors beyond the end were erased")
	}
	if count(m.Area(devicetest.MMCUser), 0x55) != 256<<10 {
		t.Error("something was erased")
	}
	if err := mmc.Run(ctx, tr, e...); err != nil || count(m.Area(devicetest.MMCUser), 0x55) != 252<<10 {
		t.Errorf("eight sectors: %v", err)
	}
}

// TestMMC_Lies: every lie is visible.
func TestMMC_Lies(t *testing.T) {
	t.Parallel()
	for lie, c := range map[devicetest.MMCLie]struct {
		status        mmc.Status // in the error; 0: it is said to have gone well
		errno         error
		read, remains int // KiB of the user area that are as before, and that are still on the flash
	}{
		devicetest.MMCErasesNothing:   {0, nil, 256, 128},
		devicetest.MMCErasesPart:      {0, nil, 128, 0},
		devicetest.MMCSanitizeNothing: {0, nil, 0, 256},
		devicetest.MMCRefuses:         {mmc.SwitchError, nil, 0, 256},
		devicetest.MMCTimesOut:        {0, syscall.ETIMEDOUT, 0, 256},
		devicetest.MMCInterrupts:      {mmc.EraseReset, nil, 256, 128},
		devicetest.MMCPassword:        {mmc.Locked, nil, 256, 128},
		devicetest.MMCSkips:           {mmc.EraseSkipped, nil, 128, 128},
		devicetest.MMCNoRegister:      {0, nil, 0, 0},
		devicetest.MMCSparesBoot:      {0, nil, 0, 0},
	} {
		m := card(t, lie)
		err := purge(m)
		var e *mmc.StatusError
		switch {
		case c.status != 0 && (!errors.As(err, &e) || e.Status&c.status == 0), c.errno != nil && !errors.Is(err, c.errno),
			c.status == 0 && c.errno == nil && err != nil:
			t.Errorf("%s: %v", lie, err)
		}
		read, remains := count(m.Area(devicetest.MMCUser), 0x55)>>10, (count(m.Remains(devicetest.MMCUser), 0x55)+count(m.Remains(devicetest.MMCUser), 0x44))>>10
		if read != c.read || remains != c.remains {
			t.Errorf("%s: %d KiB are as before and %d are on the flash, want %d and %d", lie, read, remains, c.read, c.remains)
		}
	}
}

func TestMMC_Areas(t *testing.T) {
	t.Parallel()
	m := card(t)
	ctx, tr := context.Background(), transport(m, devicetest.MMCUser)
	c, err := mmc.ReadExtCSD(ctx, tr)
	if err != nil || c.Sectors != 2048 || c.Boot != 128<<10 || c.General != [4]int64{512 << 10} || !c.Sanitize || c.SectorAddresses {
		t.Errorf("%+v, %v", c, err)
	}
	m.Change(func(t *devicetest.MMCTraits) { t.Features, t.BootWP, t.Ones = 0, 0x04, true })
	if c, _ = mmc.ReadExtCSD(ctx, tr); c.Sanitize || c.BootWP[1] != mmc.UntilPowerOff || !c.ErasedOnes {
		t.Errorf("%+v", c)
	}
	if err := mmc.Run(ctx, tr, mmc.Sanitize(0)); !errors.Is(err, syscall.EOPNOTSUPP) {
		t.Errorf("sanitize on a drive without: %v", err)
	}
	var e *mmc.StatusError
	if err := mmc.Run(ctx, transport(m, devicetest.MMCBoot1), mmc.Erase(&c, 0, 255, 0)...); !errors.As(err, &e) || e.Status&mmc.EraseSkipped == 0 {
		t.Errorf("erasing what is protected: %v", err)
	}
	if _, err := m.Port(devicetest.MMCBoot1).WriteAt(devicetest.Aligned(512, 1), 0); !errors.Is(err, syscall.EROFS) {
		t.Errorf("writing what is protected: %v", err)
	}
	if err := mmc.Run(ctx, tr, mmc.Erase(&c, 0, 2047, 0)...); err != nil || count(m.Area(devicetest.MMCUser), 0xff) != 1<<20 {
		t.Errorf("erased to ones: %v", err)
	}
	m.Change(func(t *devicetest.MMCTraits) { t.Lies = []devicetest.MMCLie{devicetest.MMCNoRegister} })
	if _, err := mmc.ReadExtCSD(ctx, tr); !errors.Is(err, syscall.ETIMEDOUT) {
		t.Errorf("EXT_CSD: %v", err)
	}
	if !slices.ContainsFunc(m.Sent(), func(c mmc.Command) bool { return c.Opcode == 38 }) {
		t.Error("what was sent was not kept")
	}
}
