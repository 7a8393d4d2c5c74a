package people_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"rasure/certify/people"
)

func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSSHKeygenVerifies(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"ed25519", "ecdsa", "rsa", "sk-ed25519", "sk-ecdsa"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			key := newKey(t, kind)
			signed := attach(t, text, people.Witness, key)
			body, sigs, err := people.Open(signed)
			if err != nil || len(sigs) != 1 || sigs[0].Role != people.Witness {
				t.Fatalf("%v, %v", sigs, err)
			}
			allowed := writeFile(t, "allowed", []byte(`li@office namespaces="rasure-witness" `+publicLine(key)+"\n"))
			sig := writeFile(t, "text.sig", sigs[0].Armor())
			verify := []string{"-Y", "verify", "-f", allowed, "-I", "li@office", "-n", "rasure-witness", "-s", sig}
			if err := keygen(t, body, verify...); err != nil {
				t.Errorf("ssh-keygen refuses our signature: %v", err)
			}
			if err := keygen(t, body+" ", verify...); err == nil {
				t.Error("ssh-keygen takes it for another text")
			}
		})
	}
}

func TestSSHKeygenSigns(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			key, file := filepath.Join(dir, "key"), filepath.Join(dir, "text")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if keygen(t, "", "-q", "-t", kind, "-N", "", "-f", key) != nil || keygen(t, "", "-Y", "sign", "-n", "rasure-witness", "-f", key, file) != nil {
				t.Fatal("ssh-keygen does not sign")
			}
			armored, err := os.ReadFile(file + ".sig")
			if err != nil {
				t.Fatal(err)
			}
			sig, err := people.ParseArmor(armored)
			if err != nil || sig.Role != people.Witness {
				t.Fatalf("%v, %v", sig.Role, err)
			}
			if string(sig.Armor()) != string(armored) {
				t.Error("the file does not come out again as it went in")
			}
			if _, err := people.Attach([]byte(text), sig); err != nil {
				t.Errorf("we refuse the signature: %v", err)
			}
			_, err = people.Attach([]byte(strings.Replace(text, "8d", "8e", 1)), sig)
			wants(t, err, "does not match")
		})
	}
}

// The two must agree on when a key counts, to the second: what the auditor checks with ssh-keygen years later must not
// differ from what rasure said.
func TestSSHKeygenAgreesOnSigners(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		options string
		role    people.Role
		at      string // in the form of ssh-keygen -O verify-time
		want    bool
	}{
		{`namespaces="rasure-witness"`, people.Witness, "20260501120000Z", true},
		{`namespaces="rasure-witness"`, people.Approver, "20260501120000Z", false},
		{`namespaces="rasure-custodian,rasure-witness"`, people.Witness, "20260501120000Z", true},
		{`namespaces="rasure-w*"`, people.Witness, "20260501120000Z", true},
		{`namespaces="rasure-*,!rasure-roster,!rasure-witness"`, people.Witness, "20260501120000Z", false},
		{`namespaces="!rasure-witness,!rasure-roster,rasure-*"`, people.Witness, "20260501120000Z", false},
		{`namespaces="!rasure-approve"`, people.Witness, "20260501120000Z", false},
		{`namespaces="rasure-witnes?"`, people.Witness, "20260501120000Z", true},
		{`namespaces="rasure-witnes"`, people.Witness, "20260501120000Z", false},
		{`namespaces="rasure-witness",valid-after="20260501120000Z"`, people.Witness, "20260501120000Z", true},
		{`namespaces="rasure-witness",valid-after="20260501120001Z"`, people.Witness, "20260501120000Z", false},
		{`namespaces="rasure-witness",valid-before="20260501120000Z"`, people.Witness, "20260501120000Z", true},
		{`namespaces="rasure-witness",valid-before="20260501115959Z"`, people.Witness, "20260501120000Z", false},
		{`valid-before="202605011201Z",namespaces="rasure-witness",valid-after="20260501Z"`, people.Witness, "20260501120000Z", true},
	} {
		t.Run(tt.options, func(t *testing.T) {
			t.Parallel()
			key := newKey(t, "ed25519")
			signer := mustSigner(t, "li@office "+tt.options+" "+publicLine(key))
			root := newKey(t, "ed25519")
			draft, err := people.NewRoster(nil, noon, 1, []people.Signer{mustSigner(t, `zhao@office namespaces="rasure-roster" `+publicLine(root))}, []people.Signer{signer})
			if err != nil {
				t.Fatal(err)
			}
			roster, err := people.OpenRoster(attach(t, draft, people.Root, root), nil)
			if err != nil {
				t.Fatal(err)
			}
			sig := mustSign(t, text, tt.role, key)
			person, err := roster.Verify([]byte(text), sig, tt.role, noon)
			if (err == nil) != tt.want || err == nil && person.Principal != "li@office" {
				t.Errorf("Verify = %v, %v, want ok %v", person, err, tt.want)
			}
			allowed, armor := writeFile(t, "allowed", roster.AllowedSigners()), writeFile(t, "sig", sig.Armor())
			err = keygen(t, text, "-Y", "verify", "-f", allowed, "-I", "li@office", "-n", tt.role.Namespace(), "-O", "verify-time="+tt.at, "-s", armor)
			if (err == nil) != tt.want {
				t.Errorf("ssh-keygen says %v, want ok %v", err, tt.want)
			}
		})
	}
}

var _ ssh.Signer = (*token)(nil)
