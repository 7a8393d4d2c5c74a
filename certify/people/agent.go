//go:build !js

package people

import (
	"bytes"
	"io"
	"net"
	"os"

	"rasure/cmd/message"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// ErrNoAgent is returned where no ssh-agent can be asked.
var ErrNoAgent = message.New("no ssh-agent: SSH_AUTH_SOCK is not set")

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
