package devicetest

import (
	"bytes"
	"encoding/binary"
	"slices"
	"syscall"

	"rasure/devices/scsi"
)

// USB bridges, as [Adapter] of a [SATA] drive. All give registers back in the descriptor format, where nothing else is said.
const (
	Bridge          Adapter = "bridge"             // carries everything
	BridgeCount     Adapter = "bridge-zero-count"  // zeroes the count of commands without data on their way to the drive
	BridgeLBA       Adapter = "bridge-short-lba"   // drops the bytes 3 to 5 of the address
	BridgeIdentify  Adapter = "bridge-identify"    // answers IDENTIFY DEVICE with data of its own
	BridgeFixed     Adapter = "bridge-fixed"       // fixed format always
	BridgeSilent    Adapter = "bridge-no-sense"    // no registers: 5/24/00 where the drive refuses, GOOD where it does not
	BridgeHangs     Adapter = "bridge-hangs"       // the first command for the drive is never answered, later ones are
	BridgeAgrees    Adapter = "bridge-agrees"      // answers commands without data with GOOD, and does not send them
	BridgeCutsLogs  Adapter = "bridge-cuts-logs"   // of log pages the second half is empty
	BridgeShortLogs Adapter = "bridge-short-logs"  // of log pages the second half is missing
	BridgeUnaware   Adapter = "bridge-unaware"     // does not know ATA PASS-THROUGH
	BridgeFeature   Adapter = "bridge-no-features" // drops the feature of commands without data
	BridgeNarrow    Adapter = "bridge-narrow"      // answers 48-bit commands as if they were of 28 bits, without the high bytes of count and address
	BridgeHollow    Adapter = "bridge-hollow"      // zeroes the high bytes of count and address in answers, and says that they are there
	BridgeBay       Adapter = "bridge-other-bay"   // answers IDENTIFY DEVICE for a drive in another bay, which has one sector less
)

// bridges are all of them.
var bridges = []Adapter{Bridge, BridgeCount, BridgeLBA, BridgeIdentify, BridgeFixed, BridgeSilent, BridgeHangs, BridgeAgrees, BridgeCutsLogs, BridgeShortLogs, BridgeUnaware, BridgeFeature, BridgeNarrow, BridgeHollow, BridgeBay}

func (a Adapter) isBridge() bool { return slices.Contains(bridges, a) }

// instead answers a command that does not get to the drive.
func (s *SATA) instead(t *taskfile) (r scsi.Reply, err error, done bool) {
	switch {
	case s.Adapter == BridgeUnaware:
		return unknownCommand, nil, true
	case s.Adapter == BridgeHangs && !s.hung:
		s.hung = true
		return scsi.Reply{}, syscall.ETIMEDOUT, true
	case s.Adapter == BridgeAgrees && t.protocol == nonData:
		return scsi.Reply{}, nil, true
	case s.Adapter == BridgeBay && t.command == 0xec:
		other := bytes.Clone(s.identify())
		binary.LittleEndian.PutUint64(other[200:], s.current-1)
		seal(other)
		copy(t.data, other)
		return scsi.Reply{}, nil, true
	case s.Adapter == BridgeIdentify && t.command == 0xec:
		other := bytes.Clone(s.identify())
		copy(other[20:], "DD65149838F4        ") // words are swapped
		seal(other)
		copy(t.data, other)
		return scsi.Reply{}, nil, true
	}
	return scsi.Reply{}, nil, false
}

// bridged changes what the drive answered on its way back through a bridge.
func (s *SATA) bridged(t taskfile, o output, r scsi.Reply) scsi.Reply {
	isLog := t.command == 0x2f || t.command == 0xb0 && t.protocol == 4
	half := len(t.data) / 2
	switch {
	case s.Adapter == BridgeCutsLogs && isLog:
		clear(t.data[half:])
	case s.Adapter == BridgeShortLogs && isLog:
		clear(t.data[half:])
		r.Residual = half
	case s.Adapter == BridgeSilent && o.err != 0:
		return unknownField
	case s.Adapter == BridgeSilent:
		return scsi.Reply{}
	}
	return r
}

// readLog is READ LOG EXT of the directory, and of page 0 and 1 of the device statistics.
func (s *SATA) readLog(t *taskfile) output {
	if !s.Logs || t.count != 1 || t.protocol != 4 || !t.extended {
		return abort
	}
	b := make([]byte, 512)
	switch page := t.lba >> 8; {
	case t.lba == 0:
		b[0], b[2*4], b[2*0x30] = 1, 8, 9
		for i := 0x80; i < 0xa0; i++ { // host vendor specific logs have 16 pages each
			b[2*i] = 16
		}
	case t.lba&0xff == 4 && page <= 1:
		b[0], b[2], b[8], b[9], b[10] = 1, byte(page), 2, 0, 1
		if page == 1 {
			clear(b[8:])
			b[8+7], b[8] = 0xc0, 12     // power-on resets
			b[16+7], b[16] = 0xc0, 0x90 // power-on hours
		}
	default:
		return abort
	}
	copy(t.data, b)
	return output{}
}

// verify is READ VERIFY SECTOR(S) EXT: an address that the drive does not have is not found.
func (s *SATA) verify(t *taskfile) output {
	n := uint64(t.count)
	if n == 0 {
		n = 65536
	}
	if t.lba >= s.current || n > s.current-t.lba {
		return output{err: 0x10, count: t.count, lba: t.lba}
	}
	return output{}
}

// Sanitized reports whether a sanitize was begun.
func (s *SATA) Sanitized() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sanitize.running || s.sanitize.completed || s.sanitize.failed
}
