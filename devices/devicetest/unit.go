package devicetest

import (
	"encoding/binary"
	"encoding/hex"
	"strings"

	"rasure/devices"
	"rasure/devices/scsi"
)

// More faults of drives, adapters and bridges, for the simulated drives that have a command set.
const (
	FixedSense     Lie = "fixed-sense"     // an adapter that gives registers back in the fixed format, without high bytes
	ZeroCount      Lie = "zero-count"      // an adapter that gives a count of 0 back, whatever the drive's was (Broadcom SAS3008)
	FailedBefore   Lie = "failed-before"   // a sanitize failed before the drive came here: it accepts nothing but another one
	LosesAnswer    Lie = "loses-answer"    // the answer to one command is lost on its way back, once
	RefusesUnlock  Lie = "refuses-unlock"  // reset in a security erase, as reset-midway, and then it accepts that erase and no UNLOCK
	StaleIdentify  Lie = "stale-identify"  // IDENTIFY DEVICE answers as it did when power came
	StillLocked    Lie = "still-locked"    // the erase ends well, and the password is still set
	Expired        Lie = "expired"         // too many wrong passwords were tried before
	SanitizeFrozen Lie = "sanitize-frozen" // SANITIZE FREEZE LOCK EXT was sent by somebody
	OverlayFrozen  Lie = "overlay-frozen"  // DEVICE CONFIGURATION FREEZE LOCK was
	EndsEarly      Lie = "ends-early"      // reports no progress and no failure while it is erasing, and fails
)

// unit is what all SCSI disks answer, and what a translation layer answers for an ATA drive.
type unit struct {
	drive     *Drive
	disk      devices.Disk
	ata       bool
	blank     func() bool // whether reads fail after a sanitize until a block is written; nil: they do not
	attention bool        // power came or it was reset, and that was not reported yet: 29h/00h
}

// newUnit makes the unit of a disk, and gives the drive its command set.
func newUnit(d *Drive, disk devices.Disk) unit {
	return unit{drive: &Drive{medium: d.medium}, disk: disk}
}

// answer fills a command's buffer.
func answer(c scsi.Command, b []byte) scsi.Reply {
	n := len(b)
	if len(c.CDB) == 6 && c.CDB[0] == 0x12 {
		n = min(n, int(binary.BigEndian.Uint16(c.CDB[3:])))
	}
	return scsi.Reply{Residual: len(c.Data) - copy(c.Data, b[:n])}
}

// fixed is a refusal with sense data in the fixed format.
func fixed(key, asc, ascq uint8) scsi.Reply {
	return scsi.Reply{Status: scsi.StatusCheckCondition, Sense: sense(key, asc, ascq, -1)}
}

// sense gives 18 bytes of fixed format, with a progress if that is not below 0.
func sense(key, asc, ascq uint8, progress int) []byte {
	b := make([]byte, 18)
	b[0], b[2], b[7], b[12], b[13] = 0x70, key, 10, asc, ascq
	if progress >= 0 {
		b[15] = 0x80
		binary.BigEndian.PutUint16(b[16:], uint16(progress))
	}
	return b
}

var (
	unknownCommand = fixed(5, 0x20, 0)
	unknownField   = fixed(5, 0x24, 0)
)

// basic answers what every disk answers in every state. ok is false for another command.
func (u *unit) basic(c scsi.Command, identify []byte) (r scsi.Reply, ok bool) {
	switch c.CDB[0] {
	case 0x12:
		return u.inquire(c, identify), true
	case 0x9e:
		if c.CDB[1]&0x1f != 0x10 {
			return unknownField, true
		}
		b := make([]byte, 32)
		binary.BigEndian.PutUint64(b, uint64(u.drive.size/int64(u.drive.block))-1)
		binary.BigEndian.PutUint32(b[8:], uint32(u.drive.block))
		return answer(c, b), true
	}
	return scsi.Reply{}, false
}

// unitAttention returns the pending unit attention, once.
func (u *unit) unitAttention() (scsi.Reply, bool) {
	owed := u.attention
	u.attention = false
	return fixed(6, 0x29, 0), owed
}

func (u *unit) inquire(c scsi.Command, identify []byte) scsi.Reply {
	if c.CDB[1]&1 == 0 {
		b := make([]byte, 36)
		b[2], b[3], b[4] = 6, 2, 31
		vendor := u.disk.Vendor
		if u.ata {
			vendor = "ATA"
		}
		copy(b[8:], pad(vendor, 8)+pad(u.disk.Model, 16)+pad(u.disk.Firmware, 4))
		return answer(c, b)
	}
	var body []byte
	switch c.CDB[2] {
	case 0x00:
		body = []byte{0x00, 0x80, 0x83, 0xb1}
		if u.ata {
			body = []byte{0x00, 0x80, 0x83, 0x89, 0xb1}
		}
	case 0x80:
		body = []byte(pad(u.disk.Serial, 20))
	case 0x83:
		if id, err := hex.DecodeString(strings.TrimPrefix(u.disk.WWN, "naa.")); err == nil && len(id) == 8 {
			body = append([]byte{1, 3, 0, 8}, id...)
		} else if id, ok := strings.CutPrefix(u.disk.WWN, "t10."); ok {
			body = append([]byte{2, 1, 0, byte(len(id))}, id...)
		}
	case 0x89:
		if !u.ata {
			return unknownField
		}
		body = make([]byte, 568)
		copy(body[4:], "linux   libata          3.00")
		body[52] = 0xec
		copy(body[56:], identify)
	case 0xb1:
		body = make([]byte, 60)
		if u.disk.Medium == devices.Flash {
			body[1] = 1
		} else {
			binary.BigEndian.PutUint16(body, 7200)
		}
		if u.blank != nil && u.blank() {
			body[3] = 0xa0
		}
	default:
		return unknownField
	}
	return answer(c, append([]byte{0, c.CDB[2], byte(len(body) >> 8), byte(len(body))}, body...))
}

func pad(s string, n int) string { return (s + strings.Repeat(" ", n))[:n] }

// scrub changes what the medium holds from one byte to another: to zeros, or as a drive does that throws its key away. What
// was never written reads as zeros afterwards too.
func (d *medium) scrub(from, to int64, crypto bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, pg := range d.pages {
		start := i * pageSize
		a, b := max(from-start, 0), min(to-start, pageSize)
		if a >= b {
			continue
		}
		pg.mu.Lock()
		if part := pg.b[a:b]; !crypto {
			clear(part)
		} else {
			for at := range part {
				part[at] = part[at]*5 + 0x5b // no byte stays what it was, and doing it twice does not bring it back
			}
		}
		pg.mu.Unlock()
	}
}

// resize makes more or less of the medium addressable.
func (d *medium) resize(size int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.size, d.state.Size = size, size
}
