package certify_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	signed, pub := sealed(t)
	c, err := open(signed, pub)
	if err != nil {
		t.Fatal(err)
	}
	last := c.Last()
	if c.Outcome != "verified" || c.Level != "clear" || c.Disk.Serial != "001CC0EC" || last.Key != strings.Repeat("0f", 32) || last.Verified != 1<<20 {
		t.Errorf("opened %+v", c)
	}
	if !c.Started.Equal(when) || c.Seconds != 3 {
		t.Errorf("started %v, %d s", c.Started, c.Seconds)
	}
}

// Every byte counts: two files that differ must not both be the certificate. The last character of a signature in
// base64 has loose bits that a lenient decoder ignores.
func TestOpenFindsEveryFlippedBit(t *testing.T) {
	t.Parallel()
	signed, pub := sealed(t)
	end := bytes.Index(signed, []byte("\n\n"))
	for i := range signed {
		bits := []int{i % 8}
		if i > end {
			bits = []int{0, 1, 2, 3, 4, 5, 6, 7} // where an encoding could be loose
		}
		for _, bit := range bits {
			forged := bytes.Clone(signed)
			forged[i] ^= 1 << bit
			if _, err := open(forged, pub); err == nil {
				t.Fatalf("byte %d with bit %d flipped (%q) still verifies", i, bit, forged[max(0, i-10):min(len(forged), i+10)])
			}
		}
	}
}

func TestOpenRefusesAdditions(t *testing.T) {
	t.Parallel()
	signed, pub := sealed(t)
	s2, _ := signer(t)
	other, err := note.Sign(&note.Note{Text: "x\n"}, s2)
	if err != nil {
		t.Fatal(err)
	}
	line := other[bytes.LastIndex(other, []byte("— ")):]
	lines := bytes.SplitAfter(signed, []byte("\n"))
	own := lines[len(lines)-2]
	for name, forged := range map[string][]byte{
		"a newline":             append(bytes.Clone(signed), '\n'),
		"a byte":                append(bytes.Clone(signed), 'x'),
		"a NUL":                 append(bytes.Clone(signed), 0),
		"a stranger's line":     append(bytes.Clone(signed), line...),
		"its own line again":    append(bytes.Clone(signed), own...),
		"a newline before":      append([]byte("\n"), signed...),
		"carriage returns":      bytes.ReplaceAll(signed, []byte("\n"), []byte("\r\n")),
		"nothing but signature": own,
		"nothing":               nil,
		"one byte too few":      signed[:len(signed)-1],
	} {
		if _, err := open(forged, pub); err == nil {
			t.Errorf("with %s it still verifies", name)
		}
	}
}

func TestOpenRefusesOtherTexts(t *testing.T) {
	t.Parallel()
	s, pub := signer(t)
	good := sign(t, certify.KindCertificate, certificate(t, pub), s)
	text, _, _ := strings.Cut(string(good), "\n\n")
	for name, change := range map[string][2]string{
		"an unknown field":  {`"outcome":`, `"approved": true, "outcome":`},
		"a second value":    {"\n}", "\n}{}"},
		"another kind":      {"rasure/certificate/v1", "rasure/certificate/v2"},
		"a begin":           {"rasure/certificate/v1", "rasure/begin/v1"},
		"another name":      {stationName, "station8.archive.example"},
		"a number as text":  {`"size_bytes": 1048576`, `"size_bytes": "1048576"`},
		"another key's sum": {`"key_sha256": "`, `"key_sha256": "00`},
	} {
		forged := strings.Replace(text, change[0], change[1], 1) + "\n"
		if forged == text+"\n" {
			t.Fatalf("%s: nothing to change", name)
		}
		signed, err := note.Sign(&note.Note{Text: forged}, s) // by the true key
		if err != nil {
			t.Fatal(err)
		}
		if _, err := open(signed, pub); err == nil {
			t.Errorf("with %s it opens", name)
		}
	}
}

func TestOpenWithAnotherKey(t *testing.T) {
	t.Parallel()
	signed, _ := sealed(t)
	_, stranger := signer(t)
	if _, err := open(signed, stranger); err == nil {
		t.Error("a stranger's key verifies the certificate")
	}
}

// other signs with a key on another curve.
type other struct {
	key *ecdsa.PrivateKey
	sum [32]byte // of the public key
}

func (o other) Name() string    { return stationName }
func (o other) KeyHash() uint32 { return binary.BigEndian.Uint32(o.sum[:]) }
func (o other) Sign(msg []byte) ([]byte, error) {
	sum := sha256.Sum256(msg)
	return ecdsa.SignASN1(rand.Reader, o.key, sum[:])
}

