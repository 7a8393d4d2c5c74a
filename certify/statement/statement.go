// Package statement has the statements of version 2: what each kind says, who signs it, and what must agree in it. FORMAT.md beside this file is
// the same for those who write a second implementation; its tables are made from the types of this package.
//
// A statement is a text in the one form of package canon. Its identity is the SHA-256 of that text. [Read] checks all that one statement shows by
// itself. Whether it is true in its log, that the head is the log's, that the entries it names are what it says of them, that its signers may
// sign, is for others to check; so are its signatures.
//
// Version 2 is a draft until CHANGELOG.md says 0.2: until then it may change, and nothing that is written in it has to open for ever.
package statement

import (
	"strings"
	"time"

	"rasure/certify/internal/canon"
	"rasure/cmd/message"
)

// MaxText is the length of the longest text in bytes: three signatures of the longest keys still fit into an entry of a log.
const MaxText = canon.MaxText

// ErrTooLong is the error of a text that has more than [MaxText] bytes.
var ErrTooLong = canon.ErrTooLong

// Body is what a statement says: a pointer to one of the types of [Kinds].
type Body interface {
	// check returns the first rule of its kind that is broken. The rules of its parts and of the tags are checked elsewhere.
	check() error
}

// Statement is a text that was read.
type Statement struct {
	Kind *Kind
	Body Body
}

// Read reads the text of a statement, without its signatures. It refuses every text that [Write] does not write.
func Read(text string) (*Statement, error) {
	first, _, _ := strings.Cut(text, "\n")
	kind := KindOf(first)
	if kind == nil {
		return nil, message.Errorf("unknown kind of statement %q", clip(first))
	}
	s := &Statement{Kind: kind, Body: kind.New()}
	err := canon.Read(kind.Line, text, s.Body)
	if err == nil {
		err = kind.check(s.Body)
	}
	if err != nil {
		return nil, message.Errorf("reading %s: %w", kind.Line, err)
	}
	return s, nil
}

// Write returns the text of a statement.
func Write(body Body) (string, error) {
	kind := kindFor(body)
	text, err := canon.Write(kind.Line, body)
	if err == nil {
		err = kind.check(body)
	}
	if err != nil {
		return "", message.Errorf("writing %s: %w", kind.Line, err)
	}
	return text, nil
}

// Act returns the common part of a statement of people, and nil for one of a station.
func (s *Statement) Act() *Act {
	if b, ok := s.Body.(interface{ act() *Act }); ok {
		return b.act()
	}
	return nil
}

// Station returns the common part of a statement of a station, and nil for one of people.
func (s *Statement) Station() *ByStation {
	if b, ok := s.Body.(interface{ station() *ByStation }); ok {
		return b.station()
	}
	return nil
}

func (a *Act) act() *Act                 { return a }
func (b *ByStation) station() *ByStation { return b }

// Log is the head that the statement names.
func (s *Statement) Log() Head {
	if a := s.Act(); a != nil {
		return a.Log
	}
	return s.Station().Log
}

// At is when the statement was made, by its maker.
func (s *Statement) At() time.Time {
	if a := s.Act(); a != nil {
		return a.At
	}
	return s.Station().Clock.At
}

// Annex is the SHA-256 of the annex, or zero if there is none.
func (s *Statement) Annex() Hash { return s.Body.(interface{ annex() Hash }).annex() }

func (e *ActEnd) annex() Hash     { return e.Annex }
func (e *StationEnd) annex() Hash { return e.Annex }

// Evidence are the files that an act names; those of a certificate are in its body.
func (s *Statement) Evidence() []File {
	if b, ok := s.Body.(interface{ files() []File }); ok {
		return b.files()
	}
	return nil
}

func (e *ActEnd) files() []File { return e.Evidence }

// clip shortens text of unknown origin for an error.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}
