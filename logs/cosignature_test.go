package logs_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rasure/logs"
)

var auditor = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

func signAsAuditor(msg []byte) ([]byte, error) { return ed25519.Sign(auditor, msg), nil }

func newCosigner(t testing.TB) *logs.Cosigner {
	t.Helper()
	c, err := logs.NewCosigner("secrecy.office.example", auditor.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCosign(t *testing.T) {
	t.Parallel()
	p, signed := goldenCheckpoint(t)
	c := newCosigner(t)
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	both, err := c.Cosign(p, signed, at, signAsAuditor)
	if err != nil {
		t.Fatal(err)
	}
	cp, seen, err := logs.OpenCosigned(p, both, c)
	if err != nil || cp.Size != goldenSize || !seen.Equal(at) {
		t.Fatalf("%v, %v, %v", cp, seen, err)
	}
	if _, _, err := logs.OpenCheckpoint(p, both); err != nil {
		t.Errorf("a reader that does not know the cosigner refuses it: %v", err)
	}
	text, _, _ := bytes.Cut(signed, []byte("\n\n"))
	line := both[len(signed):]
	for _, tt := range []struct {
		name   string
		signed []byte
		want   string
	}{
		{"not cosigned", signed, "not cosigned"},
		{"cosigned twice", append(bytes.Clone(both), line...), "malformed"},
		{"another size", bytes.Replace(both, text, bytes.Replace(text, []byte("300"), []byte("301"), 1), 1), "invalid signature"},
		{"another time", append(bytes.Clone(signed), turned(t, line, 10)...), "invalid signature"},
		{"another key id", append(bytes.Clone(signed), turned(t, line, 0)...), "not cosigned"},
		{"a shorter signature", append(bytes.Clone(signed), resized(t, line, -1)...), "invalid signature"},
		{"a longer signature", append(bytes.Clone(signed), resized(t, line, 1)...), "invalid signature"},
		{"only the cosigner", append(append(bytes.Clone(text), "\n\n"...), line...), "no verifiable signatures"},
	} {
		if _, _, err := logs.OpenCosigned(p, tt.signed, c); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want one with %q", tt.name, err, tt.want)
		}
	}
	_, err = c.Cosign(p, bytes.Replace(signed, []byte("300"), []byte("301"), 1), at, signAsAuditor)
	if err == nil {
		t.Error("a checkpoint that the log has not signed is cosigned")
	}
	lost := errors.New("the stick is gone")
	if _, err := c.Cosign(p, signed, at, func([]byte) ([]byte, error) { return nil, lost }); !errors.Is(err, lost) {
		t.Errorf("error is %v", err)
	}
	if _, err := c.Cosign(p, signed, at, func([]byte) ([]byte, error) { return make([]byte, 64), nil }); err == nil {
		t.Error("a signature that does not verify is handed out")
	}
	same, err := logs.NewCosigner(origin, auditor.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := same.Cosign(p, signed, at, signAsAuditor); err == nil {
		t.Error("a log vouches for itself")
	}
}

func goldenCheckpoint(t testing.TB) (logs.Identity, []byte) {
	t.Helper()
	signed, err := os.ReadFile("testdata/v1/log/checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	return plain().Identity, signed
}

func rawLine(t *testing.T, line []byte) (string, []byte) {
	t.Helper()
	i := bytes.LastIndexByte(line, ' ')
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(line[i:])))
	if err != nil {
		t.Fatal(err)
	}
	return string(line[:i+1]), raw
}

func turned(t *testing.T, line []byte, at int) string {
	head, raw := rawLine(t, line)
	raw[at] ^= 1
	return head + base64.StdEncoding.EncodeToString(raw) + "\n"
}

func resized(t *testing.T, line []byte, by int) string {
	head, raw := rawLine(t, line)
	return head + base64.StdEncoding.EncodeToString(append(raw, 0)[:len(raw)+by]) + "\n"
}

// The first key is that of a public witness, so its id was computed by other software.
func TestParseCosigner(t *testing.T) {
	t.Parallel()
	const known = "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G"
	for _, text := range []string{known, newCosigner(t).String()} {
		if c, err := logs.ParseCosigner(text); err != nil || c.String() != text {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"", "a", "a+b", "a+b+c", known + "A", strings.Replace(known, "a3e00fe2", "a3e00fe3", 1),
		strings.Replace(known, "a3e00fe2", "A3E00FE2", 1), strings.Replace(known, "+BN", "+AN", 1), strings.Replace(known, "witness", "wit ness", 1)} {
		if _, err := logs.ParseCosigner(text); err == nil {
			t.Errorf("%q is a key", text)
		}
	}
}

func TestCosignOpenssl(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is missing")
	}
	p, signed := goldenCheckpoint(t)
	c := newCosigner(t)
	both, err := c.Cosign(p, signed, time.Unix(1777636800, 0), signAsAuditor)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("checkpoint", both)
	// RFC 8410: the public key is the last 32 bytes of the SubjectPublicKeyInfo.
	write("key.der", append([]byte("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"), auditor.Public().(ed25519.PublicKey)...))
	script := `set -e
sed '/^$/,$d' checkpoint > text
tail -n 1 checkpoint | cut -d' ' -f3 | base64 -d > raw
{ printf 'cosignature/v1\ntime %d\n' $((0x$(head -c 12 raw | tail -c 8 | od -An -tx1 | tr -d ' \n'))); cat text; } > cosigned
tail -c 64 raw > signature
openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in cosigned -sigfile signature`
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	write("checkpoint", bytes.Replace(both, []byte("300"), []byte("301"), 1))
	cmd = exec.Command("sh", "-c", script)
	cmd.Dir = dir
	if cmd.Run() == nil {
		t.Error("openssl verifies another text")
	}
}

func FuzzParseCosigner(f *testing.F) {
	f.Add(newCosigner(f).String())
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := logs.ParseCosigner(text); err == nil && c.String() != text {
			t.Errorf("%q is written as %q", text, c)
		}
	})
}
