package people_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"math/big"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"rasure/certify/people"
	"rasure/certify/statement"
)

// flipped signs with the other one of the two values of s that verify.
type flipped struct {
	ssh.Signer
	curve elliptic.Curve
	high  bool // always the greater one
}

func (f flipped) Sign(random io.Reader, data []byte) (*ssh.Signature, error) {
	sig, err := f.Signer.Sign(random, data)
	if err != nil {
		return nil, err
	}
	var rs struct{ R, S *big.Int }
	if err := ssh.Unmarshal(sig.Blob, &rs); err != nil {
		return nil, err
	}
	n := f.curve.Params().N
	if isHigh := rs.S.Cmp(new(big.Int).Rsh(n, 1)) > 0; isHigh != f.high {
		rs.S.Sub(n, rs.S)
	}
	sig.Blob = ssh.Marshal(rs)
	return sig, nil
}

func act2(t *testing.T) string {
	t.Helper()
	b := &statement.Loss{Media: []statement.Medium{{Number: "A-1", Classification: "secret", Type: "ssd"}}, Noticed: noon, Circumstances: "x"}
	b.ID, b.At, b.Log = "01JKB2M8V00000000000000000", noon, statement.Head{Origin: "office.example", First: statement.Hash{1}, Size: 9, Root: statement.Hash{2}}
	b.Signers = []statement.Signer{{Role: "custodian", Person: "zhao"}, {Role: "secrecy", Person: "wu"}}
	b.Says = statement.SayingOf(b).String()
	text, err := statement.Write(b)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A signature of either form becomes the same line of a statement of version 2, for each kind of ECDSA key. In version 1 it stays as it was made.
func TestLowS(t *testing.T) {
	t.Parallel()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	big, err := ssh.NewSignerFromKey(p384)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]flipped{"ecdsa": {newKey(t, "ecdsa"), elliptic.P256(), true}, "sk-ecdsa": {newKey(t, "sk-ecdsa"), elliptic.P256(), true}, "P-384": {big, elliptic.P384(), true}} {
		sig := mustSign(t, act2(t), people.Custodian, key)
		signed, err := people.Attach([]byte(act2(t)), sig)
		if err != nil {
			t.Fatal(name, err)
		}
		_, sigs, err := people.Open(signed)
		if err != nil || len(sigs) != 1 || bytes.Equal(sigs[0].Armor(), sig.Armor()) {
			t.Errorf("%s: the high s is kept, %v", name, err)
		}
		again, err := people.Attach([]byte(act2(t)), sigs[0])
		if err != nil || !bytes.Equal(again, signed) {
			t.Errorf("%s: the low s is changed, %v", name, err)
		}
		kept := func(text string, role people.Role) bool {
			made := mustSign(t, text, role, key)
			signed, err := people.Attach([]byte(text), made)
			if err != nil {
				t.Fatal(name, err)
			}
			_, sigs, err := people.Open(signed)
			return err == nil && bytes.Equal(sigs[0].Armor(), made.Armor())
		}
		if !kept(text, people.Witness) {
			t.Errorf("%s: version 1 is changed", name)
		}
		if key.high = false; !kept(act2(t), people.Custodian) {
			t.Errorf("%s: a signature with the low s is changed", name)
		}
	}
}

// The lines of version 2 are sorted, in whatever order people sign; those of version 1 stay in that order.
func TestLinesSorted(t *testing.T) {
	t.Parallel()
	keys := []ssh.Signer{newKey(t, "ed25519"), newKey(t, "ed25519"), newKey(t, "ed25519")}
	lines := func(text string, order ...int) []string {
		signed := []byte(text)
		for _, i := range order {
			var err error
			if signed, err = people.Attach(signed, mustSign(t, text, people.Witness, keys[i])); err != nil {
				t.Fatal(err)
			}
		}
		return strings.Split(strings.TrimSpace(string(signed[len(text)+1:])), "\n")
	}
	one, other := lines(act2(t), 0, 1, 2), lines(act2(t), 2, 1, 0)
	if !slices.Equal(one, other) || !slices.IsSorted(one) {
		t.Errorf("the lines are %q, or %q", one, other)
	}
	if one, other := lines(text, 0, 1, 2), lines(text, 2, 1, 0); slices.Equal(one, other) {
		t.Error("those of version 1 are sorted")
	}
}
