package logs

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"

	"rasure/cmd/message"
)

// What c2sp.org/tlog-cosignature fixes for cosignature/v1.
const (
	cosignatureType   = 0x04
	cosignatureHeader = "cosignature/v1\n"
	cosignatureSize   = 8 + ed25519.SignatureSize // time and signature
)

// Cosigner is the key of somebody other than the station who vouches for checkpoints: that the log only grew since the last one that
// the cosigner saw (c2sp.org/tlog-cosignature, Ed25519). It is a [note.Verifier] of the cosigner's lines.
type Cosigner struct {
	name string
	key  ed25519.PublicKey
}

var errCosigner = message.New("malformed cosigner key")

// NewCosigner names a public key. The name is in signature lines: it has 1 to 100 characters of ASCII without space and plus sign, and
// cannot be mistaken for a path or a person's role.
func NewCosigner(name string, key ed25519.PublicKey) (*Cosigner, error) {
	if err := checkName(name); err != nil {
		return nil, message.Errorf("cosigner: %w", err)
	}
	return newCosigner(name, key)
}

func newCosigner(name string, key ed25519.PublicKey) (*Cosigner, error) {
	if err := checkNameCharacters(name); err != nil {
		return nil, message.Errorf("cosigner: %w", err)
	}
	if len(key) != ed25519.PublicKeySize {
		return nil, errCosigner
	}
	return &Cosigner{name, key}, nil
}

// ParseCosigner reads what [Cosigner.String] writes. It takes names that are refused for new keys.
func ParseCosigner(text string) (*Cosigner, error) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 {
		return nil, errCosigner
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(raw) == 0 {
		return nil, errCosigner
	}
	c, err := newCosigner(parts[0], raw[1:])
	if err != nil {
		return nil, err
	}
	if c.String() != text {
		return nil, errCosigner
	}
	return c, nil
}

// String is the key as c2sp.org/signed-note writes verifier keys: name+id+key.
func (c *Cosigner) String() string {
	return fmt.Sprintf("%s+%08x+%s", c.name, c.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{cosignatureType}, c.key...)))
}

// Name returns the name on the lines.
func (c *Cosigner) Name() string { return c.name }

// KeyHash returns the key ID on the lines.
func (c *Cosigner) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(c.name+"\n"+string(rune(cosignatureType))), c.key...))
	return binary.BigEndian.Uint32(sum[:])
}

// Verify reports whether sig, the bytes of a line after the key ID, is the cosigner's signature over the text of a checkpoint.
func (c *Cosigner) Verify(text, sig []byte) bool {
	if len(sig) != cosignatureSize {
		return false
	}
	t := binary.BigEndian.Uint64(sig)
	return t <= math.MaxInt64 && ed25519.Verify(c.key, cosigned(text, int64(t)), sig[8:])
}

// cosigned is what is signed: a checkpoint's text and the time.
func cosigned(text []byte, at int64) []byte {
	return append(fmt.Appendf(nil, cosignatureHeader+"time %d\n", at), text...)
}

// Cosign adds the cosigner's line to a signed checkpoint. Sign makes an Ed25519 signature over the bytes that it is given. The caller has
// checked that the log only grew since the last checkpoint that the cosigner signed; without that, a line proves only that the
// cosigner saw it.
func (c *Cosigner) Cosign(p Identity, signed []byte, at time.Time, sign func([]byte) ([]byte, error)) ([]byte, error) {
	if c.name == p.Origin {
		return nil, message.Errorf("a log cannot vouch for itself: the cosigner has its name, %q", c.name)
	}
	cp, _, err := OpenCheckpoint(p, signed)
	if err != nil {
		return nil, err
	}
	sig, err := sign(cosigned([]byte(cp.Text()), at.Unix()))
	if err != nil {
		return nil, message.Errorf("cosigning: %w", err)
	}
	raw := binary.BigEndian.AppendUint32(nil, c.KeyHash())
	raw = append(binary.BigEndian.AppendUint64(raw, uint64(at.Unix())), sig...)
	out := append(append([]byte{}, signed...), "\u2014 "+c.name+" "+base64.StdEncoding.EncodeToString(raw)+"\n"...)
	_, _, err = OpenCosigned(p, out, c)
	return out, err
}

// OpenCosigned verifies a checkpoint that somebody has kept: the log's lines, its
// counter, and, if by is not nil, the cosigner's line, whose time is returned.
func OpenCosigned(p Identity, signed []byte, by *Cosigner) (Checkpoint, time.Time, error) {
	cp, err := p.open(signed)
	if err != nil || by == nil {
		return cp, time.Time{}, err
	}
	at, err := by.CosignedAt(signed)
	if err != nil {
		return Checkpoint{}, time.Time{}, err
	}
	return cp, at, nil
}

// timeOf returns the time in the bytes of a cosigner's line after the key ID.
func timeOf(sig []byte) time.Time { return time.Unix(int64(binary.BigEndian.Uint64(sig)), 0).UTC() }
