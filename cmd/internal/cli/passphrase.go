package cli

import (
	"bufio"
	"bytes"
	"errors"
	"os"

	"golang.org/x/term"

	"rasure/cmd/message"
)

// Passphrase asks on the terminal, without showing what is typed, or reads the first line of stdin.
func (c *Console) Passphrase(of string, lines *bufio.Reader) ([]byte, error) {
	if f, ok := c.In.(*os.File); ok && IsTerminal(f) {
		c.Note("Passphrase of %s: ", of)
		defer c.Note("\n")
		return term.ReadPassword(int(f.Fd()))
	}
	line, err := lines.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, ErrLineTooLong
	case err != nil && len(line) == 0:
		return nil, message.New("the key has a passphrase, and stdin has none")
	}
	line = bytes.Clone(line)
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), nil
}

// Password asks on the terminal, without showing what is typed. Without a terminal it is an error.
func (c *Console) Password(question message.Text) ([]byte, error) {
	f, ok := c.In.(*os.File)
	if !ok || !IsTerminal(f) {
		return nil, message.New("there is no terminal to ask for a password on")
	}
	c.Note("%v", question)
	defer c.Note("\n")
	return term.ReadPassword(int(f.Fd()))
}
