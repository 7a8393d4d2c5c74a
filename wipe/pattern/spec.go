package pattern

import (
	"encoding/hex"
	"io"
	"strings"

	"rasure/cmd/message"
)

// Spec is what a pass of a scheme asks for: the name of a pattern that [Parse] knows, or one of these, of which a part is drawn when
// the job runs:
//
//	random                a new key
//	random-complement     the complement of the last random pass: the same key
//	character             one byte, the same for the whole pass
//	character-complement  the last character, each bit inverted
type Spec string

const (
	SpecRandom              Spec = "random"
	SpecRandomComplement    Spec = "random-complement"
	SpecCharacter           Spec = "character"
	SpecCharacterComplement Spec = "character-complement"
)

// Drawn is what the passes of a job have drawn so far, for the complements.
type Drawn struct {
	key  [32]byte
	char byte

	hasKey, hasChar bool
}

// Random reports whether the bytes of s are a key stream, which nobody can guess. All other specifications give constant bytes.
func (s Spec) Random() bool { return s == SpecRandom || s == SpecRandomComplement }

// Draw makes the pattern and, for random ones, its key as 64 hex digits. It draws from r what s needs, and keeps it in d.
func (s Spec) Draw(r io.Reader, d *Drawn) (p Pattern, key string, err error) {
	switch s {
	case SpecRandom:
		if _, err := io.ReadFull(r, d.key[:]); err != nil {
			return nil, "", message.Errorf("drawing a key: %w", err)
		}
		d.hasKey = true
		return Random(d.key), hex.EncodeToString(d.key[:]), nil
	case SpecRandomComplement:
		if !d.hasKey {
			return nil, "", errComplement
		}
		return RandomComplement(d.key), hex.EncodeToString(d.key[:]), nil
	case SpecCharacter:
		var b [1]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return nil, "", message.Errorf("drawing a character: %w", err)
		}
		d.char, d.hasChar = b[0], true
		return Bytes(d.char), "", nil
	case SpecCharacterComplement:
		if !d.hasChar {
			return nil, "", errComplement
		}
		return Bytes(^d.char), "", nil
	}
	p, err = Parse(string(s), "")
	return p, "", err
}

// Restore makes the pattern that an earlier process drew, by the name and the key that it recorded. It fails if s does not give
// such a pattern after what d holds; otherwise d holds what was drawn.
func (s Spec) Restore(name, key string, d *Drawn) (Pattern, error) {
	var drawn []byte
	switch s {
	case SpecRandom:
		b, err := hex.DecodeString(key)
		if err != nil || len(b) != 32 {
			return nil, errKey
		}
		drawn = b
	case SpecCharacter:
		p, err := Parse(name, key)
		if err != nil {
			return nil, err
		}
		if Period(p) != 1 {
			return nil, errOther
		}
		drawn = make([]byte, 1)
		p.FillAt(drawn, 0)
	}
	// What is not drawn is not read, so nothing is drawn here that was not recorded.
	p, want, err := s.Draw(strings.NewReader(string(drawn)), d)
	if err != nil {
		return nil, err
	}
	if p.String() != name || want != key {
		return nil, errOther
	}
	return p, nil
}

// Check reports why s cannot be drawn after the specifications before it; nil if it can.
func (s Spec) Check(before []Spec) error {
	d := Drawn{}
	for _, b := range before {
		d.hasKey = d.hasKey || b.Random()
		d.hasChar = d.hasChar || b == SpecCharacter
	}
	_, _, err := s.Draw(strings.NewReader(strings.Repeat("\x00", 32)), &d)
	return err
}

var (
	errComplement = message.New("no earlier pass to take the complement of")
	errOther      = message.New("the pattern is not the one that the scheme asks for")
)
