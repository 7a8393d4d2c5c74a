// Package message makes the sentences that a person reads, so that each can be shown in any language.
//
// The English format is the key of a sentence. The arguments travel beside it, and the language is chosen when the sentence is
// shown, not when it is made: an error of the lowest layer, wrapped on its way up, is translated whole.
//
// The package imports nothing of this module, so that every layer can use it. What only a programmer reads, such as the text
// of a system error, needs no message.
package message

import (
	"errors"
	"fmt"
	"strings"
)

// Text is one sentence: an English format of package fmt and its arguments.
type Text struct {
	Format string
	Args   []any
}

// Of makes a sentence. Arguments that are a Text, or that know their Text, are translated with it.
func Of(format string, args ...any) Text {
	if false {
		_ = fmt.Sprintf(format, args...) // lets go vet check the calls of Of
	}
	return Text{format, args}
}

// Count is one if n is 1, and many otherwise; each is a format for n alone.
func Count[N ~int | ~int64](n N, one, many string) Text {
	if n == 1 {
		return Text{one, []any{n}}
	}
	return Text{many, []any{n}}
}

// IsZero reports whether there is no sentence.
func (t Text) IsZero() bool { return t.Format == "" }

// MarshalText returns the English sentence, so that JSON, job files and signed bytes are the same in every language.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText takes an English sentence. One that was made without arguments is translated as before.
func (t *Text) UnmarshalText(b []byte) error {
	*t = Text{Format: strings.ReplaceAll(string(b), "%", "%%")}
	return nil
}

// String returns the English sentence.
func (t Text) String() string { return t.In(English) }

// In returns the sentence in a language, or in English where that language lacks it.
func (t Text) In(l Language) string {
	format := l.translate(t.Format)
	if len(t.Args) == 0 && !strings.Contains(format, "%%") {
		return format
	}
	args := make([]any, len(t.Args))
	for i, a := range t.Args {
		args[i] = argument(l, a)
	}
	return fmt.Sprintf(strings.ReplaceAll(format, "%w", "%v"), args...)
}

// Messenger is an error, or another value, that says itself as a sentence.
type Messenger interface{ Message() Text }

// In says v in a language: a Text, a [Messenger], an error that wraps one, or anything that package fmt can print.
func In(l Language, v any) string {
	switch x := v.(type) {
	case Text:
		return x.In(l)
	case Messenger:
		return x.Message().In(l)
	case interface{ Unwrap() []error }: // of errors.Join: an error a line
		lines, english := []string{}, []string{}
		for _, err := range x.Unwrap() {
			lines, english = append(lines, In(l, err)), append(english, err.Error())
		}
		if fmt.Sprint(v) == strings.Join(english, "\n") {
			return strings.Join(lines, "\n")
		}
	case interface {
		error
		Unwrap() error
	}: // a kind of error that adds no words of its own
		if inner := x.Unwrap(); inner != nil && inner.Error() == x.Error() {
			return In(l, inner)
		}
	}
	if s, ok := v.(string); ok {
		return datum(l, s)
	}
	return datum(l, fmt.Sprint(v))
}

// failure is an error that remembers how it was made.
type failure struct {
	error // as fmt.Errorf made it, with what it wraps
	text  Text
}

func (f *failure) Message() Text { return f.text }

func (f *failure) Unwrap() error { return f.error }

// Errorf is fmt.Errorf for an error that a person reads.
func Errorf(format string, args ...any) error {
	return &failure{fmt.Errorf(format, args...), Text{format, args}}
}

// New is errors.New for an error that a person reads.
func New(text string) error {
	return &failure{errors.New(text), Text{Format: strings.ReplaceAll(text, "%", "%%")}}
}
