package people

import (
	"bytes"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/cmd/message"
)

// CheckMaySign returns why the person of that name may not sign with a key in a role at a time; nil if nothing forbids it. So that it can
// be asked before there is a statement, it does not need a signature.
func (r *Roster) CheckMaySign(name string, key ssh.PublicKey, role Role, at time.Time) error {
	return r.checkLines(name, role, at, key)
}

// CheckHasRole returns why no key of the person of that name may sign in a role at a time; nil if one may.
func (r *Roster) CheckHasRole(name string, role Role, at time.Time) error {
	return r.checkLines(name, role, at, nil)
}

// checkLines looks for a line of a person that grants the role; a nil key is any.
func (r *Roster) checkLines(name string, role Role, at time.Time, key ssh.PublicKey) error {
	lines := r.signers
	if role == Root {
		lines = r.roots
	}
	err := message.Errorf("%s is not in roster %d", shorten(name), r.Number)
	for _, s := range lines {
		if s.Principal != name {
			continue
		}
		switch {
		case key != nil && !bytes.Equal(s.Key.Marshal(), key.Marshal()):
			err = message.Errorf("key %s is not one of %s in roster %d", ssh.FingerprintSHA256(key), shorten(name), r.Number)
		case role != Root && !r.grants(s, role):
			err = message.Errorf("%s may not sign as %s", shorten(name), string(role))
		default:
			if err = s.validAt(at); err == nil {
				return nil
			}
		}
	}
	return err
}

// Who returns the person whose key may sign in a role at a time.
func (r *Roster) Who(key ssh.PublicKey, role Role, at time.Time) (name string, err error) {
	err = message.Errorf("key %s is not in roster %d", ssh.FingerprintSHA256(key), r.Number)
	for _, s := range slices.Concat(r.roots, r.signers) {
		if bytes.Equal(s.Key.Marshal(), key.Marshal()) {
			if err = r.checkLines(s.Principal, role, at, key); err == nil {
				return s.Principal, nil
			}
		}
	}
	return "", err
}
