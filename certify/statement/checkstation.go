package statement

import (
	"bytes"
	"crypto/sha256"
	"strings"

	"rasure/certify/internal/canon"
	"rasure/cmd/message"
)

// algorithm is the only one of a key that counts today; the names of others are reserved.
const algorithm = "ecdsa-p256-sha256"

func (s *StationStatement) check() error {
	cutOver := s.Replaces != nil
	switch {
	case cutOver != s.Log.complete():
		return message.New("the first entry of a log names no head; one that replaces the station statement of version 1 does")
	case cutOver && s.Succeeds != nil:
		return message.New("a log that is cut over is no new log")
	case (s.From != 0) != (cutOver && s.Station.Counter != nil):
		return message.New("attested_from is there if a log with a counter is cut over, and only then")
	case s.From > s.Log.Size+1:
		return message.Errorf("attested_from is %d, and the log has %d entries", s.From, s.Log.Size)
	case (s.TPM != nil) != (s.Station.Counter != nil):
		return message.Errorf("the assurance is %q; a key in a TPM has its description, and no other key has one", s.Station.Assurance)
	case s.TPM != nil && s.TPM.Policy != s.Station.Counter.Policy:
		return message.New("the description of the TPM has another policy of the key than the counter")
	case sha256.Sum256(s.PublicKey) != s.Station.Key:
		return message.New("key_sha256 is not that of the public key")
	case s.Succeeds != nil && !s.Succeeds.complete():
		return message.New("the log that is succeeded has no head")
	}
	n := 0
	for _, k := range s.Keys {
		if k.Use != "statement" {
			continue
		}
		if n++; k.Algorithm != algorithm || !bytes.Equal(k.Key, s.PublicKey) || !k.Required {
			return message.Errorf("the key that signs statements is the public key; it is required and has the algorithm %s", algorithm)
		}
	}
	if n != 1 {
		return message.Errorf("%d keys sign statements; there is one", n)
	}
	return nil
}

var errNoHead = message.New("only the first entry of a log names no head")

// KindFresh is the first line of a live proof.
const KindFresh = "rasure/fresh/v2"

// FreshText writes a live proof: what a station signs for somebody who asks it now. It is no statement and no log has one.
func FreshText(f *Fresh) (string, error) {
	if err := f.check(); err != nil {
		return "", err
	}
	return canon.Write(KindFresh, f)
}

// ReadFresh reads the text of a live proof.
func ReadFresh(text string) (*Fresh, error) {
	f := new(Fresh)
	if err := canon.Read(KindFresh, text, f); err != nil {
		return nil, message.Errorf("reading %s: %w", KindFresh, err)
	}
	return f, f.check()
}

func (f *Fresh) check() error {
	if n := len(f.Nonce); n < 32 || n%2 != 0 || strings.Trim(f.Nonce, "0123456789abcdef") != "" {
		return message.New("a nonce has 32 to 128 lower-case hexadecimal digits, two for each byte")
	}
	if !f.Log.complete() {
		return errNoHead
	}
	return nil
}
