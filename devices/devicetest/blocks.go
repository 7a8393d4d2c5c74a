package devicetest

import (
	"encoding/binary"

	"rasure/devices/scsi"
)

// blocks carries out what a kernel that uses the disk sends: READ, WRITE and READ CAPACITY in their shorter and longer
// forms, and SYNCHRONIZE CACHE. ok is false for another command. shut is the answer of a drive that neither reads nor writes now.
func (u *unit) blocks(c scsi.Command, shut scsi.Reply) (r scsi.Reply, ok bool) {
	var block, count uint64
	switch b := c.CDB; b[0] {
	case 0x25:
		answered := make([]byte, 8)
		binary.BigEndian.PutUint32(answered, uint32(min(u.drive.size/int64(u.drive.block)-1, 1<<32-1)))
		binary.BigEndian.PutUint32(answered[4:], uint32(u.drive.block))
		return answer(c, answered), true
	case 0x35, 0x91:
		return scsi.Reply{}, true
	case 0x28, 0x2a:
		block, count = uint64(binary.BigEndian.Uint32(b[2:])), uint64(binary.BigEndian.Uint16(b[7:]))
	case 0x88, 0x8a:
		block, count = binary.BigEndian.Uint64(b[2:]), uint64(binary.BigEndian.Uint32(b[10:]))
	default:
		return scsi.Reply{}, false
	}
	sectors := uint64(u.drive.size / int64(u.drive.block))
	switch {
	case u.drive.shut.Load():
		return shut, true
	case block > sectors || count > sectors-block:
		return fixed(5, 0x21, 0), true // logical block address out of range
	case uint64(len(c.Data)) != count*uint64(u.drive.block):
		return unknownField, true
	}
	off := int64(block) * int64(u.drive.block)
	u.drive.copy(c.Data, off, c.Direction == scsi.Out)
	return scsi.Reply{}, true
}