func TestOpenWithAnotherCurve(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	spki := []byte{}
	if spki, err = x509.MarshalPKIXPublicKey(&key.PublicKey); err != nil {
		t.Fatal(err)
	}
	signed := sign(t, certify.KindCertificate, certificate(t, &key.PublicKey), other{key, sha256.Sum256(spki)})
	for _, pub := range []*ecdsa.PublicKey{&key.PublicKey, nil} {
		if _, err := open(signed, pub); err == nil || !strings.Contains(err.Error(), "P-256") {
			t.Errorf("opened with %v: %v", pub, err)
		}
	}
}

func TestOpensslVerifies(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	signed, pub := sealed(t)
	text, lines, _ := strings.Cut(string(signed), "\n\n")
	sig, err := base64.StdEncoding.DecodeString(strings.TrimSpace(strings.Fields(lines)[2]))
	if err != nil {
		t.Fatal(err)
	}
	pem, err := certify.MarshalPublicKey(pub)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	verify := func(text string) error {
		for name, data := range map[string][]byte{"text": []byte(text), "sig": sig[4:], "pem": pem} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("openssl", "dgst", "-sha256", "-verify", "pem", "-signature", "sig", "text")
		cmd.Dir = dir
		return cmd.Run()
	}
	if err := verify(text + "\n"); err != nil {
		t.Errorf("openssl: %v", err)
	}
	if verify(text+"\n ") == nil {
		t.Error("openssl verifies another text")
	}
}

func FuzzOpen(f *testing.F) {
	signed, pub := sealed(f)
	f.Add(signed)
	f.Add([]byte("rasure/certificate/v1\n{}\n\n— a AAAAAA==\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := open(data, pub); err == nil && !bytes.Equal(data, signed) {
			t.Errorf("%q opens", data)
		}
		certify.CheckEntry(data, pub)
	})
}

// yes takes every signature, so that what surrounds it can be changed.
type yes struct{}

func (yes) Name() string            { return "a" }
func (yes) KeyHash() uint32         { return 0 }
func (yes) Verify(_, _ []byte) bool { return true }

func FuzzOpenNote(f *testing.F) {
	for _, seed := range []string{
		"x\n\n— a AAAAAAA=\n", "x\n\n\n— a AAAAAAA=\n", "\n\n— a AAAAAAA=\n", "\x7fü\n\n— a AAAAAAAA\n", // right
		"\xff\n\n— a AAAAAAA=\n", "\x01\n\n— a AAAAAAA=\n", "x\n— a AAAAAAA=\n", // no text
		"x\n\n— a AAAAAAA=", "x\n\na AAAAAAA=\n", "x\n\n— aAAAAAAA=\n", "x\n\n— b AAAAAAA=\n", "x\n\n— a AQAAAAA=\n", // no line of his
		"x\n\n— a AAAAAA==\n", "x\n\n— a AAAAAAB=\n", "x\n\n— a AAAA\rAAA=\n", // no signature in base64
		"x\n\n— a AAAAAAA=\n— a AAAAAAA=\n", "x\n\n— a AAAAAAA=\n— b AAAAAAA=\n", "x\n\n— a AAAAAAA=\n\n", // more than one
		strings.Repeat("x", certify.MaxBytes) + "\n\n— a AAAAAAA=\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, signed []byte) {
		text, err := certify.OpenNote(signed, yes{})
		n, wrong := note.Open(signed, note.VerifierList(yes{}))
		one := false // what stands here is the one way to write the note
		if wrong == nil && len(n.Sigs) == 1 && len(n.UnverifiedSigs) == 0 && len(signed) <= certify.MaxBytes {
			raw, bad := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64)
			line := "— " + n.Sigs[0].Name + " " + base64.StdEncoding.EncodeToString(raw) + "\n"
			one = bad == nil && bytes.Equal(signed, []byte(n.Text+"\n"+line))
		}
		if (err == nil) != one || one && text != n.Text {
			t.Errorf("%q opens as %q, %v; package note says %+v, %v", signed, text, err, n, wrong)
		}
	})
}

// The text of a statement ends at the first empty line for sed and at the last for this package, so there is no empty line inside.
func TestOpenRefusesEmptyLines(t *testing.T) {
	t.Parallel()
	s, pub := signer(t)
	text := strings.Replace(certify.TextOf(sign(t, certify.KindCertificate, certificate(t, pub), s)), "{\n", "{\n\n", 1)
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(signed, pub); err == nil {
		t.Error("a text with an empty line opens")
	}
}
