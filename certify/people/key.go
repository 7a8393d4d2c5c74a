package people

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"

	"rasure/cmd/message"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// ErrNoAgent is returned where no ssh-agent can be asked.
var ErrNoAgent = message.New("no ssh-agent: SSH_AUTH_SOCK is not set")

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

// OpenAgent makes a signer of a key in the ssh-agent at SSH_AUTH_SOCK. which is a public key file, or nil if the agent holds only one
// key. The caller closes the connection after signing.
func OpenAgent(which []byte) (ssh.Signer, io.Closer, error) {
	address := os.Getenv("SSH_AUTH_SOCK")
	if address == "" {
		return nil, nil, ErrNoAgent
	}
	conn, err := net.Dial("unix", address)
	if err != nil {
		return nil, nil, message.Errorf("asking the ssh-agent: %w", err)
	}
	s, err := chooseKey(agent.NewClient(conn), which)
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return s, conn, nil
}

func chooseKey(from agent.Agent, which []byte) (ssh.Signer, error) {
	all, err := from.Signers()
	if err != nil {
		return nil, message.Errorf("asking the ssh-agent: %w", err)
	}
	if which == nil {
		if len(all) != 1 {
			return nil, message.Errorf("the ssh-agent holds %d keys: name one by its public key file", len(all))
		}
		return all[0], checkKey(all[0].PublicKey())
	}
	want, _, _, _, err := ssh.ParseAuthorizedKey(which)
	if err != nil {
		return nil, message.Errorf("reading the public key: %w", err)
	}
	for _, s := range all {
		if bytes.Equal(s.PublicKey().Marshal(), want.Marshal()) {
			return s, checkKey(want)
		}
	}
	return nil, message.Errorf("the ssh-agent does not hold key %s", ssh.FingerprintSHA256(want))
}
