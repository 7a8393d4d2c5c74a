//go:build !js

package people_test

import (
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"rasure/certify/people"
)

func TestOpenKeyPassphrase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if keygen(t, "", "-q", "-t", "ed25519", "-N", "open sesame", "-f", path) != nil {
		t.Fatal("no key")
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := people.OpenKey(file, func() ([]byte, error) { return []byte("open sesame"), nil })
	if err != nil {
		t.Fatal(err)
	}
	mustSign(t, text, people.Witness, s)
	_, err = people.OpenKey(file, func() ([]byte, error) { return []byte("open barley"), nil })
	wants(t, err, "does not open")
	asked := errors.New("nobody there")
	if _, err = people.OpenKey(file, func() ([]byte, error) { return nil, asked }); !errors.Is(err, asked) {
		t.Errorf("error is %v", err)
	}
	_, err = people.OpenKey([]byte("no key"), nil)
	wants(t, err, "reading the private key")
}

// ofTokens is an agent whose keys are FIDO tokens.
type ofTokens struct {
	agent.Agent
	all []ssh.Signer
}

func (a ofTokens) List() ([]*agent.Key, error) {
	keys := []*agent.Key{}
	for _, s := range a.all {
		keys = append(keys, &agent.Key{Format: s.PublicKey().Type(), Blob: s.PublicKey().Marshal()})
	}
	return keys, nil
}

func (a ofTokens) Sign(key ssh.PublicKey, data []byte) (*ssh.Signature, error) {
	for _, s := range a.all {
		if string(s.PublicKey().Marshal()) == string(key.Marshal()) {
			return s.Sign(nil, data)
		}
	}
	return nil, errors.New("no such key")
}

// serve puts an agent at SSH_AUTH_SOCK, so this test cannot run in parallel.
func serve(t *testing.T, a agent.Agent) {
	t.Helper()
	address := filepath.Join(t.TempDir(), "agent")
	l, err := net.Listen("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); agent.ServeAgent(a, c) }()
		}
	}()
	t.Setenv("SSH_AUTH_SOCK", address)
}

func TestOpenAgent(t *testing.T) {
	keys := agent.NewKeyring()
	rsaKey := newKey(t, "rsa")
	token, other := newToken(t, "sk-ed25519"), newToken(t, "sk-ecdsa")
	serve(t, ofTokens{keys, []ssh.Signer{token, other}})
	for _, want := range []ssh.Signer{token, other} {
		s, c, err := people.OpenAgent(ssh.MarshalAuthorizedKey(want.PublicKey()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := people.Attach([]byte(text), mustSign(t, text, people.Witness, s)); err != nil {
			t.Error(err)
		}
		c.Close()
	}
	_, _, err := people.OpenAgent(ssh.MarshalAuthorizedKey(rsaKey.PublicKey()))
	wants(t, err, "does not hold")
	_, _, err = people.OpenAgent(nil)
	wants(t, err, "holds 2 keys")
	_, _, err = people.OpenAgent([]byte("junk"))
	wants(t, err, "reading the public key")

	t.Setenv("SSH_AUTH_SOCK", "")
	if _, _, err := people.OpenAgent(nil); !errors.Is(err, people.ErrNoAgent) {
		t.Errorf("error is %v", err)
	}
}

// keyFile writes a private key file of OpenSSH (PROTOCOL.key) for a key that only a token can use.
func keyFile(k *token, cipher, kdf string) []byte {
	secret := ssh.Marshal(struct {
		Check1, Check2 uint32
		Type           string
		Rest           []byte `ssh:"rest"`
	}{7, 7, k.public.Type(), make([]byte, 200)})
	blob := append([]byte("openssh-key-v1\x00"), ssh.Marshal(struct {
		Cipher, KDF, Options string
		Keys                 uint32
		Public, Secret       []byte
	}{cipher, kdf, "", 1, k.public.Marshal(), secret})...)
	return pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: blob})
}

func TestOpenKeyToken(t *testing.T) {
	t.Parallel()
	never := func() ([]byte, error) { t.Error("asked for a passphrase"); return nil, nil }
	for _, kind := range []string{"sk-ed25519", "sk-ecdsa"} {
		_, err := people.OpenKey(keyFile(newToken(t, kind), "none", "none"), never)
		wants(t, err, "FIDO token")
		_, err = people.OpenKey(keyFile(newToken(t, kind), "aes256-ctr", "bcrypt"), never)
		wants(t, err, "FIDO token")
	}
}
