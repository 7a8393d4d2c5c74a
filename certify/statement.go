// Package certify states in writing what was done to a medium, signs it, and opens it again.
//
// A statement is a C2SP signed note (c2sp.org/signed-note): a text that ends in a newline, an empty line, one signature
// line. The text's first line names kind and version, the rest is JSON. What is stored is what was signed: nothing is
// encoded again to verify it, so a verifier needs no JSON library, only the text up to the empty line. FORMAT.md beside
// this file says it for those who write a second implementation.
//
// # Why so strict
//
// [Open] refuses what a lenient reader would pass over: fields it does not know, bytes behind the JSON, a second
// signature line, and base64 with loose bits in its last character. A certificate that differs from the signed one in a
// single byte must not verify, or else two files exist that both are "the" certificate.
package certify

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"rasure/cmd/message"

	"golang.org/x/mod/sumdb/note"
)

// Kind is the first line of a statement: what it states, and the version of its form.
type Kind string

const (
	KindStation     Kind = "rasure/station/v1"     // who the log's station is: the log's first entry
	KindBegin       Kind = "rasure/begin/v1"       // a job is about to write to a disk
	KindCertificate Kind = "rasure/certificate/v1" // what a job did
	KindPreparation Kind = "rasure/preparation/v1" // an erased disk is about to get an empty file system
	KindRoster      Kind = "rasure/roster/v1"      // who may sign what; package people reads it
)

// MaxBytes is the length of the longest statement: an entry of a tiled log has a 16-bit length (c2sp.org/tlog-tiles).
const MaxBytes = 65535

// ErrTooLong is returned when a statement would not fit into a log.
var ErrTooLong = message.Errorf("statement is longer than %d bytes", MaxBytes)

var errMalformed = message.New("malformed statement")

// maxSignature is the longest signature of a statement, in bytes: a DER ECDSA-Sig-Value on P-256 (RFC 3279, 2.2.3), two integers of at
// most 33 bytes.
const maxSignature = 72

// Sign writes body, a struct of this package, as a statement of the given kind, signed by s. It returns [ErrTooLong] before it asks for a
// signature: with a TPM each costs a tenth of a second and more.
func Sign(kind Kind, body any, s note.Signer) ([]byte, error) {
	text, err := write(kind, body)
	if err != nil {
		return nil, err
	}
	if len(text)+len("\n—  \n")+len(s.Name())+base64.StdEncoding.EncodedLen(4+maxSignature) > MaxBytes {
		return nil, ErrTooLong
	}
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		return nil, message.Errorf("signing %s: %w", kind, err)
	}
	if len(signed) > MaxBytes {
		return nil, ErrTooLong
	}
	return signed, nil
}

// write writes the text of a statement: the kind, and body as JSON indented by two spaces.
func write(kind Kind, body any) (string, error) {
	var text bytes.Buffer
	text.WriteString(string(kind) + "\n")
	enc := json.NewEncoder(&text)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return "", message.Errorf("writing %s: %w", kind, err)
	}
	return text.String(), nil
}

// KindOf reads the kind of a statement without verifying anything.
func KindOf(signed []byte) Kind {
	line, _, _ := bytes.Cut(signed, []byte("\n"))
	return Kind(line)
}

// Open verifies that signed is a statement of the given kind with v's signature and nothing else, and decodes it into body.
func Open(signed []byte, kind Kind, v note.Verifier, body any) error {
	text, err := openNote(signed, v)
	if err != nil {
		return err
	}
	first, rest, _ := strings.Cut(text, "\n")
	if Kind(first) != kind {
		return message.Errorf("this is %q, not %q", clip(first), kind)
	}
	if strings.Contains(text, "\n\n") {
		return errMalformed // an empty line inside: other readers would end the text there
	}
	if err := decode(rest, body); err != nil {
		return message.Errorf("reading %s: %w", kind, err)
	}
	return nil
}

// openNote returns the text of a note that has exactly one signature line, v's. [note.Open] accepts more: base64 whose last character
// has loose bits, repeated signature lines and those of other signers. FuzzOpenNote holds the two together.
func openNote(signed []byte, v note.Verifier) (string, error) {
	if len(signed) > MaxBytes {
		return "", ErrTooLong
	}
	end := bytes.LastIndex(signed, []byte("\n\n"))
	if end < 0 || !utf8.Valid(signed) {
		return "", errMalformed
	}
	for _, c := range signed {
		if c < ' ' && c != '\n' {
			return "", errMalformed
		}
	}
	text, lines := signed[:end+1], string(signed[end+2:])
	line, rest, ok := strings.Cut(lines, "\n")
	signature, ok2 := strings.CutPrefix(line, "— ")
	name, b64, ok3 := strings.Cut(signature, " ")
	raw, err := base64.StdEncoding.DecodeString(b64)
	switch {
	case !ok || !ok2 || !ok3 || err != nil || len(raw) < 5 || base64.StdEncoding.EncodeToString(raw) != b64:
		return "", errMalformed
	case rest != "":
		return "", message.New("more than one signature line")
	case name != v.Name() || binary.BigEndian.Uint32(raw) != v.KeyHash():
		return "", message.Errorf("not signed by %s with key %08x: the signature is by %s with key %08x", v.Name(), v.KeyHash(), clip(name), binary.BigEndian.Uint32(raw))
	case !v.Verify(text, raw[4:]):
		return "", message.Errorf("the signature of %s does not match: the text or the signature was changed", v.Name())
	}
	return string(text), nil
}

// clip shortens text of unknown origin for an error.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "..."
	}
	return s
}
