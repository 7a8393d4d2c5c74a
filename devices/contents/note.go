package contents

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode"

	"rasure/cmd/message"
)

// note adds a sentence. The last place is kept for the sentence that there were more.
func (s *Summary) note(t message.Text) {
	switch {
	case len(s.Notes) >= maxNotes:
	case len(s.Notes) == maxNotes-1:
		s.Notes = append(s.Notes, message.Of("there are more notes than are shown"))
	default:
		s.Notes = append(s.Notes, t)
	}
}

// sentence is a note on its way from the child to the parent: format and arguments, so that the parent can translate it.
type sentence struct {
	Format string     `json:"format"`
	Args   []argument `json:"args,omitempty"`
}

// argument is one of a sentence, a text, or a number.
type argument struct {
	Sentence *sentence    `json:"sentence,omitempty"`
	Text     *string      `json:"text,omitempty"`
	Number   *json.Number `json:"number,omitempty"`
}

// sentenceOf takes a note apart. Errors and other values are texts, unless they are messages.
func sentenceOf(t message.Text) *sentence {
	s := &sentence{Format: strings.ReplaceAll(t.Format, "%w", "%v")}
	for _, a := range t.Args {
		switch x := a.(type) {
		case message.Text:
			s.Args = append(s.Args, argument{Sentence: sentenceOf(x)})
		case message.Messenger:
			s.Args = append(s.Args, argument{Sentence: sentenceOf(x.Message())})
		case int, int64, uint32, uint64:
			n := json.Number(fmt.Sprint(x))
			s.Args = append(s.Args, argument{Number: &n})
		default:
			words := text([]byte(fmt.Sprint(x)), maxNote)
			s.Args = append(s.Args, argument{Text: &words})
		}
	}
	return s
}

// maxDepth is how deep sentences may be nested: "partition 5: names not read: the file system is damaged" is 2.
const maxDepth = 4

// message puts a note together again. The child may be hostile: what cannot be one of this package's sentences becomes a text, cut to
// the length of a note.
func (s *sentence) message() message.Text {
	t, ok := s.parse(0)
	if english := t.String(); !ok || len(english) > maxNote {
		return message.Of("%s", text([]byte(english), maxNote))
	}
	return t
}

// parse returns false, and the format alone, where the format and the arguments do not fit together.
func (s *sentence) parse(depth int) (message.Text, bool) {
	plain := message.Of("%s", s.Format)
	if depth == maxDepth || len(s.Format) > maxNote || strings.ContainsFunc(s.Format, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return plain, false
	}
	t := message.Text{Format: s.Format}
	rest := s.Format
	for _, a := range s.Args {
		i := strings.IndexByte(rest, '%')
		if i < 0 || i+1 == len(rest) {
			return plain, false
		}
		verb := rest[i+1]
		rest = rest[i+2:]
		value, ok := a.parse(verb, depth)
		if !ok {
			return plain, false
		}
		t.Args = append(t.Args, value)
	}
	if strings.Contains(rest, "%") {
		return plain, false
	}
	return t, true
}

func (a argument) parse(verb byte, depth int) (any, bool) {
	switch {
	case a.Number != nil && verb == 'd':
		if n, err := a.Number.Int64(); err == nil {
			return n, true
		}
		var n uint64
		_, err := fmt.Sscan(a.Number.String(), &n)
		return n, err == nil && n > math.MaxInt64
	case a.Text != nil && (verb == 's' || verb == 'v'):
		return text([]byte(*a.Text), maxNote), true
	case a.Sentence != nil && (verb == 's' || verb == 'v'):
		return a.Sentence.parse(depth + 1)
	}
	return nil, false
}
