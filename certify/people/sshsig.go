package people

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
)

// What PROTOCOL.sshsig fixes.
const (
	magic      = "SSHSIG" // both of the blob and of what is signed
	sigVersion = 1
	armorBegin = "-----BEGIN SSH SIGNATURE-----"
	armorEnd   = "-----END SSH SIGNATURE-----"
	armorWidth = 70 // ssh-keygen's; any is allowed
)

// minRSABits is what we chose; OpenSSH takes 1024.
const minRSABits = 2048

// Signature is one person's signature over a text.
type Signature struct {
	Role Role
	Key  ssh.PublicKey
	hash string        // "sha256" or "sha512"
	sig  ssh.Signature // over [toSign]
	blob []byte        // all of it, as PROTOCOL.sshsig has it
}

var errSignature = errors.New("malformed SSH signature")

// sshsigBlob is the blob after its magic (PROTOCOL.sshsig, 2).
type sshsigBlob struct {
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  []byte
	Hash      string
	Signature []byte
}

// signedData is what is signed, after the magic (PROTOCOL.sshsig, 3).
type signedData struct {
	Namespace string
	Reserved  []byte
	Hash      string
	Sum       []byte
}

// Sign signs text as somebody in a role. The signer is a key of [OpenKey] or of the agent.
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
			return Signature{}, errors.New("this RSA key can only sign with SHA-1")
		}
		sig, err = as.SignWithAlgorithm(rand.Reader, data, ssh.KeyAlgoRSASHA512)
	} else {
		sig, err = s.Sign(rand.Reader, data)
	}
	if err != nil {
		return Signature{}, fmt.Errorf("signing with key %s: %w", ssh.FingerprintSHA256(s.PublicKey()), err)
	}
	blob := append([]byte(magic), ssh.Marshal(sshsigBlob{sigVersion, s.PublicKey().Marshal(), role.Namespace(), nil, hash, ssh.Marshal(sig)})...)
	made, err := parseBlob(blob)
	if err != nil {
		return Signature{}, err
	}
	return made, made.check(text) // an agent may answer anything
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

// check says whether the signature is one over text. Who made it, and whether he might, [Roster.Verify] says.
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
			return fmt.Errorf("signature of FIDO key %s without user presence: nobody touched it", s.Fingerprint())
		}
		return fmt.Errorf("signature of key %s does not match: the text or the signature was changed", s.Fingerprint())
	}
	return nil
}

// Fingerprint names the key as ssh-keygen -l does: "SHA256:" and base64.
func (s Signature) Fingerprint() string { return ssh.FingerprintSHA256(s.Key) }

// userPresent is bit 0 of the flags of a FIDO signature (openssh-portable, PROTOCOL.u2f, "Signatures").
const userPresent = 0x01

func isFIDO(key ssh.PublicKey) bool {
	return key.Type() == ssh.KeyAlgoSKED25519 || key.Type() == ssh.KeyAlgoSKECDSA256
}

// checkKey refuses keys that may not sign statements.
func checkKey(key ssh.PublicKey) error {
	switch key.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256:
		return nil
	case ssh.KeyAlgoRSA:
		parsed, err := ssh.ParsePublicKey(key.Marshal()) // the agent's own type of key cannot tell its modulus
		if err != nil {
			return errSignature
		}
		c, ok := parsed.(ssh.CryptoPublicKey)
		if !ok {
			return errSignature
		}
		if k, ok := c.CryptoPublicKey().(*rsa.PublicKey); !ok || k.N.BitLen() < minRSABits {
			return fmt.Errorf("RSA key %s has fewer than %d bits", ssh.FingerprintSHA256(key), minRSABits)
		}
		return nil
	}
	return fmt.Errorf("keys of type %q may not sign statements", shorten(key.Type()))
}

// parseBlob reads a blob, and refuses whatever [Sign] and ssh-keygen would have written otherwise.
func parseBlob(blob []byte) (Signature, error) {
	rest, ok := bytes.CutPrefix(blob, []byte(magic))
	var b sshsigBlob
	if !ok || ssh.Unmarshal(rest, &b) != nil {
		return Signature{}, errSignature
	}
	key, err := ssh.ParsePublicKey(b.PublicKey)
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
		return Signature{}, errors.New("signed by ssh-rsa, which hashes with SHA-1")
	}
	// Version, what is reserved, and whatever else could have been written in another way: this is the only one.
	whole := append([]byte(magic), ssh.Marshal(sshsigBlob{sigVersion, b.PublicKey, b.Namespace, nil, b.Hash, ssh.Marshal(s.sig)})...)
	if (b.Hash != "sha256" && b.Hash != "sha512") || !bytes.Equal(whole, blob) {
		return Signature{}, errSignature
	}
	return s, nil
}

// Armor is the signature as a file, as `ssh-keygen -Y verify -s` takes it.
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

// ParseArmor reads a file as `ssh-keygen -Y sign` writes it. The namespace in it must be one of our roles.
func ParseArmor(file []byte) (Signature, error) {
	if len(file) > maxBytes {
		return Signature{}, errSignature
	}
	body, ok := strings.CutPrefix(strings.ReplaceAll(string(file), "\r\n", "\n"), armorBegin+"\n")
	body, ok2 := strings.CutSuffix(strings.TrimRight(body, "\n"), "\n"+armorEnd)
	if !ok || !ok2 {
		return Signature{}, errors.New("not the file of an SSH signature")
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(strings.ReplaceAll(body, "\n", ""))
	if err != nil {
		return Signature{}, errSignature
	}
	return parseBlob(blob)
}
