package people

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"slices"
	"strings"

	"rasure/cmd/message"

	"golang.org/x/crypto/ssh"
)

// What PROTOCOL.sshsig fixes.
const (
	magic      = "SSHSIG" // of the blob, and of the data that is signed
	sigVersion = 1
	armorBegin = "-----BEGIN SSH SIGNATURE-----"
	armorEnd   = "-----END SSH SIGNATURE-----"
	armorWidth = 70 // ssh-keygen's; any is allowed
)

// minRSABits is the least that NIST SP 800-131A allows for signatures; OpenSSH takes 1024.
const minRSABits = 2048

// Signature is one person's signature over a text.
type Signature struct {
	Role Role
	Key  ssh.PublicKey
	hash string        // "sha256" or "sha512"
	sig  ssh.Signature // over [toSign]
	blob []byte        // all of it, as PROTOCOL.sshsig has it
}

var errSignature = message.New("malformed SSH signature")

// sshsigBlob is the blob after its magic (PROTOCOL.sshsig, 2).
type sshsigBlob struct {
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  []byte
	Hash      string
	Signature []byte
}

// signedData is signed, after the magic (PROTOCOL.sshsig, 3).
type signedData struct {
	Namespace string
	Reserved  []byte
	Hash      string
	Sum       []byte
}

// Sign signs text in a role. The signer is a key of [OpenKey] or of the agent.
func Sign(text []byte, role Role, s ssh.Signer) (Signature, error) {
	if err := checkKey(s.PublicKey()); err != nil {
		return Signature{}, err
	}
	const hash = "sha512" // as ssh-keygen
	data, err := toSign(text, role, hash)
	if err != nil {
		return Signature{}, err
	}
	var sig *ssh.Signature
	if s.PublicKey().Type() == ssh.KeyAlgoRSA {
		as, ok := s.(ssh.AlgorithmSigner)
		if !ok {
			return Signature{}, message.New("this RSA key can only sign with SHA-1")
		}
		sig, err = as.SignWithAlgorithm(rand.Reader, data, ssh.KeyAlgoRSASHA512)
	} else {
		sig, err = s.Sign(rand.Reader, data)
	}
	if err != nil {
		return Signature{}, message.Errorf("signing with key %s: %w", ssh.FingerprintSHA256(s.PublicKey()), err)
	}
	made, err := parseBlob(blobOf(s.PublicKey().Marshal(), role.Namespace(), hash, *sig))
	if err != nil {
		return Signature{}, err
	}
	return made, made.check(text) // an agent may answer anything
}

// blobOf writes a signature as PROTOCOL.sshsig has it.
func blobOf(key []byte, namespace, hash string, sig ssh.Signature) []byte {
	return append([]byte(magic), ssh.Marshal(sshsigBlob{sigVersion, key, namespace, nil, hash, ssh.Marshal(sig)})...)
}

func toSign(text []byte, role Role, hash string) ([]byte, error) {
	d := signedData{Namespace: role.Namespace(), Hash: hash}
	switch hash {
	case "sha256":
		sum := sha256.Sum256(text)
		d.Sum = sum[:]
	case "sha512":
		sum := sha512.Sum512(text)
		d.Sum = sum[:]
	default:
		return nil, errSignature
	}
	return append([]byte(magic), ssh.Marshal(d)...), nil
}

// check verifies the signature over text. Whose it is, and whether that person may sign, [Roster.Verify] decides.
func (s Signature) check(text []byte) error {
	if s.Key == nil {
		return errSignature
	}
	data, err := toSign(text, s.Role, s.hash)
	if err != nil {
		return err
	}
	if err := s.Key.Verify(data, &s.sig); err != nil { // x/crypto demands user presence of FIDO keys
		if isFIDO(s.Key) && len(s.sig.Rest) == 5 && s.sig.Rest[0]&userPresent == 0 {
			return message.Errorf("signature of FIDO key %s without user presence: nobody touched the token", s.Fingerprint())
		}
		return message.Errorf("signature of key %s does not match: the text or the signature was changed", s.Fingerprint())
	}
	return nil
}

// Fingerprint is the name that ssh-keygen -l gives the key: "SHA256:" and base64.
func (s Signature) Fingerprint() string { return ssh.FingerprintSHA256(s.Key) }

// userPresent is bit 0 of the flags of a FIDO signature (openssh-portable, PROTOCOL.u2f, "Signatures").
const userPresent = 0x01

func isFIDO(key ssh.PublicKey) bool {
	return key.Type() == ssh.KeyAlgoSKED25519 || key.Type() == ssh.KeyAlgoSKECDSA256
}

