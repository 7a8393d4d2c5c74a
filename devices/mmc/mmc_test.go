package mmc_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/devices/devicetest"
	"rasure/devices/mmc"
)

// register is an EXT_CSD with the fields as a drive of 4 GB, revision 1.5 (eMMC 4.41) and later, has them.
func register() []byte {
	b := make([]byte, 512)
	b[192] = 8
	copy(b[212:], []byte{0x00, 0xe0, 0x74, 0x00}) // 7,659,520 sectors
	b[231] = 0x55                                 // secure, discard, trim, sanitize
	b[175], b[224], b[223], b[221] = 1, 1, 5, 8
	b[181], b[16] = 0, 0x39
	b[226], b[168] = 0x20, 0x20
	b[155] = 1
	b[143] = 2 // GP1: 2 x 8 x 512 KiB
	b[174] = 0x06
	return b
}

func TestParseExtCSD(t *testing.T) {
	t.Parallel()
	c, err := mmc.ParseExtCSD(register())
	c.Raw = [512]byte{}
	want := mmc.ExtCSD{Revision: 8, Sectors: 7659520, SectorAddresses: true, Sanitize: true, Trim: true, Secure: true, EraseGroup: 512 << 10,
		EraseTimeout: 1500 * time.Millisecond, Removal: 0x39, Boot: 4 << 20, Replay: 4 << 20, General: [4]int64{8 << 20}, Partitioned: true,
		BootWP: [2]mmc.Protection{mmc.ForEver, mmc.UntilPowerOff}}
	if err != nil || c != want {
		t.Errorf("got %+v\nwant %+v, %v", c, want, err)
	}
	b := register()
	b[155], b[175] = 0, 0
	if c, _ = mmc.ParseExtCSD(b); c.General != [4]int64{} || c.EraseGroup != 0 {
		t.Errorf("areas that were never made are reported: %+v", c)
	}
}

// TestParseExtCSD_Empty: an empty register is an error.
func TestParseExtCSD_Empty(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{"none": nil, "short": make([]byte, 511), "zeros": make([]byte, 512)} {
		if c, err := mmc.ParseExtCSD(b); err == nil {
			t.Errorf("%s: got %+v", name, c)
		}
	}
}

// TestCommands: commands are the numbers of the standard.
func TestCommands(t *testing.T) {
	t.Parallel()
	big, small := &mmc.ExtCSD{SectorAddresses: true}, &mmc.ExtCSD{}
	for name, c := range map[string]struct {
		got  []mmc.Command
		want string
	}{
		"sanitize":        {[]mmc.Command{mmc.Sanitize(time.Hour)}, "6:03a50101:1"},
		"flush the cache": {[]mmc.Command{mmc.Switch(32, 1, 0)}, "6:03200101:1"},
		"status":          {[]mmc.Command{mmc.SendStatus()}, "13:00010000:0"},
		"erase":           {mmc.Erase(big, 0, 0x74dfff, time.Hour), "35:00000000:0 36:0074dfff:0 38:00000000:1"},
		"erase, by byte":  {mmc.Erase(small, 1024, 2047, time.Hour), "35:00080000:0 36:000ffe00:0 38:00000000:1"},
	} {
		var got []string
		for _, g := range c.got {
			got = append(got, fmt.Sprintf("%d:%08x:%d", g.Opcode, g.Arg, g.Kind))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	if c := mmc.Sanitize(time.Hour); c.Timeout != time.Hour || !c.Write {
		t.Errorf("sanitize is %+v", c) // without a timeout Linux gives up after four minutes
	}
}

// answers gives these one after the other, and keeps what was sent.
type answers struct {
	give []mmc.Status
	sent []uint32
}

func (a *answers) Do(_ context.Context, commands ...mmc.Command) ([]mmc.Status, error) {
	var out []mmc.Status
	for _, c := range commands {
		a.sent = append(a.sent, c.Opcode)
		out, a.give = append(out, a.give[0]), a.give[1:]
		copy(c.Data, register())
	}
	return out, nil
}

const idle = mmc.Status(4<<9 | 1<<8)

// TestRun_Busy: a busy command is done when the next status says so.
func TestRun_Busy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		give []mmc.Status
		want string // in the error
	}{
		"done":                       {[]mmc.Status{0x800, idle}, ""},
		"Linux gave no answer to it": {[]mmc.Status{0, idle}, ""},
		"switch error shows later":   {[]mmc.Status{0x800, idle | mmc.SwitchError}, "switch refused"},
		"skipped what is protected":  {[]mmc.Status{0x800, idle | mmc.EraseSkipped}, "write-protected blocks were not erased"},
		"still programming":          {[]mmc.Status{0x800, 7 << 9}, "status 00000e00h"},
		"not ready":                  {[]mmc.Status{0x800, 4 << 9}, "status 00000800h"},
		"refused":                    {[]mmc.Status{idle | mmc.Illegal}, "command unknown"},
	} {
		a := &answers{give: c.give}
		err := mmc.Run(context.Background(), a, mmc.Sanitize(time.Hour))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
		var e *mmc.StatusError
		if err != nil && (!errors.As(err, &e) || e.Opcode != 6) {
			t.Errorf("%s: the error is not of the command: %v", name, err)
		}
	}
}

// TestRun_List: an error of any command in a list counts.
func TestRun_List(t *testing.T) {
	t.Parallel()
	for i := range 3 {
		a := &answers{give: []mmc.Status{idle, idle, 0x800, idle}}
		a.give[i] |= mmc.EraseParam
		if err := mmc.Run(context.Background(), a, mmc.Erase(&mmc.ExtCSD{}, 0, 1, 0)...); err == nil {
			t.Errorf("an error of command %d is none", i)
		}
	}
	a := &answers{give: []mmc.Status{idle}}
	if c, err := mmc.ReadExtCSD(context.Background(), a); err != nil || !c.Sanitize || !slices.Equal(a.sent, []uint32{8}) {
		t.Errorf("got %+v, %v, sent %v", c, err, a.sent)
	}
}

func FuzzParseExtCSD(f *testing.F) {
	f.Add(register())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := mmc.ParseExtCSD(b)
		if err == nil && len(b) != 512 || c.Boot < 0 || c.EraseTimeout < 0 || c.EraseGroup < 0 {
			t.Errorf("%d bytes: %+v, %v", len(b), c, err)
		}
		for _, g := range c.General {
			if g < 0 {
				t.Errorf("an area of %d bytes", g)
			}
		}
	})
}

func FuzzStatus(f *testing.F) {
	f.Add(uint32(idle))
	f.Add(uint32(0xffffffff))
	f.Fuzz(func(t *testing.T, s uint32) {
		if err := mmc.Status(s).Err(6); err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
	})
}

// The values are those that mmc extcsd read prints for the same bytes.
func TestParseExtCSD_Life(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][3]uint8{"mmc-worn": {11, 2, 1}, "mmc-aaru": {1, 1, 1}, "mmc-sandisk": {1, 1, 1}, "mmc-phone": {1, 1, 1}} {
		b := devicetest.Capture(t, name)["extcsd"]
		c, err := mmc.ParseExtCSD(b)
		if got := [3]uint8{c.LifeA, c.LifeB, c.EndOfLife}; err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, want)
		}
		b[192] = 6 // before eMMC 5.0 the bytes are reserved
		if c, err = mmc.ParseExtCSD(b); err != nil || c.LifeA != 0 || c.EndOfLife != 0 {
			t.Errorf("%s: read from a drive that has no such fields: %+v, %v", name, c.LifeA, err)
		}
	}
}
