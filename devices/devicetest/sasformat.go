package devicetest

import (
	"encoding/binary"

	"rasure/devices/scsi"
)

// blockFormat is how the blocks of a [SAS] are formatted, and a FORMAT UNIT that runs, SBC-4 4.12.
type blockFormat struct {
	length  int64 // of a block, in bytes; 0: that of the drive
	next    int64 // with the next format
	running bool
	corrupt bool // one was interrupted or failed
	left    int
	sent    int
}

// More faults of a [SAS].
const (
	FormatFails   Lie = "format-fails"   // the format ends with an error
	FormatIgnored Lie = "format-ignored" // it ends well, and the blocks are what they were
	FormatNoSave  Lie = "format-no-save" // a MODE SELECT is refused if it is to be saved
	FormatLost    Lie = "format-lost"    // the answer to FORMAT UNIT is lost on its way back
)

// SetBlocks gives the drive blocks of so many bytes: the kernel does not use it then.
func (s *SAS) SetBlocks(length int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.format.length = length
}

// Formats is how many FORMAT UNITs the drive got.
func (s *SAS) Formats() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.format.sent
}

// formats answers what concerns formats, in all states of the drive. The caller holds mu.
func (s *SAS) formats(c scsi.Command) (scsi.Reply, bool) {
	f := &s.format
	switch {
	case c.CDB[0] == 0x9e && f.length != 0 && !f.running:
		b := make([]byte, 32)
		binary.BigEndian.PutUint64(b, uint64(s.unit.drive.size/f.length)-1)
		binary.BigEndian.PutUint32(b[8:], uint32(f.length))
		return answer(c, b), true
	case c.CDB[0] == 0x55 && len(c.Data) == 16 && c.Data[7] == 8 && !f.running:
		if s.Lie == FormatNoSave && c.CDB[1]&1 != 0 {
			return fixed(5, 0x24, 0), true
		}
		f.next = int64(binary.BigEndian.Uint32(c.Data[12:]) & 0xffffff)
		return scsi.Reply{}, true
	case c.CDB[0] == 0x04 && !f.running:
		if c.CDB[1] != 0x10 || len(c.Data) != 4 || c.Data[1]&2 == 0 {
			return unknownField, true
		}
		f.running, f.corrupt, f.left = true, false, s.Steps
		f.sent++
		return scsi.Reply{}, true
	case f.running:
		return scsi.Reply{Status: scsi.StatusCheckCondition, Sense: s.formatSense()}, true
	case f.corrupt:
		return fixed(3, 0x31, 0), true
	}
	return scsi.Reply{}, false
}

// formatSense is what the drive answers while it formats itself.
func (s *SAS) formatSense() []byte {
	return sense(2, 0x04, 0x04, 65536*(s.Steps-s.format.left)/(s.Steps+1))
}

// stepFormat brings a format forward.
func (s *SAS) stepFormat() {
	f := &s.format
	if f.left--; f.left >= 0 {
		return
	}
	f.running = false
	switch {
	case s.Lie == FormatFails:
		f.corrupt = true
	case s.Lie != FormatIgnored && f.next != 0:
		if f.length = f.next; f.length == int64(s.unit.drive.block) {
			f.length = 0
		}
	}
	s.unit.attention = true
}
