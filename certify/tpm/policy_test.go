package tpm_test

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rasure/certify"
	"rasure/certify/tpm"
	"rasure/certify/tpm/tpmtest"
)

// The policies are those that a TPM computes, asked by the tools of others.
func TestPolicyOfATPM(t *testing.T) {
	t.Parallel()
	needs(t, "tpm2_policyauthorize")
	b := newBound(t)
	a := approve(t, b.publisher, 5, append(image("A"), tpmtest.Measured{PCR: 13, SHA256: sum("extension")})...)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	run := func(program string, args ...string) string {
		t.Helper()
		c := exec.Command(program, args...)
		c.Env = append(os.Environ(), "TPM2TOOLS_TCTI=swtpm:path="+strings.TrimPrefix(b.Address(), "unix:"))
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", program, args, err, out)
		}
		return string(out)
	}
	file := func(name string, data []byte) {
		t.Helper()
		check(t, os.WriteFile(at(name), data, 0o600))
	}
	read := func(name string) string { return hex.EncodeToString(readFile(t, dir, name)) }
	for name, key := range map[string]*tpm.Approval{"publisher": {Authority: &b.publisher.PublicKey}, "office": {Authority: &b.office.PublicKey}} {
		pem, err := certify.MarshalPublicKey(key.Authority)
		check(t, err)
		file(name+".pem", pem)
		run("tpm2_loadexternal", "-C", "o", "-G", "ecc", "-u", at(name+".pem"), "-a", "sign|userwithauth", "-c", at(name+".ctx"), "-n", at(name+".name"))
		run("tpm2_flushcontext", "-t")
	}
	file("ref", []byte("rasure/boot-approval/v2"))
	trial := func(steps func()) {
		t.Helper()
		run("tpm2_startauthsession", "-S", at("session"))
		steps()
		run("tpm2_flushcontext", at("session"))
	}
	for _, name := range []string{"publisher", "office"} {
		trial(func() {
			run("tpm2_policyauthorize", "-S", at("session"), "-L", at(name+".policy"), "-q", at("ref"), "-n", at(name+".name"))
		})
	}
	trial(func() {
		run("tpm2_policyor", "-S", at("session"), "-L", at("policy"), "sha256:"+at("publisher.policy")+","+at("office.policy"))
	})
	one, err := tpm.PolicyOf(&b.office.PublicKey)
	if want := read("office.policy"); err != nil || one.String() != want {
		t.Errorf("bound to one: %s, the TPM says %s, %v", one, want, err)
	}
	if want := read("policy"); b.s.Policy().String() != want {
		t.Errorf("bound to two: %s, the TPM says %s", b.s.Policy(), want)
	}
	// What is approved: openssl signs it.
	for i, p := range [][32]byte{a.PCR4, a.PCR11, a.PCR12, a.PCR13} {
		file("pcrs", append([]byte{}, p[:]...))
		if i > 0 {
			file("pcrs", append(readFile(t, dir, "all"), p[:]...))
		}
		file("all", readFile(t, dir, "pcrs"))
	}
	file("version", []byte{0, 0, 0, 0, 0, 0, 0, 5})
	trial(func() {
		run("tpm2_policypcr", "-S", at("session"), "-l", "sha256:4,11,12,13", "-f", at("pcrs"))
		run("tpm2_policynv", "-S", at("session"), "-i", at("version"), "-L", at("approved"), "-C", "0x01800ba0", "0x01800ba0", "ule")
	})
	file("signed", append(readFile(t, dir, "approved"), "rasure/boot-approval/v2"...))
	der, err := certify.DERSignature(a.Signature)
	check(t, err)
	file("signature", der)
	if out := run("openssl", "dgst", "-sha256", "-verify", at("publisher.pem"), "-signature", at("signature"), at("signed")); out != "Verified OK\n" {
		t.Error(out)
	}
}
