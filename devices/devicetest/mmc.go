package devicetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"syscall"

	"rasure/devices"
	"rasure/devices/mmc"
)

// MMC is a simulated eMMC, below the codec: it takes commands and answers the bits of a status, as JESD84-B51A says,
// or as its [MMCTraits] have it. It does its work at once, as Linux waits for the busy signal to end.
//
// As flash does, it keeps what was overwritten or erased until a sanitize: [MMC.Remains] shows it.
type MMC struct {
	mu      sync.Mutex // guards what follows
	traits  MMCTraits
	areas   map[MMCArea]*area
	pending mmc.Status // shown in the next status
	sent    []mmc.Command
}

// MMCArea names a part of an eMMC that has its own node.
type MMCArea string

const (
	MMCUser  MMCArea = ""
	MMCBoot0 MMCArea = "boot0"
	MMCBoot1 MMCArea = "boot1"
	MMCGP0   MMCArea = "gp0"
)

// MMCTraits say what a drive is like.
type MMCTraits struct {
	Boot     int64 // bytes of each boot area, a multiple of 128 KiB
	General  int64 // bytes of the first general purpose area, a multiple of 512 KiB
	Features uint8 // SEC_FEATURE_SUPPORT: 40h sanitize, 10h trim
	Ones     bool  // erased memory reads as ones
	BootWP   uint8 // BOOT_WP_STATUS
	Life     uint8 // DEVICE_LIFE_TIME_EST of both types; 0: not reported
	PreEOL   uint8 // PRE_EOL_INFO

	Lies []MMCLie
}

// MMCLie is something an eMMC does otherwise than it says.
type MMCLie string

const (
	MMCErasesNothing   MMCLie = "erases-nothing"   // erase and sanitize say that they went well
	MMCErasesPart      MMCLie = "erases-part"      // the upper half of the user area stays
	MMCSparesBoot      MMCLie = "spares-boot"      // the upper half of the boot areas stays
	MMCSanitizeNothing MMCLie = "sanitize-nothing" // what was unmapped stays on the flash, and nobody outside can see that
	MMCRefuses         MMCLie = "refuses"          // sanitize, which shows in the next status only
	MMCTimesOut        MMCLie = "times-out"        // sanitize: Linux gives up and interrupts it
	MMCInterrupts      MMCLie = "interrupts"       // another command comes between those of an erase
	MMCPassword        MMCLie = "password"         // locked with CMD42
	MMCSkips           MMCLie = "skips"            // groups of the user area are write protected
	MMCNoRegister      MMCLie = "no-register"      // EXT_CSD cannot be read
)

// area is a part of the drive: what can be read, what is still on the flash, and the erase whose commands are arriving.
type area struct {
	*Drive
	remains     *Drive
	first, last uint32
	step        uint32 // the command of the erase sequence that came last
}

// NewMMC makes a drive of that many bytes.
func NewMMC(traits MMCTraits, size int64) *MMC {
	m := &MMC{traits: traits, areas: map[MMCArea]*area{}}
	for name, n := range map[MMCArea]int64{MMCUser: size, MMCBoot0: traits.Boot, MMCBoot1: traits.Boot, MMCGP0: traits.General} {
		if n > 0 {
			m.areas[name] = &area{Drive: NewDrive(n, 512), remains: NewDrive(n, 512)}
		}
	}
	return m
}

// Port opens the node of an area. It panics if the drive has no such area.
func (m *MMC) Port(name MMCArea) devices.Port {
	a := m.areas[name]
	if a == nil {
		panic("devicetest: this eMMC has no area " + string(name))
	}
	return &mmcPort{a.Drive.Open(), mmcTransport{m, name}}
}

// Area is the medium of an area as it can be read, Remains what was there before and still is on the flash.
func (m *MMC) Area(name MMCArea) *Drive    { return m.areas[name].Drive }
func (m *MMC) Remains(name MMCArea) *Drive { return m.areas[name].remains }

// Change changes what the drive is like, from now on.
func (m *MMC) Change(f func(*MMCTraits)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.traits)
}

// Sent is every command so far.
func (m *MMC) Sent() []mmc.Command {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.sent)
}

func (m *MMC) lies(l MMCLie) bool { return slices.Contains(m.traits.Lies, l) }

type mmcPort struct {
	*Drive
	mmc mmcTransport
}

func (p *mmcPort) MMC() mmc.Transport { return p.mmc }

func (p *mmcPort) WriteAt(b []byte, off int64) (int, error) {
	m, a := p.mmc.m, p.mmc.m.areas[p.mmc.area]
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.mmc.protected() {
		return 0, syscall.EROFS
	}
	old := make([]byte, len(b))
	a.Peek(old, off)
	n, err := p.Drive.WriteAt(b, off)
	for i := 0; i < n; i += 512 {
		if b := old[i:min(i+512, n)]; len(bytes.TrimLeft(b, "\x00")) > 0 { // erased memory takes no new place
			a.remains.Poke(b, off+int64(i))
		}
	}
	return n, err
}

type mmcTransport struct {
	m    *MMC
	area MMCArea
}

func (t mmcTransport) protected() bool {
	return t.area == MMCBoot0 && t.m.traits.BootWP&0x03 != 0 || t.area == MMCBoot1 && t.m.traits.BootWP&0x0c != 0
}

