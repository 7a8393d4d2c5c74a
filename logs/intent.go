package logs

import (
	"bytes"

	"rasure/cmd/message"
)

// An intent is the entry that is being appended, and the checkpoint it will have.
// It needs no checksum: the checkpoint's root covers the entry and all before it.
type intent struct {
	checkpoint Checkpoint
	entry      []byte
}

const maxIntent = 1024 + maxCheckpoint + maxEntry // bytes

func (in intent) bytes() []byte {
	return append([]byte(in.checkpoint.Text()+"\n"), in.entry...)
}

var errIntent = message.New("malformed intent")

func parseIntent(data []byte) (intent, error) {
	text, entry, ok := bytes.Cut(data, []byte("\n\n"))
	if !ok || len(entry) > maxEntry {
		return intent{}, errIntent
	}
	c, err := ParseCheckpoint(string(text) + "\n")
	if err != nil || c.Size < 1 {
		return intent{}, errIntent
	}
	return intent{c, entry}, nil
}
