package logs_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"rasure/logs"
)

// proven returns a log of 5 entries and the proof of one of them.
func proven(t testing.TB, index int64) (logs.Identity, []byte) {
	t.Helper()
	o := counted(&counter{v: 40}, 40)
	l, _ := create(t, o, 5)
	p, err := l.Prove(index)
	if err != nil {
		t.Fatal(err)
	}
	return o.Identity, p
}

func TestVerifyDamagedProof(t *testing.T) {
	t.Parallel()
	policy, proof := proven(t, 3)
	if _, err := logs.Verify(policy, short(3), proof); err != nil {
		t.Fatal(err)
	}
	for i := range proof {
		last := i+1 == len(proof) || proof[i+1] == '\n' || proof[i+1] == '='
		for b := range 256 {
			bad := bytes.Clone(proof)
			if d := bad[i] ^ byte(b); d == 0 || !last && bits.OnesCount8(d) != 1 {
				continue // the last character of base64 has bits to play with: there all
			}
			bad[i] = byte(b)
			if _, err := logs.Verify(policy, short(3), bad); err == nil {
				t.Errorf("byte %d of the proof is %q and not %q, and this was not noticed", i, byte(b), proof[i])
			}
		}
	}
	for n := range proof {
		if _, err := logs.Verify(policy, short(3), proof[:n]); err == nil {
			t.Errorf("a proof cut off after %d bytes verifies", n)
		}
	}
}

func TestVerifyDamagedEntry(t *testing.T) {
	t.Parallel()
	policy, proof := proven(t, 3)
	entry := short(3)
	for i := range len(entry) * 8 {
		bad := bytes.Clone(entry)
		bad[i/8] ^= 1 << (i % 8)
		if _, err := logs.Verify(policy, bad, proof); err == nil {
			t.Errorf("bit %d of the entry changed, and this was not noticed", i)
		}
	}
}

func TestVerifyOtherEntry(t *testing.T) {
	t.Parallel()
	o := counted(&counter{v: 40}, 40)
	l, _ := create(t, o, 12)
	for i := range int64(12) {
		p, err := l.Prove(i)
		if err != nil {
			t.Fatal(err)
		}
		for j := range int64(12) {
			inc, err := logs.Verify(o.Identity, short(j), p)
			if (err == nil) != (i == j) || err == nil && inc.Index != i {
				t.Errorf("the proof of %d for entry %d: %+v, %v", i, j, inc, err)
			}
		}
	}
	for _, i := range []int64{-1, 12, 1 << 62} {
		if _, err := l.Prove(i); err == nil {
			t.Errorf("Prove(%d) of 12 entries succeeds", i)
		}
		if _, err := l.Entry(i); err == nil {
			t.Errorf("Entry(%d) of 12 entries succeeds", i)
		}
	}
}

func TestVerifyMalformed(t *testing.T) {
	t.Parallel()
	policy, good := proven(t, 0)
	re := func(old, new string) string {
		if !strings.Contains(string(good), old) {
			t.Fatalf("the proof has no %q", old)
		}
		return strings.Replace(string(good), old, new, 1)
	}
	for name, bad := range map[string]string{
		"empty":               "",
		"another version":     re("@v1", "@v2"),
		"an extra line":       re("index", "extra AAAA\nindex"),
		"leading zero":        re("index 0", "index 00"),
		"sign":                re("index 0", "index +0"),
		"negative":            re("index 0", "index -1"),
		"huge index":          re("index 0", "index 9223372036854775807"),
		"index over 64 bits":  re("index 0", "index 18446744073709551616"),
		"no index":            re("index 0\n", ""),
		"carriage return":     re("index 0\n", "index 0\r\n"),
		"loose base64":        re("=\n", "\r=\n"),
		"short hash":          re("index 0\n", "index 0\nAAAA\n"),
		"an endless path":     re("index 0\n", "index 0\n"+strings.Repeat("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 100_000)),
		"blank line too soon": re("index 0\n", "index 0\n\n"),
	} {
		_, err := logs.Verify(policy, short(0), []byte(bad))
		if err == nil {
			t.Errorf("%s: verifies", name)
		} else if name != "blank line too soon" && err.Error() != "malformed proof" {
			t.Errorf("%s: %v, want malformed proof", name, err)
		}
	}
}

// A size that is counted up to would keep this test until its deadline.
func TestVerifyHostileSize(t *testing.T) {
	t.Parallel()
	o := plain()
	path := strings.Repeat("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", 64)
	for _, size := range []string{"4611686018427387905", "9223372036854775807", "281474976710657", "18446744073709551616", "-1", "007", "1e3", ""} {
		root := sha256.Sum256(nil)
		text := fmt.Sprintf("%s\n%s\n%s\n", origin, size, base64.StdEncoding.EncodeToString(root[:]))
		signed, err := note.Sign(&note.Note{Text: text}, o.Signers...)
		if err != nil {
			t.Fatal(err)
		}
		proof := append([]byte("c2sp.org/tlog-proof@v1\nindex 3\n"+path+"\n"), signed...)
		if _, err := logs.Verify(o.Identity, nil, proof); err == nil {
			t.Errorf("size %s: verifies", size)
		}
	}
}
