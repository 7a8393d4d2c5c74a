package certify

import (
	"crypto/sha256"
	"strconv"
	"strings"

	"rasure/cmd/message"
)

// NewerError says that a statement is of a kind that a newer version made. Nothing can be said about its content: it may withdraw what was
// stated before, so a log that has one is not good either.
type NewerError struct{ Kind Kind }

// Message says what is needed.
func (e *NewerError) Message() message.Text {
	return message.Of("a statement of kind %q needs a newer rasure: not understood", clip(string(e.Kind)))
}

func (e *NewerError) Error() string { return e.Message().String() }

// NotUnderstood is the rule of entries that need a newer version.
const NotUnderstood = "not-understood"

// isNewer reports whether a kind that is not known has the form of a later version's: rasure/NAME/vN. All kinds of version 1 are known.
func isNewer(k Kind) bool {
	rest, ok := strings.CutPrefix(string(k), "rasure/")
	name, version, ok2 := strings.Cut(rest, "/v")
	n, err := strconv.Atoi(version)
	return ok && ok2 && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz-") == "" && err == nil && n >= 2 && strconv.Itoa(n) == version
}

// CheckEnvelope verifies what can be verified of a statement that needs a newer version: that the station signed it and nobody else. What
// people signed is returned as it is, with byPeople: package people verifies their lines.
func (k *Key) CheckEnvelope(entry []byte) (e Entry, byPeople bool, err error) {
	if k.err != nil {
		return e, false, k.err
	}
	e = Entry{Kind: KindOf(entry), newer: true, file: sha256.Sum256(entry), text: TextSHA256(entry)}
	name, err := SignerName(entry)
	if err != nil || strings.HasPrefix(name, rolePrefix) {
		return e, err == nil, err
	}
	text, err := openNote(entry, &verifier{name, k.id, k.pub})
	if err == nil && strings.Contains(text, "\n\n") {
		err = errMalformed
	}
	return e, false, err
}
