// Package ata builds ATA commands and reads their answers.
//
// Numbers are those of ACS-4 (INCITS 529). Words are 16 bits, little-endian in memory.
package ata

import (
	"encoding/binary"
	"fmt"
	"strings"

	"rasure/cmd/message"
)

// Identity is what IDENTIFY DEVICE says of who a drive is, ACS-4 7.13.6. Strings are trimmed but otherwise as the drive
// sent them: hostile.
type Identity struct {
	Serial   string // words 10 to 19, 20 characters at most
	Firmware string // words 23 to 26, 8 characters at most
	Model    string // words 27 to 46, 40 characters at most; SCSI's INQUIRY has room for 16 of them
	WWN      string // words 108 to 111 as "naa.…"; "" where the drive has none
	Rotation uint16 // word 217: 0 not reported, 1 no rotation, 0401h to FFFEh revolutions a minute
	Attach   Attach // word 222
}

// Attach is how the drive's own plug works.
type Attach uint8

const (
	AttachUnknown Attach = iota
	AttachParallel
	AttachSerial
)

// compactFlash is word 0 of a CompactFlash card, CFA 6.2.1.6.1: its bit 15 does not mean a packet device.
const compactFlash = 0x848a

var errIdentify = message.New("malformed IDENTIFY DEVICE data")

// ParseIdentify reads the 512 bytes of IDENTIFY DEVICE data. Where the data carry a checksum (word 255) it must be right;
// drives before ATA-5, and QEMU's, carry none.
func ParseIdentify(b []byte) (Identity, error) {
	if len(b) != 512 || !checksumRight(b) {
		return Identity{}, errIdentify
	}
	word := func(i int) uint16 { return binary.LittleEndian.Uint16(b[2*i:]) }
	if word(0)&0x8000 != 0 && word(0) != compactFlash { // ACS-4 7.13.6.2: 1 is not an ATA device (packet device, or no data at all)
		return Identity{}, errIdentify
	}
	id := Identity{
		Serial: text(b, 10, 20), Firmware: text(b, 23, 27), Model: text(b, 27, 47),
		Rotation: word(217), Attach: attach(word(222), word(76)),
	}
	// ACS-4 7.13.6.40: word 87 is valid if bits 15:14 are 01b; its bit 8 says that words 108-111 are.
	if word(87)&0xc100 == 0x4100 {
		if wwn := fmt.Sprintf("%04x%04x%04x%04x", word(108), word(109), word(110), word(111)); strings.Trim(wwn, "0") != "" {
			id.WWN = "naa." + wwn
		}
	}
	return id, nil
}

// checksumRight reports whether the sum of all bytes is 0, or no checksum is there: low byte of word 255 not A5h.
func checksumRight(b []byte) bool {
	if b[510] != 0xa5 {
		return true
	}
	sum := uint8(0)
	for _, c := range b {
		sum += c
	}
	return sum == 0
}

// attach reads word 222 (transport major version, bits 15:12: 0 parallel, 1 serial) and, where a drive leaves that out,
// word 76, which only a serial drive fills.
func attach(transport, capabilities uint16) Attach {
	given := func(w uint16) bool { return w != 0 && w != 0xffff }
	switch {
	case given(transport) && transport>>12 == 1, given(capabilities):
		return AttachSerial
	case given(transport) && transport>>12 == 0:
		return AttachParallel
	}
	return AttachUnknown
}

// text reads words from up to (not including) to. ATA stores the first character of a pair in the high byte.
func text(b []byte, from, to int) string {
	s := make([]byte, 0, 2*(to-from))
	for i := from; i < to; i++ {
		s = append(s, b[2*i+1], b[2*i])
	}
	return strings.Trim(string(s), " \x00")
}
