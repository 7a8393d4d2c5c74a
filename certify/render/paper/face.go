//go:build !js

package paper

import (
	"encoding/binary"

	"rasure/cmd/message"
)

// Face is a TrueType font for the characters that the fonts of every PDF reader lack.
type Face struct {
	data []byte
	has  func(r rune) bool
}

var errFont = message.New("this is not a TrueType font, which a PDF needs: its outlines must be in a glyf table")

// ParseFace reads a TrueType font, or the first font of a collection.
func ParseFace(file []byte) (f *Face, err error) {
	defer func() {
		if recover() != nil { // an offset outside of the file
			f, err = nil, errFont
		}
	}()
	if string(file[:4]) == "ttcf" {
		file = first(file)
	}
	be := binary.BigEndian
	if v := be.Uint32(file); v != 0x00010000 && v != 0x74727565 {
		return nil, errFont
	}
	tables := map[string][]byte{}
	for i := range int(be.Uint16(file[4:])) {
		r := file[12+16*i:]
		tables[string(r[:4])] = file[be.Uint32(r[8:]) : be.Uint32(r[8:])+be.Uint32(r[12:])]
	}
	if tables["glyf"] == nil || tables["cmap"] == nil {
		return nil, errFont
	}
	has := coverage(tables["cmap"])
	if has == nil {
		return nil, errFont
	}
	has('A')
	return &Face{file, has}, nil
}

// first takes the first font out of a collection: its tables, with their new offsets (OpenType 1.9, "Font Collections").
func first(file []byte) []byte {
	be := binary.BigEndian
	at := be.Uint32(file[12:])
	n := uint32(be.Uint16(file[at+4:]))
	out := append([]byte{}, file[at:at+12+16*n]...)
	for i := range n {
		r := out[12+16*i:]
		offset, length := be.Uint32(r[8:]), be.Uint32(r[12:])
		be.PutUint32(r[8:], uint32(len(out)))
		out = append(out, file[offset:offset+length]...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
	}
	return out
}

// coverage reports which characters a cmap has a glyph for: of its table for the basic plane (format 4), which is the one that is embedded.
func coverage(cmap []byte) func(rune) bool {
	be := binary.BigEndian
	for i := range int(be.Uint16(cmap[2:])) {
		r := cmap[4+8*i:]
		platform, encoding := be.Uint16(r), be.Uint16(r[2:])
		t := cmap[be.Uint32(r[4:]):]
		if be.Uint16(t) != 4 || !(platform == 3 && encoding == 1 || platform == 0) {
			continue
		}
		segments := int(be.Uint16(t[6:])) / 2
		ends, starts := t[14:], t[16+2*segments:]
		deltas, offsets := starts[2*segments:], starts[4*segments:]
		return func(r rune) bool {
			if r > 0xffff {
				return false
			}
			for s := range segments {
				if end, start := be.Uint16(ends[2*s:]), be.Uint16(starts[2*s:]); rune(end) < r {
					continue
				} else if rune(start) > r {
					return false
				} else if o := int(be.Uint16(offsets[2*s:])); o == 0 {
					return uint16(r)+be.Uint16(deltas[2*s:]) != 0
				} else {
					return be.Uint16(offsets[2*s+o+2*int(uint16(r)-start):]) != 0
				}
			}
			return false
		}
	}
	return nil
}

// MissingError is a character that the font of a PDF lacks.
type MissingError struct{ Rune rune }

// Message names the character.
func (e *MissingError) Message() message.Text {
	return message.Of("the font has no character %s (U+%04X)", string(e.Rune), e.Rune)
}

func (e *MissingError) Error() string { return e.Message().String() }

// ErrNoFace says that a PDF needs a [Face] and got none.
var ErrNoFace = message.New("the page has characters that need a font")

// latin is how the fonts of every PDF reader code characters above ASCII (Windows-1252).
var latin = map[rune]byte{'€': 0x80, '…': 0x85, '‘': 0x91, '’': 0x92, '“': 0x93, '”': 0x94, '•': 0x95, '–': 0x96, '—': 0x97}

// toLatin codes a text for these fonts; false if they lack a character.
func toLatin(s string) (string, bool) {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		switch c, ok := latin[r]; {
		case ok:
			b = append(b, c)
		case r < 0x7f || r >= 0xa0 && r <= 0xff:
			b = append(b, byte(r))
		default:
			return "", false
		}
	}
	return string(b), true
}
