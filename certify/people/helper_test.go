package people_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/certify/people"
)

const text = "rasure/witness/v1\n{\n  \"certificate\": \"8d969eef\"\n}\n"

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// newKey makes an SSH key of a type: ed25519, ecdsa, rsa, rsa1024, sk-ed25519 or sk-ecdsa.
func newKey(t testing.TB, kind string) ssh.Signer {
	t.Helper()
	var key any
	var err error
	switch kind {
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "ecdsa":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "rsa1024":
		key, err = rsa.GenerateKey(rand.Reader, 1024)
	case "sk-ed25519", "sk-ecdsa":
		return newToken(t, kind)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// token is a FIDO token made of memory: it signs as PROTOCOL.u2f of OpenSSH has it, with the flags it is given.
type token struct {
	public ssh.PublicKey
	sign   func(data []byte) []byte
	flags  byte
	count  uint32
}

const application = "ssh:"

func newToken(t testing.TB, kind string) *token {
	t.Helper()
	k := &token{flags: 1, count: 7}
	var wire []byte
	if kind == "sk-ed25519" {
		pub, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		wire = ssh.Marshal(struct {
			Type        string
			Key         []byte
			Application string
		}{ssh.KeyAlgoSKED25519, pub, application})
		k.sign = func(data []byte) []byte { return ed25519.Sign(key, data) }
	} else {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		point, err := key.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		wire = ssh.Marshal(struct {
			Type, Curve string
			Key         []byte
			Application string
		}{ssh.KeyAlgoSKECDSA256, "nistp256", point, application})
		plain, err := ssh.NewSignerFromKey(key)
		if err != nil {
			t.Fatal(err)
		}
		k.sign = func(data []byte) []byte {
			sig, err := plain.Sign(rand.Reader, data)
			if err != nil {
				t.Error(err)
				return nil
			}
			return sig.Blob
		}
	}
	var err error
	if k.public, err = ssh.ParsePublicKey(wire); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *token) PublicKey() ssh.PublicKey { return k.public }
func (k *token) Sign(_ io.Reader, data []byte) (*ssh.Signature, error) {
	app, sum := sha256.Sum256([]byte(application)), sha256.Sum256(data)
	rest := ssh.Marshal(struct {
		Flags byte
		Count uint32
	}{k.flags, k.count})
	blob := k.sign(append(append(append([]byte{}, app[:]...), rest...), sum[:]...))
	if blob == nil {
		return nil, errors.New("token is gone")
	}
	return &ssh.Signature{Format: k.public.Type(), Blob: blob, Rest: rest}, nil
}

func publicLine(s ssh.Signer) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))
}

func mustSigner(t testing.TB, line string) people.Signer {
	t.Helper()
	s, err := people.ParseSigner(line)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustSign(t testing.TB, text string, role people.Role, s ssh.Signer) people.Signature {
	t.Helper()
	sig, err := people.Sign([]byte(text), role, s)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// office is a roster with two of three roots, and a person for each kind of line.
type office struct {
	roots  []ssh.Signer
	keys   map[string]ssh.Signer
	signed []byte
	roster *people.Roster
}

func newOffice(t testing.TB, lines map[string]string) *office {
	t.Helper()
	o := &office{keys: map[string]ssh.Signer{}}
	roots, signers := []people.Signer{}, []people.Signer{}
	for _, name := range []string{"director", "deputy", "archivist"} {
		key := newKey(t, "ed25519")
		o.roots = append(o.roots, key)
		roots = append(roots, mustSigner(t, name+`@office namespaces="rasure-roster" `+publicLine(key)))
	}
	for name, options := range lines {
		key := newKey(t, "ed25519")
		o.keys[name] = key
		signers = append(signers, mustSigner(t, name+"@office "+options+" "+publicLine(key)))
	}
	draft, err := people.NewRoster(nil, noon.Add(-time.Hour), 2, roots, signers)
	if err != nil {
		t.Fatal(err)
	}
	o.signed = attach(t, draft, people.Root, o.roots[:2]...)
	if o.roster, err = people.OpenRoster(o.signed, nil); err != nil {
		t.Fatal(err)
	}
	return o
}

func attach(t testing.TB, text string, role people.Role, keys ...ssh.Signer) []byte {
	t.Helper()
	sigs := []people.Signature{}
	for _, k := range keys {
		sigs = append(sigs, mustSign(t, text, role, k))
	}
	signed, err := people.Attach([]byte(text), sigs...)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// wants fails unless err contains the words.
func wants(t testing.TB, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("error is %v, want one with %q", err, words)
	}
}

// keygen runs ssh-keygen, or skips the test where there is none.
func keygen(t testing.TB, stdin string, args ...string) error {
	t.Helper()
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("ssh-keygen is missing (openssh-client)")
	}
	cmd := exec.Command("ssh-keygen", args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Logf("ssh-keygen %s: %v: %s", strings.Join(args[:2], " "), err, out)
	}
	return err
}

func sha(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}
