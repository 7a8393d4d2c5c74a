// Package canon writes and reads the texts of statements of version 2. Each value has one text, and each text that is read has one value:
// [Read] parses a text, writes the value again, and compares the bytes.
//
// A text is the line `rasure/KIND/v2` and one JSON object, as a Go struct with tags describes it. certify/statement/FORMAT.md has the rules
// for those who write a second implementation. The package does not use encoding/json, whose output may change with a release of Go, and no
// table of Unicode, which grows: what was signed with one release must be read by all others.
//
// # Tags
//
// `canon:"name"` is a member that must be there, `canon:"name,optional"` one that is left out when it has its zero value. A pointer is for an
// optional object, and for an optional value whose zero value means something. An embedded struct has no tag: its members are members of the
// object around it. The order of the fields is the order of the members.
//
//	words:"full sample none"   a string is one of these
//	range:"-840..840"          of an integer or of each in a list; 0.. if there is no such tag
//	max:"64"                   bytes of a string, or of what base64 stands for; a string has at most 1000
//	count:"1..150"             elements of a list; ..500 if there is no such tag
//
// Strings, [Day], integers (int, int64), bool, [time.Time], [Hash], [Bytes], structs, and lists of all but bool are known. A list of
// integers is on one line. A nil list and an empty one are the same.
package canon

import (
	"reflect"
	"strings"
	"sync"

	"rasure/cmd/message"
)

// MaxText is the length of the longest text in bytes. The longest entry of a log is 65,535 bytes: the rest is for signatures.
const MaxText = 49152

const (
	maxString  = 1000
	maxCount   = 500
	maxInteger = 1<<53 - 1 // what every JSON library reads exactly
)

// ErrTooLong is the error of a text that has more than [MaxText] bytes.
var ErrTooLong = message.Errorf("the text of a statement is longer than %d bytes", MaxText)

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// Write returns the text of v, a pointer to a struct, under the first line kind. It refuses what [Read] would refuse.
func Write(kind string, v any) (string, error) {
	b, err := write(nil, kind, v)
	return string(b), err
}

func write(b []byte, kind string, v any) ([]byte, error) {
	value := reflect.ValueOf(v).Elem()
	w := writer{append(append(b, kind...), '\n')}
	if err := w.value(layoutFor(value.Type()), value); err != nil {
		return nil, err
	}
	if w.b = append(w.b, '\n'); len(w.b) > MaxText {
		return nil, ErrTooLong
	}
	return w.b, nil
}

// Read reads a text into v, a pointer to a struct that is zero. The first line must be kind.
func Read(kind, text string, v any) error {
	if len(text) > MaxText {
		return ErrTooLong
	}
	body, ok := strings.CutPrefix(text, kind+"\n")
	if !ok {
		return message.Errorf("this is not a %s", kind)
	}
	value := reflect.ValueOf(v).Elem()
	p := parser{body}
	err := p.value(layoutFor(value.Type()), value)
	if err == nil && p.rest != "\n" {
		err = errEnd
	}
	if err != nil {
		return &SyntaxError{lineOf(text, p.rest), err}
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	again, err := write((*buffer)[:0], kind, v)
	if err != nil {
		return err
	}
	*buffer = again
	if string(again) != text {
		n := 0
		for n < len(again) && n < len(text) && again[n] == text[n] {
			n++
		}
		return &SyntaxError{lineOf(text, text[n:]), errSpelling}
	}
	return nil
}

// lineOf is the number of the line of text in which rest begins, counted from 1. A newline belongs to the line that it leads to, as in the layouts.
func lineOf(text, rest string) int {
	rest = strings.TrimPrefix(rest, "\n")
	return 1 + strings.Count(text[:len(text)-len(rest)], "\n")
}

// SyntaxError is the error of a text that is not written as [Write] writes it.
type SyntaxError struct {
	Line int // counted from 1
	Err  error
}

func (e *SyntaxError) Message() message.Text {
	return message.Of("line %d: %v; the text of a statement has one form only", e.Line, e.Err)
}

func (e *SyntaxError) Error() string { return e.Message().String() }
func (e *SyntaxError) Unwrap() error { return e.Err }

var (
	errEnd      = message.New("nothing may follow the object, and it ends with a newline")
	errSpelling = message.New("the value is not spelt as it must be")
	errObject   = message.New("an object is expected")
	errMember   = message.New("no further member is expected")
	errList     = message.New("a list is expected")
	errElement  = message.New("an element of a list is expected on a line of its own, or the end of the list")
	errString   = message.New("a string is expected")
	errInteger  = message.New("an integer is expected")
	errBool     = message.New("true or false is expected")
	errTime     = message.Errorf("a time of the form %s is expected", timeForm)
	errHash     = message.New("64 lower-case hexadecimal digits are expected")
	errBase64   = message.New("base64 is expected")
)
