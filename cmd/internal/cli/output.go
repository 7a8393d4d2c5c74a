package cli

import (
	"errors"
	"io"
	"syscall"
	"unicode/utf8"

	"rasure/cmd/message"
)

// Stdout remembers why it could not be written.
type Stdout struct {
	io.Writer
	err error
}

// Err is why it could not be written; nil if it could.
func (s *Stdout) Err() error { return s.err }

// Write succeeds when the reader has gone: nobody misses the output.
func (s *Stdout) Write(p []byte) (int, error) {
	n, err := s.Writer.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		return len(p), nil
	}
	if err != nil && s.err == nil {
		s.err = err
	}
	return n, err
}

// PrintableWriter passes text on as [message.Printable] makes it, with its newlines and tabs. Characters above ASCII are escaped as JSON
// does, so that JSON keeps its meaning.
type PrintableWriter struct {
	w    io.Writer
	rest []byte // of a character whose end has not come yet
}

func (p *PrintableWriter) Write(b []byte) (int, error) {
	text := append(p.rest, b...)
	whole := len(text)
	for i := max(0, len(text)-utf8.UTFMax+1); i < len(text); i++ {
		if utf8.RuneStart(text[i]) && !utf8.FullRune(text[i:]) {
			whole = i
		}
	}
	p.rest = append([]byte{}, text[whole:]...)
	if _, err := io.WriteString(p.w, message.Printable(string(text[:whole]), true)); err != nil {
		return 0, err
	}
	return len(b), nil
}
