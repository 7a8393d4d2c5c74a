package certify

import (
	"bytes"
	"crypto/elliptic"
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"

	"rasure/certify/statement"
	"rasure/cmd/message"

	"golang.org/x/mod/sumdb/note"
)

// maxLines bounds the signature lines of people on a statement of version 2.
const maxLines = 16

var errHighS = message.New("the signature has the high s, and version 2 accepts only the low one")

// SignStatement writes a statement of version 2 and signs it.
func SignStatement(body statement.Body, s note.Signer) ([]byte, error) {
	text, err := statement.Write(body)
	if err != nil {
		return nil, err
	}
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		return nil, message.Errorf("signing %s: %w", KindOf([]byte(text)), err)
	}
	return signed, nil
}

// openStatement verifies a statement of version 2 and reads it. Signatures of people are not verified: who may sign depends on the roster that is
// in force at that place of the log. Their lines are: each is written in the one way, and there are as many in each role as the text demands.
func (k *Key) openStatement(entry []byte, kind *statement.Kind) (s *statement.Statement, contradiction, err error) {
	if kind.ByPeople() {
		s, err = openAct(entry)
		return s, nil, err
	}
	if s, err = k.openOwn(entry); err != nil {
		return nil, nil, err
	}
	if c, ok := s.Body.(*statement.Certificate); ok {
		contradiction = CheckConsistency2(c)
		if contradiction == nil && c.Anchor != nil && k.anchors != nil {
			contradiction = k.anchors(c.Anchor)
		}
	}
	return s, contradiction, nil
}

// openOwn reads a statement of the station.
func (k *Key) openOwn(entry []byte) (*statement.Statement, error) {
	if k.err != nil {
		return nil, k.err
	}
	name, err := SignerName(entry)
	if err != nil {
		return nil, err
	}
	text, err := openNote(entry, &verifier{name, k.id, k.pub})
	if err != nil {
		return nil, err
	}
	if !isLowS(signatureOf(entry)) {
		return nil, errHighS
	}
	s, err := statement.Read(text)
	if err != nil {
		return nil, err
	}
	if by := s.Station().Station; by.Name != name || by.Key.String() != k.sha256 {
		return nil, message.Errorf("signed by %s, but the text names the station %q with another key or name", name, clip(by.Name))
	}
	return s, nil
}

// signatureOf is the signature of a note that was opened.
func signatureOf(signed []byte) []byte {
	line := bytes.TrimSuffix(signed, []byte("\n"))
	raw, _ := base64.StdEncoding.DecodeString(string(line[bytes.LastIndexByte(line, ' ')+1:]))
	return raw[4:]
}

var halfOrder = elliptic.P256().Params().N.Bytes()

func init() { // n is odd: s <= n/2 is s <= (n-1)/2
	carry := byte(0)
	for i, b := range halfOrder {
		halfOrder[i] = b>>1 | carry
		carry = b << 7
	}
}

// isLowS reports whether a DER ECDSA signature on P-256 that was verified has the low s.
func isLowS(der []byte) bool {
	s := der[4+int(der[3])+2:] // behind: sequence, length, integer, length, r, integer, length
	s = bytes.TrimLeft(s, "\x00")
	return len(s) < len(halfOrder) || len(s) == len(halfOrder) && bytes.Compare(s, halfOrder) <= 0
}

// openAct reads a statement of people.
func openAct(entry []byte) (*statement.Statement, error) {
	end := bytes.LastIndex(entry, []byte("\n\n"))
	if end < 0 || !utf8.Valid(entry) {
		return nil, errMalformed
	}
	if len(entry) > MaxBytes {
		return nil, ErrTooLong
	}
	s, err := statement.Read(string(entry[:end+1]))
	if err != nil {
		return nil, err
	}
	roles, err := rolesOf(string(entry[end+2:]))
	if err != nil {
		return nil, err
	}
	want := []string{}
	for _, signer := range s.Act().Signers {
		want = append(want, signer.Role)
	}
	slices.Sort(roles)
	slices.Sort(want)
	if !slices.Equal(roles, want) {
		return nil, message.Errorf("it is signed as %s, and must be signed as %s", strings.Join(roles, ", "), strings.Join(want, ", "))
	}
	return s, nil
}

// rolesOf returns the role of each signature line. The lines are sorted, so that they have one order.
func rolesOf(lines string) (roles []string, err error) {
	before := ""
	for line := range strings.Lines(lines) {
		rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "— "+rolePrefix)
		role, b64, ok2 := strings.Cut(rest, " ")
		raw, err := base64.StdEncoding.DecodeString(b64)
		if !ok || !ok2 || err != nil || len(raw) < 5 || "— "+rolePrefix+role+" "+base64.StdEncoding.EncodeToString(raw)+"\n" != line {
			return nil, errMalformed
		}
		if line <= before {
			return nil, message.New("the signature lines are not sorted, or one is there twice")
		}
		before = line
		if roles = append(roles, role); len(roles) > maxLines {
			return nil, message.Errorf("more than %d signature lines", maxLines)
		}
	}
	if len(roles) == 0 {
		return nil, errMalformed
	}
	return roles, nil
}