// knownTypes are the types of keys that may sign statements.
var knownTypes = []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256, ssh.KeyAlgoRSA}

// checkKey refuses keys that may not sign statements.
func checkKey(key ssh.PublicKey) error {
	if !slices.Contains(knownTypes, key.Type()) {
		return errKeyType(key.Type())
	}
	if key.Type() == ssh.KeyAlgoRSA {
		parsed, err := ssh.ParsePublicKey(key.Marshal()) // the agent's own type of key does not give its modulus
		if err != nil {
			return errSignature
		}
		c, ok := parsed.(ssh.CryptoPublicKey)
		if !ok {
			return errSignature
		}
		if k, ok := c.CryptoPublicKey().(*rsa.PublicKey); !ok || k.N.BitLen() < minRSABits {
			return message.Errorf("RSA key %s has fewer than %d bits", ssh.FingerprintSHA256(key), minRSABits)
		}
	}
	return nil
}

// errKeyType is the error of a key whose type is known or new, but not on the list above.
func errKeyType(name string) error {
	return message.Errorf("keys of type %q may not sign statements", shorten(name))
}

// keyType returns the type at the beginning of a public key in wire form (RFC 4253, 6.6); "" if there is none. A type of
// tomorrow, such as ML-DSA, must be named, not called malformed.
func keyType(wire []byte) string {
	var k struct {
		Name string
		Rest []byte `ssh:"rest"`
	}
	if ssh.Unmarshal(wire, &k) != nil || k.Name == "" || strings.ContainsFunc(k.Name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return k.Name
}

// parseBlob reads a blob. It refuses every form that [Sign] and ssh-keygen would not have written.
func parseBlob(blob []byte) (Signature, error) {
	rest, ok := bytes.CutPrefix(blob, []byte(magic))
	var b sshsigBlob
	if !ok || ssh.Unmarshal(rest, &b) != nil {
		return Signature{}, errSignature
	}
	key, err := ssh.ParsePublicKey(b.PublicKey)
	if name := keyType(b.PublicKey); err != nil && name != "" && !slices.Contains(knownTypes, name) {
		return Signature{}, errKeyType(name)
	}
	if err != nil || !bytes.Equal(key.Marshal(), b.PublicKey) {
		return Signature{}, errSignature
	}
	if err := checkKey(key); err != nil {
		return Signature{}, err
	}
	role, err := roleOf(b.Namespace)
	if err != nil {
		return Signature{}, err
	}
	s := Signature{Role: role, Key: key, hash: b.Hash, blob: blob}
	if ssh.Unmarshal(b.Signature, &s.sig) != nil || (len(s.sig.Rest) != 0) != isFIDO(key) {
		return Signature{}, errSignature
	}
	if s.sig.Format == ssh.KeyAlgoRSA {
		return Signature{}, message.New("signed by ssh-rsa, which hashes with SHA-1")
	}
	// Version, reserved bytes and everything that could be written differently: only this form is taken.
	if (b.Hash != "sha256" && b.Hash != "sha512") || !bytes.Equal(blobOf(b.PublicKey, b.Namespace, b.Hash, s.sig), blob) {
		return Signature{}, errSignature
	}
	return s, nil
}

// Armor returns the signature as a file, as `ssh-keygen -Y verify -s` takes it.
func (s Signature) Armor() []byte {
	var out strings.Builder
	out.WriteString(armorBegin + "\n")
	text := base64.StdEncoding.EncodeToString(s.blob)
	for len(text) > armorWidth {
		out.WriteString(text[:armorWidth] + "\n")
		text = text[armorWidth:]
	}
	out.WriteString(text + "\n" + armorEnd + "\n")
	return []byte(out.String())
}

// ParseArmor reads a file that `ssh-keygen -Y sign` wrote. Its namespace must be that of a [Role].
func ParseArmor(file []byte) (Signature, error) {
	if len(file) > maxBytes {
		return Signature{}, errSignature
	}
	body, ok := strings.CutPrefix(strings.ReplaceAll(string(file), "\r\n", "\n"), armorBegin+"\n")
	body, ok2 := strings.CutSuffix(strings.TrimRight(body, "\n"), "\n"+armorEnd)
	if !ok || !ok2 {
		return Signature{}, message.New("not the file of an SSH signature")
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(strings.ReplaceAll(body, "\n", ""))
	if err != nil {
		return Signature{}, errSignature
	}
	return parseBlob(blob)
}
