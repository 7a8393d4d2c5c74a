package people

import (
	"bytes"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/cmd/message"
)

// CheckMaySign returns why the person of that name may not sign with a key in a role at a time; nil if nothing forbids it. So that it can
// be asked before there is a statement, it does not need a signature.
func (r *Roster) CheckMaySign(name string, key ssh.PublicKey, role Role, at time.Time) error {
	err := message.Errorf("%s is not in roster %d", shorten(name), r.Number)
	for _, s := range r.signers {
		if s.Principal != name {
			continue
		}
		switch {
		case !bytes.Equal(s.Key.Marshal(), key.Marshal()):
			err = message.Errorf("key %s is not one of %s in roster %d", ssh.FingerprintSHA256(key), shorten(name), r.Number)
		case !r.grants(s, role):
			err = message.Errorf("%s may not sign as %s", shorten(name), string(role))
		default:
			if err = s.validAt(at); err == nil {
				return nil
			}
		}
	}
	return err
}
