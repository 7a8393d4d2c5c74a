package certify_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os/exec"
	"testing"

	"rasure/certify"
	"rasure/certify/statement"
)

const passKeysJob = "01JE0000000000000000000000"

// passKeys are the keys of the vectors in FORMAT.md.
func passKeys(t testing.TB) (*certify.PassKeys, [32]byte, [32]byte) {
	t.Helper()
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(i)
	}
	record := bytes.Repeat([]byte{0xa5}, 213)
	anchor := (&statement.Anchor{Size: 12, Root: sha256.Sum256(nil), Line: record}).Sum("s7.example")
	k, err := certify.NewPassKeys(seed, anchor, passKeysJob)
	if err != nil {
		t.Fatal(err)
	}
	return k, seed, anchor
}

func TestPassKeysVectors(t *testing.T) {
	k, _, anchor := passKeys(t)
	for _, c := range []struct {
		name string
		got  [32]byte
		want string
	}{
		{"anchor", anchor, "b4aa0c14362320f00dc91b6876ac73c3632ad5560eefb93fe0b0ce1cd8f77024"},
		{"pass 1", k.Pass(1), "1001f504bb2f74dd0c1ec781730d09ce9884aec64c77ed3768e93bcaa8886d97"},
		{"pass 3", k.Pass(3), "7245fb3a85ab8a531e12aa6945b1e86f88b68ea2d5d304e7693b21f9af2a2cd6"},
		{"markers 1", k.Markers(1), "28ac9521a5cb1ad3832b269f49e638774bb92fd4569ff765282c8851cfc9f7c0"},
		{"probe 1", k.Probe(1), "b406a3d3203cf3b14cedaf2bdb2a3cb1c5408dd15584d2a7e12d62e19f42e899"},
		{"sample 1", k.Sample(1), "77e87bed89b05b1dc6debb376e5c0446a0ba4f53dcfa8a595cc2da9550cc394f"},
	} {
		if got := hex.EncodeToString(c.got[:]); got != c.want {
			t.Errorf("%s = %s, want %s", c.name, got, c.want)
		}
	}
}

// OpenSSL derives the same keys, by the recipe of FORMAT.md.
func TestPassKeysOpenssl(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	k, seed, anchor := passKeys(t)
	for label, key := range map[string]func(int) [32]byte{
		"rasure/pass/v2": k.Pass, "rasure/markers/v2": k.Markers, "rasure/probe/v2": k.Probe, "rasure/sample/v2": k.Sample,
	} {
		for _, n := range []int{1, 2, 258} {
			info := fmt.Sprintf("%x00%x%08x", label, passKeysJob, n)
			out, err := exec.Command("openssl", "kdf", "-keylen", "32", "-kdfopt", "digest:SHA256", "-kdfopt", "hexkey:"+hex.EncodeToString(seed[:]),
				"-kdfopt", "hexsalt:"+hex.EncodeToString(anchor[:]), "-kdfopt", "hexinfo:"+info, "-binary", "HKDF").CombinedOutput()
			if err != nil {
				t.Fatalf("openssl kdf: %v: %s", err, out)
			}
			if want := key(n); !bytes.Equal(out, want[:]) {
				t.Errorf("%s %d: openssl derives %x, not %x", label, n, out, want)
			}
		}
	}
}

// Every one of the inputs changes every key.
func TestPassKeysDiffer(t *testing.T) {
	_, seed, anchor := passKeys(t)
	seen := map[[32]byte]string{}
	add := func(name string, key [32]byte) {
		if was, ok := seen[key]; ok {
			t.Errorf("%s has the key of %s", name, was)
		}
		seen[key] = name
	}
	for _, c := range []struct {
		name         string
		seed, anchor byte
		job          string
	}{{"the job", 0, 0, passKeysJob}, {"another seed", 1, 0, passKeysJob}, {"another anchor", 0, 1, passKeysJob}, {"another job", 0, 0, "01JE0000000000000000000001"}} {
		s, a := seed, anchor
		s[31] ^= c.seed
		a[31] ^= c.anchor
		k, err := certify.NewPassKeys(s, a, c.job)
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 2; n++ {
			add(fmt.Sprintf("%s, pass %d", c.name, n), k.Pass(n))
			add(fmt.Sprintf("%s, markers %d", c.name, n), k.Markers(n))
			add(fmt.Sprintf("%s, probe %d", c.name, n), k.Probe(n))
			add(fmt.Sprintf("%s, sample %d", c.name, n), k.Sample(n))
		}
	}
}
