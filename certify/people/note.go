package people

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"rasure/cmd/message"
)

// lineType is the type of these signature lines: 0xff and a long name (c2sp.org/signed-note, "Signature types").
const lineType = "\xffsshsig"

// maxLines bounds the signature lines of a statement.
const maxLines = 32

const dash = "\u2014 "

// keyID is the key ID of a line: SHA-256(name || "\n" || type || public key), its first four bytes.
func (s Signature) keyID() []byte {
	sum := sha256.Sum256([]byte(s.Role.Namespace() + "\n" + lineType + string(s.Key.Marshal())))
	return sum[:4]
}

// line is the signature as a line of a note.
func (s Signature) line() string {
	return dash + s.Role.Namespace() + " " + base64.StdEncoding.EncodeToString(append(s.keyID(), s.blob...)) + "\n"
}

// Open splits a statement of people into its text and its signatures, in their order; there is at least one. Every signature is valid
// for the text; whose it is, and whether that person may sign, [Roster.Verify] decides. Every byte counts: no lines of other
// types, no key that signs twice, no second way to write a line.
func Open(signed []byte) (text string, sigs []Signature, err error) {
	i := bytes.LastIndex(signed, []byte("\n\n"))
	if len(signed) > maxBytes || i < 0 {
		return "", nil, errMalformed
	}
	text = string(signed[:i+1])
	if err := checkText(text); err != nil {
		return "", nil, err
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(signed[i+2:])) {
		s, err := parseLine(line)
		if err != nil {
			return "", nil, err
		}
		if err := s.check([]byte(text)); err != nil {
			return "", nil, err
		}
		if seen[s.Fingerprint()] {
			return "", nil, message.Errorf("key %s signs twice", s.Fingerprint())
		}
		seen[s.Fingerprint()] = true
		if sigs = append(sigs, s); len(sigs) > maxLines {
			return "", nil, errMalformed
		}
	}
	if len(sigs) == 0 {
		return "", nil, errMalformed
	}
	return text, sigs, nil
}

func parseLine(line string) (Signature, error) {
	rest, ok := strings.CutPrefix(line, dash)
	_, data, ok2 := strings.Cut(strings.TrimSuffix(rest, "\n"), " ")
	raw, err := base64.StdEncoding.Strict().DecodeString(data)
	if !ok || !ok2 || err != nil || len(raw) < 4 {
		return Signature{}, errMalformed
	}
	s, err := parseBlob(raw[4:])
	if err != nil {
		return Signature{}, err
	}
	if s.line() != line { // the name, the key ID, and how all of it is written
		return Signature{}, errMalformed
	}
	return s, nil
}

// checkText refuses texts that sed could not cut out of a note again, or that a terminal would not show as they are.
func checkText(text string) error {
	switch {
	case !strings.HasPrefix(text, namespaceText) || !strings.HasSuffix(text, "\n") || !utf8.ValidString(text):
		return errMalformed
	case strings.Contains(text, "\n\n"):
		return message.Errorf("%w: an empty line in its text", errMalformed)
	}
	for _, r := range text {
		if r < ' ' && r != '\n' || r == 0x7f {
			return message.Errorf("%w: a control character in its text", errMalformed)
		}
	}
	return nil
}

// namespaceText is how the text of every statement begins.
const namespaceText = "rasure/"

// Attach adds signatures to a statement, which is only a text or has signatures. It refuses a signature over another text, and a second
// one by the same key. The lines of a statement of version 2 are then in their one form and order.
func Attach(signed []byte, sig ...Signature) ([]byte, error) {
	text, all := string(signed), []Signature{}
	if !bytes.Contains(signed, []byte("\n\n")) {
		if err := checkText(text); err != nil {
			return nil, err
		}
	} else {
		var err error
		if text, all, err = Open(signed); err != nil {
			return nil, err
		}
	}
	for _, s := range sig {
		if s.Key == nil {
			return nil, errSignature
		}
		all = append(all, s)
	}
	if isVersion2(text) {
		all = canonical(all)
	}
	out := text + "\n"
	for _, s := range all {
		out += s.line()
	}
	if len(out) > maxBytes {
		return nil, message.Errorf("the statement is longer than %d bytes", maxBytes)
	}
	if _, _, err := Open([]byte(out)); err != nil {
		return nil, err
	}
	return []byte(out), nil
}

// Text returns the text to be signed of a statement with or without signatures.
func Text(file []byte) (string, error) {
	text, _, found := strings.Cut(string(file), "\n\n")
	if found {
		text += "\n"
	}
	return text, checkText(text)
}
