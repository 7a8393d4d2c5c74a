package people

import (
	"errors"
	"strings"

	"rasure/cmd/message"

	"golang.org/x/crypto/ssh"
)

// OpenKey makes a signer of a private key file as ssh-keygen writes it. Passphrase is called only for a key that has one.
// The file of a FIDO key holds no secret and cannot sign; sign with [OpenAgent] or ssh-keygen.
func OpenKey(file []byte, passphrase func() ([]byte, error)) (ssh.Signer, error) {
	s, err := ssh.ParsePrivateKey(file)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		if k := locked.PublicKey; k != nil && isFIDO(k) {
			return nil, errToken
		}
		word, err := passphrase()
		if err != nil {
			return nil, err
		}
		if s, err = ssh.ParsePrivateKeyWithPassphrase(file, word); err != nil {
			return nil, message.Errorf("the passphrase does not open the key: %w", err)
		}
	} else if err != nil && strings.Contains(err.Error(), "unhandled key type") { // x/crypto has no error value for it
		return nil, errToken
	} else if err != nil {
		return nil, message.Errorf("reading the private key: %w", err)
	}
	return s, checkKey(s.PublicKey())
}

var errToken = message.New("the key is on a FIDO token: sign with the agent that holds it, or with ssh-keygen -Y sign")
