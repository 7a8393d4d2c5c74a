package capture

import (
	"bytes"
	"encoding/hex"
	"strings"
)

// mask makes numbers that belong to one drive alone unreadable: its serial number wherever it is, and what the standards say is one, also if it is
// another than that. Of a world wide name the maker stays.
func (r *Recording) mask() {
	serial := strings.TrimSpace(r.Disk.Serial)
	wwn, _ := hex.DecodeString(strings.TrimPrefix(strings.TrimPrefix(r.Disk.WWN, "naa."), "eui."))
	for i := range r.Exchanges {
		e := &r.Exchanges[i]
		summed := len(e.Data) == 512 && e.Data[510] == 0xa5 && sum(e.Data) == 0
		if len(serial) >= 4 {
			cover(e.Data, []byte(serial), 'X')
			cover(e.Data, swapped([]byte(serial)), 'X')
			cover(e.Data, swapped([]byte(" "+serial)), 'X') // begins in the second half of a word
		}
		if len(wwn) >= 8 {
			cover(e.Data, wwn[4:], 0)
			cover(e.Data, swapped(wwn[4:]), 0)
		}
		e.fields()
		if summed {
			e.Data[511] = 0
			e.Data[511] = -sum(e.Data)
		}
	}
}

// fields masks what is a serial number by its place.
func (e *Exchange) fields() {
	b := e.Data
	fill := func(from, to int, with byte) {
		for i := from; i < to && i < len(b); i++ {
			b[i] = with
		}
	}
	switch c := e.Command; {
	case strings.HasPrefix(c, "85") && len(c) == 32 && c[28:30] == "ec": // words 10 to 19, and the unique part of words 108 to 111
		fill(20, 40, 'X')
		fill(220, 224, 0)
	case strings.HasPrefix(c, "120180"): // unit serial number
		fill(4, len(b), 'X')
	case strings.HasPrefix(c, "120183"): // designators, SPC-5 7.7.6: the names of ports and cases differ from that of the unit by one
		for at := 4; at+4 <= len(b); at += 4 + int(b[at+3]) {
			end := at + 4 + int(b[at+3])
			switch set, kind := b[at]&0x0f, b[at+1]&0x0f; {
			case set == 1 && (kind == 2 || kind == 3): // EUI-64, NAA
				fill(at+8, end, 0)
			case kind == 8: // the same as text
				fill(at+4+len("naa.5000c500"), end, 'X')
			}
		}
	case strings.HasPrefix(c, "120189") && len(b) >= 572: // IDENTIFY DEVICE data in the ATA information page
		fill(60+20, 60+40, 'X')
		fill(60+220, 60+224, 0)
	case strings.HasPrefix(c, "06-") && strings.Contains(c[3:], "-1-0") && len(b) == 4096: // Identify Controller: serial number, and the subsystem's name
		fill(4, 24, 'X')
		fill(112, 128, 0) // FGUID
		fill(768, 1024, 0)
	case strings.HasPrefix(c, "06-") && strings.Contains(c[3:], "-0-0") && len(b) == 4096: // Identify Namespace: NGUID and EUI64
		fill(104, 128, 0)
	}
}

// cover overwrites every place where secret is.
func cover(b, secret []byte, with byte) {
	for at := 0; ; {
		i := bytes.Index(b[at:], secret)
		if i < 0 {
			return
		}
		for j := range secret {
			b[at+i+j] = with
		}
		at += i + len(secret)
	}
}

// swapped is a text as ATA stores it: the first character of a pair in the high byte.
func swapped(s []byte) []byte {
	b := bytes.Clone(s)
	if len(b)%2 == 1 {
		b = append(b, ' ')
	}
	for i := 0; i+1 < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return b
}

func sum(b []byte) (n byte) {
	for _, c := range b {
		n += c
	}
	return n
}
