// Package cli is the console of a command: what it prints on and in which language, help and usage errors as messages, and lines that are
// typed.
package cli

import (
	"encoding/json"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
)

// Console is where a command reads and prints, and in which language.
//
// Rules of the output: stdout is what was asked for, stderr is the rest; no colour; an error is one sentence that names the thing, a
// hint is a line of its own. What a disk, a file or a stranger's statement contains never controls the terminal: arguments of messages
// are made printable by package message, everything else by [PrintableWriter].
type Console struct {
	In       io.Reader
	Out, Err io.Writer // printable text only, once [Console.Open] was called
	Exact    io.Writer // stdout, for bytes that must not be changed
	Terminal io.Writer // stderr, for what moves the cursor

	Zone     *time.Location // of times for people; nil is that of the system
	Lang     message.Language
	LangFlag string // set by the flag --lang, which is read by [Console.ChooseLanguage] before the flags are parsed
	JSON     bool   // --json

	help map[any][]message.Text // help of commands and usage of flags that is composed: *cobra.Command or *pflag.Flag
}

// Printf prints a message on stdout.
func (c *Console) Printf(format string, args ...any) {
	io.WriteString(c.Out, message.Of(format, args...).In(c.Lang))
}

// Lines prints sentences that end with a newline each.
func (c *Console) Lines(all []message.Text) {
	for _, t := range all {
		io.WriteString(c.Out, t.In(c.Lang))
	}
}

// Note prints a message on stderr.
func (c *Console) Note(format string, args ...any) {
	io.WriteString(c.Err, message.Of(format, args...).In(c.Lang))
}

// Field prints a line of a label, padded to width cells, and a value.
func (c *Console) Field(width int, label message.Text, format string, args ...any) {
	io.WriteString(c.Out, FieldLine(c.Lang, width, label, format, args...))
}

// FieldLine is the line that [Console.Field] prints.
func FieldLine(l message.Language, width int, label message.Text, format string, args ...any) string {
	return table.Pad(label.In(l), width) + " " + message.Of(format, args...).In(l) + "\n"
}

// Heading returns the titles of columns in the language of the console.
func (c *Console) Heading(titles ...message.Text) []string {
	head := make([]string, 0, len(titles))
	for _, t := range titles {
		head = append(head, t.In(c.Lang))
	}
	return head
}

// Table prints rows of cells in columns.
func (c *Console) Table(rows [][]string) {
	for _, line := range table.Lines(rows) {
		io.WriteString(c.Out, line+"\n")
	}
}

// Local shows a time to a person: in the zone of the station, with its offset.
func (c *Console) Local(t time.Time) string {
	zone := c.Zone
	if zone == nil {
		zone = time.Local
	}
	return t.In(zone).Format("2006-01-02 15:04 -07:00")
}

// Timed is a sentence with its times in the reader's time zone.
func (c *Console) Timed(t message.Text) message.Text {
	zone := c.Zone
	if zone == nil {
		zone = time.Local
	}
	return t.Local(zone)
}

// PrintJSON prints v, indented.
func (c *Console) PrintJSON(v any) error {
	enc := json.NewEncoder(c.Out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// PrintError prints an error and its hint on stderr.
func (c *Console) PrintError(err error) {
	c.Note("rasure: %v\n", err)
	if h, ok := fault.HintOf(err); ok {
		c.Note("hint: %s\n", h)
	}
}

// Write prints bytes that must arrive as they are, such as an entry of the log. A terminal gets them printable.
func (c *Console) Write(exact []byte) error {
	w := c.Exact
	if w == nil {
		w = c.Out
	}
	_, err := w.Write(exact)
	return err
}

// Open puts safe writers in the place of the plain ones, and returns stdout.
func (c *Console) Open() *Stdout {
	out := &Stdout{Writer: c.Out}
	c.Terminal, c.Exact = c.Err, io.Writer(out)
	if IsTerminal(c.Out) {
		c.Exact = &PrintableWriter{w: out}
	}
	c.Out, c.Err = &PrintableWriter{w: out}, &PrintableWriter{w: c.Err}
	return out
}

// DropNotes has nothing more printed on stderr: its reader takes nothing.
func (c *Console) DropNotes() { c.Err = io.Discard }

// Interactive reports whether somebody may be typing.
func (c *Console) Interactive() bool { return IsTerminal(c.In) }

// IsTerminal reports whether somebody may be sitting at the other end.
func IsTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
