package devicetest

import (
	"encoding/binary"

	"rasure/devices/scsi"
)

// Modes is how a [SAS] answers MODE SENSE and MODE SELECT (10).
type Modes string

const (
	ModesDefault Modes = ""         // long block descriptors, of which that of the default values has all blocks
	ModesRepeat  Modes = "repeat"   // its default values are the present ones
	ModesShort   Modes = "short"    // block descriptors of 8 bytes
	ModesNone    Modes = "none"     // it knows neither command
	ModesIgnored Modes = "ignored"  // a MODE SELECT is accepted, and changes nothing
	ModesNoBlock Modes = "no-block" // without block descriptors
)

// Lower takes blocks away from the end, as a MODE SELECT does. The drive had them before, as bytes beyond its size.
func (s *SAS) Lower(blocks int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.native = s.unit.drive.size + blocks*int64(s.unit.drive.block)
}

// modes answers MODE SENSE (10) of the control mode page and MODE SELECT (10) of a block descriptor, SPC-5 6.13 and 6.15, SBC-4 6.5.2.
func (s *SAS) modes(c scsi.Command) (scsi.Reply, bool) {
	block := int64(s.unit.drive.block)
	switch {
	case c.CDB[0] != 0x5a && c.CDB[0] != 0x55 || s.Modes == ModesNone:
		return scsi.Reply{}, false
	case c.CDB[0] == 0x5a && c.CDB[2]&0x3f == 0x0a:
		size := s.unit.drive.size
		if c.CDB[2]>>6 == 2 && s.native > 0 && s.Modes != ModesRepeat {
			size = s.native
		}
		b := make([]byte, 8)
		switch {
		case s.Modes == ModesNoBlock || c.CDB[1]&0x08 != 0:
		case s.Modes == ModesShort || c.CDB[1]&0x10 == 0:
			b[7] = 8
			b = binary.BigEndian.AppendUint32(b, uint32(min(size/block, 1<<32-1)))
			b = binary.BigEndian.AppendUint32(b, uint32(block))
		default:
			b[4], b[7] = 1, 16
			b = binary.BigEndian.AppendUint64(b, uint64(size/block))
			b = binary.BigEndian.AppendUint64(b, uint64(block))
		}
		b = append(b, 0x0a, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
		binary.BigEndian.PutUint16(b, uint16(len(b)-2))
		return answer(c, b), true
	case c.CDB[0] == 0x55 && c.CDB[1] == 0x10 && c.Direction == scsi.Out && len(c.Data) == 24 && int(c.CDB[8]) == 24 && c.Data[4] == 1 && c.Data[7] == 16:
		if binary.BigEndian.Uint64(c.Data[8:]) != 1<<64-1 || int64(binary.BigEndian.Uint32(c.Data[20:])) != block {
			return fixed(5, 0x26, 0), true
		}
		if s.Modes != ModesIgnored && s.native > 0 {
			s.unit.drive.resize(s.native)
			s.native, s.unit.attention = 0, true
		}
		return scsi.Reply{}, true
	}
	return unknownField, true
}