// Do carries commands out. Linux selects the area of the node before each.
func (t mmcTransport) Do(ctx context.Context, commands ...mmc.Command) ([]mmc.Status, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.m.mu.Lock()
	defer t.m.mu.Unlock()
	var answers []mmc.Status
	for _, c := range commands {
		if t.m.areas[t.area].vanished() {
			return nil, syscall.ENODEV
		}
		t.m.sent = append(t.m.sent, c)
		s, err := t.run(c)
		if err != nil {
			return nil, err
		}
		answers = append(answers, s)
	}
	return answers, nil
}

const (
	mmcReady       = mmc.Status(4<<9 | 1<<8) // state "transfer", ready for data
	mmcProgramming = mmc.Status(7 << 9)
)

func (t mmcTransport) run(c mmc.Command) (mmc.Status, error) {
	a := t.m.areas[t.area]
	before := a.step
	if a.step = 0; c.Opcode == 35 || c.Opcode == 36 {
		a.step = c.Opcode
	}
	switch {
	case t.m.lies(MMCPassword) && c.Opcode != 13:
		return mmcReady | mmc.Locked, nil
	case c.Opcode == 8 && len(c.Data) == 512:
		if t.m.lies(MMCNoRegister) {
			return 0, syscall.ETIMEDOUT
		}
		t.m.register(c.Data)
	case c.Opcode == 13 && c.Arg == 1<<16:
		s := mmcReady | t.m.pending
		t.m.pending = 0
		return s, nil
	case c.Opcode == 35:
		a.first = c.Arg
	case c.Opcode == 36 && before == 35:
		a.last = c.Arg
	case c.Opcode == 38 && before == 36 && c.Arg == 0:
		return t.erase(a)
	case c.Opcode == 36 || c.Opcode == 38:
		a.step = 0
		return mmcReady | mmc.EraseSequence, nil
	case c.Opcode == 6:
		return t.switchByte(uint8(c.Arg>>16), uint8(c.Arg>>8))
	default:
		return mmcReady | mmc.Illegal, nil
	}
	return mmcReady, nil
}

func (t mmcTransport) erase(a *area) (mmc.Status, error) {
	unit := int64(512)
	if t.m.areas[MMCUser].size <= 2<<30 {
		unit = 1
	}
	from, to := int64(a.first)*unit, int64(a.last)*unit+512
	switch {
	case to > a.size || from > to:
		return mmcReady | mmc.EraseParam, nil
	case t.m.lies(MMCInterrupts):
		return mmcReady | mmc.EraseReset, nil
	case t.protected():
		t.m.pending |= mmc.EraseSkipped
		return mmcProgramming, nil
	case t.m.lies(MMCSkips):
		t.m.pending |= mmc.EraseSkipped
		to /= 2
	case t.m.lies(MMCErasesPart) && t.area == MMCUser, t.m.lies(MMCSparesBoot) && t.area != MMCUser:
		to = min(to, max(a.size/2, from))
	case t.m.lies(MMCErasesNothing):
		return mmcProgramming, nil
	}
	fill := byte(0)
	if t.m.traits.Ones {
		fill = 0xff
	}
	for buf := make([]byte, pageSize); from < to; from += pageSize {
		b := buf[:min(pageSize, to-from)]
		if fill == 0 && !a.touched(from, int64(len(b))) {
			continue // never written: it is as if erased
		}
		a.Peek(b, from)
		a.remains.Poke(b, from)
		for i := range b {
			b[i] = fill
		}
		a.Poke(b, from)
	}
	return mmcProgramming, nil
}

// switchByte is SWITCH: sanitize, and flushing the cache. Linux sends no sanitize to a drive that has none.
func (t mmcTransport) switchByte(index, value uint8) (mmc.Status, error) {
	switch {
	case index == 165 && t.m.traits.Features&0x40 == 0:
		return 0, syscall.EOPNOTSUPP
	case index == 165 && t.m.lies(MMCTimesOut):
		return 0, syscall.ETIMEDOUT
	case index == 32 && value == 1:
	case index != 165 || value != 1, t.m.lies(MMCRefuses):
		t.m.pending |= mmc.SwitchError
	case !t.m.lies(MMCSanitizeNothing) && !t.m.lies(MMCErasesNothing):
		for _, a := range t.m.areas {
			a.remains.scrub(0, a.size, false)
		}
	}
	if index == 165 {
		return 0, nil // Linux gives no answer to this one
	}
	return mmcProgramming, nil
}

// register is EXT_CSD, JESD84-B51A 7.4.
func (m *MMC) register(b []byte) {
	clear(b)
	b[192], b[231], b[174], b[175], b[224], b[223], b[221] = 8, m.traits.Features, m.traits.BootWP, 1, 1, 1, 1
	binary.LittleEndian.PutUint32(b[212:], uint32(m.areas[MMCUser].size/512))
	if m.traits.Ones {
		b[181] = 1
	}
	b[267], b[268], b[269] = m.traits.PreEOL, m.traits.Life, m.traits.Life
	b[226], b[168] = uint8(m.traits.Boot>>17), 1
	if m.traits.General > 0 {
		b[155], b[143] = 1, uint8(m.traits.General>>19)
	}
}
