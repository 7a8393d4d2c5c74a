package devicetest

import (
	"bytes"
	"encoding/binary"

	"rasure/devices"
)

// identify makes IDENTIFY DEVICE data of the present state.
func (s *SATA) identify() []byte {
	b := make([]byte, 512)
	set := func(word int, value uint16) { binary.LittleEndian.PutUint16(b[2*word:], value) }
	name := func(word int, text string, n int) {
		for i, c := range []byte(pad(text, n)) {
			b[2*word+i^1] = c
		}
	}
	name(10, s.unit.disk.Serial, 20)
	name(23, s.unit.disk.Firmware, 8)
	name(27, s.unit.disk.Model, 40)
	if n, ok := bytes.CutPrefix([]byte(s.unit.disk.WWN), []byte("naa.")); ok {
		wwn := unhex(n)
		for i := range 4 {
			set(108+i, uint16(wwn>>(48-16*i)))
		}
		set(87, 0x4100)
	}
	if s.Trusted {
		set(48, 0x4001)
	}
	set(59, 0xf000) // all of SANITIZE
	if binary.LittleEndian.Uint16(b[2*87:]) == 0 {
		set(87, 0x4000)
	}
	set(82, 0x0002)
	set(83, 0x4400)
	set(86, 0x8400)
	set(119, 0x4000)
	if s.amac {
		set(119, 0x4100)
	} else {
		set(82, 0x0402)
		if !s.MaxOff {
			set(85, binary.LittleEndian.Uint16(b[2*85:])|0x0400)
		}
		set(83, 0x4c00)
	}
	set(85, binary.LittleEndian.Uint16(b[2*85:])|s.security.word()&2)
	if s.smart != nil {
		set(82, binary.LittleEndian.Uint16(b[2*82:])|1)
		set(84, 0x4003)
		if s.Logs {
			set(84, 0x4023)
		}
		set(85, binary.LittleEndian.Uint16(b[2*85:])|1)
	}
	set(89, 2)
	set(90, 1)
	set(106, 0x4000)
	if block := s.unit.drive.block; block != 512 {
		set(106, 0x5000)
		set(117, uint16(block/2))
	}
	binary.LittleEndian.PutUint64(b[200:], s.current)
	if s.Short {
		set(59, 0)
		set(83, binary.LittleEndian.Uint16(b[2*83:])&^0x0400)
		binary.LittleEndian.PutUint64(b[200:], 0)
		binary.LittleEndian.PutUint32(b[120:], uint32(s.current))
	}
	set(76, 0x850e)
	set(128, s.security.word())
	if s.unit.disk.Medium == devices.Flash {
		set(217, 1)
	} else {
		set(217, 7200)
	}
	set(222, 0x10ff)
	seal(b)
	return b
}

// seal gives a block of 512 bytes its mark and checksum.
func seal(b []byte) {
	b[510], b[511] = 0xa5, 0
	sum := byte(0)
	for _, c := range b {
		sum += c
	}
	b[511] = -sum
}

func unhex(b []byte) (n uint64) {
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | uint64(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | uint64(c-'a'+10)
		}
	}
	return n
}
