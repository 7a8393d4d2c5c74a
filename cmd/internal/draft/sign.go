package draft

import (
	"slices"
	"strings"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// Signable returns the text of a statement that people sign. It refuses what a station signs, and a statement with a signature that does
// not match.
func Signable(path string, file []byte) (text string, err error) {
	if err := CheckStatement(path, file); err != nil {
		return "", err
	}
	if station, err := certify.SignerName(file); err == nil && !strings.HasPrefix(station, "rasure-") {
		return "", fault.Refusef("%s is signed by the station %s: people sign statements about it, not the file itself", path, station)
	}
	if text, err = people.Text(file); err != nil {
		return "", message.Errorf("%s: %w", path, err)
	}
	if len(text) < len(file) { // there are signatures already: each must match
		if _, _, err := people.Open(file); err != nil {
			return "", fault.NotVerifiedf("%s: %w", path, err)
		}
	}
	return text, nil
}

// RemoveSignature takes the signatures of one key off a statement, and returns how many stay. Those must match.
func RemoveSignature(path string, file []byte, key string) (left []byte, signatures int, err error) {
	text, all, err := people.Open(file)
	if err != nil {
		return nil, 0, fault.NotVerifiedf("%s: %w", path, err)
	}
	rest := slices.DeleteFunc(slices.Clone(all), func(s people.Signature) bool { return s.Fingerprint() == key })
	if len(rest) == len(all) {
		return nil, 0, fault.Refusef("%s has no signature of key %s", path, key)
	}
	left = []byte(text)
	if len(rest) > 0 {
		left, err = people.Attach(left, rest...)
	}
	return left, len(rest), err
}

// CheckRole refuses roots as signers of anything but a roster, and anybody else as a signer of a roster. In version 2 the text names the role of each
// signer.
func CheckRole(text string, role people.Role) error {
	kind := certify.KindOf([]byte(text))
	if statement.KindOf(string(kind)) != nil {
		s, err := statement.Read(text)
		if err != nil {
			return fault.Refuse(err)
		}
		if a := s.Act(); a == nil || len(a.Names(string(role))) == 0 {
			return fault.Refusef("the statement names nobody who signs it as %s", role)
		}
		return nil
	}
	if (kind == people.KindRoster) != (role == people.Root) {
		return fault.Refusef("nobody signs a %s as %s", kind, role)
	}
	return nil
}
