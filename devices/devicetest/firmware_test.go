package devicetest_test

import (
	"bytes"
	"context"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// TestFirmware: firmware of memory erases as it reports, and lies as configured.
func TestFirmware(t *testing.T) {
	t.Parallel()
	const size, block = 4 << 20, 512
	m := devices.Method{ID: devices.SCSISanitizeBlock, Level: devices.Purge}
	for lie, want := range map[devicetest.Lie]struct {
		phase devices.ErasePhase
		left  int // blocks that are what they were
	}{
		devicetest.Honest:        {devices.EraseDone, 0},
		devicetest.ErasesTwice:   {devices.EraseDone, 0},
		devicetest.NothingErased: {devices.EraseDone, size / block},
		devicetest.OldSuccess:    {devices.EraseDone, size / block},
		devicetest.ErasesPart:    {devices.EraseDone, size / block / 2},
		devicetest.LeavesLast:    {devices.EraseDone, 1},
		devicetest.FailsOpen:     {devices.EraseFailed, 0},
		devicetest.Fails:         {devices.EraseFailed, size / block / 2},
		devicetest.ResetMidway:   {devices.EraseLocked, size / block / 2},
		devicetest.NoRegisters:   {devices.EraseUnknown, size / block},
	} {
		d := devicetest.NewDrive(size, block)
		was := bytes.Repeat([]byte("secret!!"), size/8)
		d.Poke(was, 0)
		f := &devicetest.Firmware{Offers: []devices.Method{m}, Lie: lie}
		d.SetFirmware(f)
		ctx := context.Background()
		if err := f.Begin(ctx, m, ""); (err != nil) != (lie == devicetest.ResetMidway) {
			t.Errorf("%q: Begin() = %v", lie, err)
		}
		if s, err := f.State(ctx, m); err != nil || s.Phase != want.phase {
			t.Errorf("%q: State() = %+v, %v; want %s", lie, s, err, want.phase)
		}
		is, left := make([]byte, size), 0
		d.Peek(is, 0)
		for at := 0; at < size; at += block {
			if bytes.Equal(is[at:at+block], was[at:at+block]) {
				left++
			}
		}
		if left != want.left {
			t.Errorf("%q: %d blocks are left, want %d", lie, left, want.left)
		}
	}
}
