package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"unicode/utf8"

	"golang.org/x/term"

	"rasure/cmd/message"
)

// Rules of the output: stdout is what was asked for, stderr is the rest; no colour; an error is one sentence that names the thing, a
// hint is a line of its own. What a disk, a file or a stranger's statement contains never controls the terminal: arguments of messages
// are made printable by package message, everything else by [printableWriter].

// printf prints a message on stdout; note prints one on stderr.
func (a *app) printf(format string, args ...any) {
	io.WriteString(a.out, message.Of(format, args...).In(a.lang))
}

func (a *app) note(format string, args ...any) {
	io.WriteString(a.err, message.Of(format, args...).In(a.lang))
}

// field prints a line of a label, padded to width cells, and a value.
func (a *app) field(width int, label message.Text, format string, args ...any) {
	io.WriteString(a.out, fieldLine(a.lang, width, label, format, args...))
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// write prints bytes that must arrive as they are, such as an entry of the log. A terminal gets them printable.
func (a *app) write(exact []byte) error {
	w := a.exact
	if w == nil {
		w = a.out
	}
	_, err := w.Write(exact)
	return err
}

// stdout remembers why it could not be written.
type stdout struct {
	io.Writer
	err error
}

// Write succeeds when the reader has gone: nobody misses the output.
func (s *stdout) Write(p []byte) (int, error) {
	n, err := s.Writer.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		return len(p), nil
	}
	if err != nil && s.err == nil {
		s.err = err
	}
	return n, err
}

// printableWriter passes text on as [message.Printable] makes it, with its newlines and tabs. Characters above ASCII are escaped as JSON
// does, so that JSON keeps its meaning.
type printableWriter struct {
	w    io.Writer
	rest []byte // of a character whose end has not come yet
}

func (p *printableWriter) Write(b []byte) (int, error) {
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

// openOutput puts the safe writers in the place of the plain ones.
func (a *app) openOutput() *stdout {
	out := &stdout{Writer: a.out}
	a.terminal, a.exact = a.err, io.Writer(out)
	if isTerminal(a.out) {
		a.exact = &printableWriter{w: out}
	}
	a.out, a.err = &printableWriter{w: out}, &printableWriter{w: a.err}
	return out
}

// isTerminal reports whether somebody may be sitting at the other end.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// word is a code, such as a kind of hazard, as a word of the reader's language.
func word[S ~string](code S) message.Text {
	return message.Text{Format: strings.ReplaceAll(string(code), "%", "%%")}
}
