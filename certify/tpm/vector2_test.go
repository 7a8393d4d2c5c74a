package tpm_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/tpm"
)

func publicKeyOf(t testing.TB, name string) *ecdsa.PublicKey {
	t.Helper()
	key, err := certify.ParsePublicKey(readFile(t, "testdata/v2", name))
	check(t, err)
	return key
}

func TestVectorOfABoundKey(t *testing.T) {
	t.Parallel()
	publisher, office, station := publicKeyOf(t, "publisher.pem"), publicKeyOf(t, "office.pem"), publicKeyOf(t, "station.pem")
	policy, err := tpm.PolicyOf(publisher, office)
	want := strings.TrimSpace(string(readFile(t, "testdata/v2/policy")))
	if err != nil || policy.String() != want {
		t.Fatalf("policy %s, want %s, %v", policy, want, err)
	}
	if swapped, err := tpm.PolicyOf(office, publisher); err != nil || swapped == policy {
		t.Errorf("the office first: %s, %v", swapped, err)
	}
	all, err := tpm.ReadApprovals(string(readFile(t, "testdata/v2/approval")))
	if err != nil || len(all) != 2 || all[0].Start != "direct" || all[1].Start != "direct-secure-boot" || all[1].Version != 3 || !all[0].Authority.Equal(publisher) {
		t.Errorf("%+v, %v", all, err)
	}
	text, line := readFile(t, "testdata/v2/text"), readFile(t, "testdata/v2/attestation.bin")
	v, err := tpm.NewAttestationVerifier("station7.archive.example", station, nvIndex, policy)
	check(t, err)
	if a, err := v.Open(text, line); err != nil || v.KeyHash() != 0x91f7a77e || a.Counter != 5 || a.Clock != 1743 || a.ResetCount != 3 || a.Safe {
		t.Errorf("%08x, %+v, %v", v.KeyHash(), a, err)
	}
	if n, err := note.Open(readFile(t, "testdata/v2/note"), note.VerifierList(v)); err != nil || n.Text != string(text) {
		t.Errorf("%+v, %v", n, err)
	}
	for what, other := range map[string]tpm.Policy{"another policy": {1}, "no policy": {}} {
		v, err := tpm.NewAttestationVerifier("station7.archive.example", station, nvIndex, other)
		check(t, err)
		if v.Verify(text, line) || v.KeyHash() == 0x91f7a77e {
			t.Errorf("with %s it verifies, or has the same key ID", what)
		}
	}

	// The other s of the same signature: version 2 has one way to write it.
	var sig struct{ R, S *big.Int }
	_, err = asn1.Unmarshal(line[stated:], &sig)
	check(t, err)
	sig.S.Sub(elliptic.P256().Params().N, sig.S)
	der, err := asn1.Marshal(sig)
	check(t, err)
	if v.Verify(text, append(bytes.Clone(line[:stated]), der...)) {
		t.Error("the high s is accepted")
	}
}

func TestPolicyText(t *testing.T) {
	t.Parallel()
	p := tpm.Policy{0xab, 31: 1}
	if again, err := tpm.ParsePolicy(p.String()); err != nil || again != p {
		t.Errorf("%s, %v", again, err)
	}
	if none, err := tpm.ParsePolicy(""); err != nil || !none.IsZero() {
		t.Errorf("%s, %v", none, err)
	}
	for _, s := range []string{"ab", strings.ToUpper(p.String()), p.String() + "00", strings.Repeat("0", 64), " "} {
		if _, err := tpm.ParsePolicy(s); err == nil {
			t.Errorf("%q is a policy", s)
		}
	}
}

func TestApprovalsRefused(t *testing.T) {
	t.Parallel()
	good := string(readFile(t, "testdata/v2/approval"))
	for name, change := range map[string]func(string) string{
		"another PCR 4":   func(s string) string { return strings.Replace(s, "fe8e9d89", "fe8e9d88", 1) },
		"another PCR 12":  func(s string) string { return strings.Replace(s, `"pcr_12": "00`, `"pcr_12": "01`, 1) },
		"another version": func(s string) string { return strings.Replace(s, `"version": 3`, `"version": 4`, 1) },
		"the signatures exchanged": func(s string) string {
			return strings.NewReplacer("AIqc7eK2Rq", "XemmhoC5b4", "XemmhoC5b4", "AIqc7eK2Rq").Replace(s)
		},
		"no boots":            func(s string) string { return s[:strings.Index(s, "[")] + "[]\n}\n" },
		"another first line":  func(s string) string { return strings.Replace(s, "/v2", "/v3", 1) },
		"a signature cut off": func(s string) string { return strings.Replace(s, "Eqpw==", "Eg==", 1)[:len(s)-4] },
		"not a key":           func(s string) string { return strings.Replace(s, "MFkwEwYH", "MFkwEwYI", 1) },
		"nothing":             func(string) string { return "" },
	} {
		if _, err := tpm.ReadApprovals(change(good)); err == nil || change(good) == good {
			t.Errorf("%s: %v", name, err)
		}
	}
}
