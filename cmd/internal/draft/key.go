package draft

import (
	"bytes"
	"errors"
	"io"
	"os"

	"golang.org/x/crypto/ssh"

	"rasure/certify/people"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// OpenKey opens a person's key: "agent", the file of a private key, or that of the public key of one in the agent. A private
// key that is encrypted is opened with passphrase. The caller closes what it returns.
func OpenKey(from string, passphrase func() ([]byte, error)) (ssh.Signer, io.Closer, error) {
	var which []byte
	if from != "agent" {
		file, err := cli.ReadFile(from)
		if err != nil {
			return nil, nil, err
		}
		if bytes.HasPrefix(file, []byte("-----BEGIN")) {
			s, err := people.OpenKey(file, passphrase)
			if err != nil {
				return nil, nil, message.Errorf("%s: %w", from, err)
			}
			return s, io.NopCloser(nil), nil
		}
		which = file
	}
	s, conn, err := people.OpenAgent(which)
	if errors.Is(err, people.ErrNoAgent) && os.Getenv("SUDO_USER") != "" {
		return nil, nil, fault.WithHint(err, "sudo hides your agent: sudo --preserve-env=SSH_AUTH_SOCK rasure ...; or give the file of your key: --key ~/.ssh/id_ed25519")
	}
	if errors.Is(err, people.ErrNoAgent) {
		return nil, nil, fault.WithHint(err, "give the file of your key: --key ~/.ssh/id_ed25519")
	}
	return s, conn, err
}

// PublicKey finds the public half of a person's key without using it: in the file, also of a key with a passphrase, or in the agent.
func PublicKey(from string) (ssh.PublicKey, error) {
	var which []byte
	if from != "agent" {
		file, err := cli.ReadFile(from)
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(file, []byte("-----BEGIN")) {
			s, err := people.OpenKey(file, func() ([]byte, error) { return nil, errLocked })
			var missing *ssh.PassphraseMissingError
			if _, parse := ssh.ParsePrivateKey(file); errors.Is(err, errLocked) && errors.As(parse, &missing) && missing.PublicKey != nil {
				return missing.PublicKey, nil
			}
			if err != nil {
				return nil, message.Errorf("%s: %w", from, err)
			}
			return s.PublicKey(), nil
		}
		which = file
	}
	s, conn, err := people.OpenAgent(which)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return s.PublicKey(), nil
}

var errLocked = message.New("its public half cannot be read without the passphrase: convert it with ssh-keygen -p -f FILE")
