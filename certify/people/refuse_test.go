package people_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/certify/people"
)

// sshsig builds a blob of PROTOCOL.sshsig by hand, to say what no signer of ours would.
func sshsig(t testing.TB, s ssh.Signer, version uint32, namespace string, reserved []byte, hash string, sig *ssh.Signature) []byte {
	t.Helper()
	blob := ssh.Marshal(struct {
		Version   uint32
		Key       []byte
		Namespace string
		Reserved  []byte
		Hash      string
		Sig       []byte
	}{version, s.PublicKey().Marshal(), namespace, reserved, hash, ssh.Marshal(sig)})
	return append([]byte("SSHSIG"), blob...)
}

func armor(blob []byte) []byte {
	return []byte("-----BEGIN SSH SIGNATURE-----\n" + base64.StdEncoding.EncodeToString(blob) + "\n-----END SSH SIGNATURE-----\n")
}

func TestParseBlobRefuses(t *testing.T) {
	t.Parallel()
	key, rsaKey, weak, fido := newKey(t, "ed25519"), newKey(t, "rsa"), newKey(t, "rsa1024"), newKey(t, "sk-ed25519")
	sig := &ssh.Signature{Format: ssh.KeyAlgoED25519, Blob: make([]byte, 64)}
	for _, tt := range []struct {
		name string
		blob []byte
		want string // "" where it must be read
	}{
		{"as it should be", sshsig(t, key, 1, "rasure-witness", nil, "sha512", sig), ""},
		{"sha256", sshsig(t, key, 1, "rasure-witness", nil, "sha256", sig), ""},
		{"version 2", sshsig(t, key, 2, "rasure-witness", nil, "sha512", sig), "malformed"},
		{"something in reserved", sshsig(t, key, 1, "rasure-witness", []byte{1}, "sha512", sig), "malformed"},
		{"sha1", sshsig(t, key, 1, "rasure-witness", nil, "sha1", sig), "malformed"},
		{"a namespace of git", sshsig(t, key, 1, "git", nil, "sha512", sig), "not a role of rasure"},
		{"a role that is none", sshsig(t, key, 1, "rasure-king", nil, "sha512", sig), "unknown role"},
		{"bytes behind", append(sshsig(t, key, 1, "rasure-witness", nil, "sha512", sig), 0), "malformed"},
		{"bytes behind the signature", sshsig(t, key, 1, "rasure-witness", nil, "sha512", &ssh.Signature{Format: sig.Format, Blob: sig.Blob, Rest: []byte{1, 0, 0, 0, 1}}), "malformed"},
		{"a token without flags", sshsig(t, fido, 1, "rasure-witness", nil, "sha512", &ssh.Signature{Format: ssh.KeyAlgoSKED25519, Blob: sig.Blob}), "malformed"},
		{"RSA by SHA-1", sshsig(t, rsaKey, 1, "rasure-witness", nil, "sha512", &ssh.Signature{Format: ssh.KeyAlgoRSA, Blob: make([]byte, 256)}), "SHA-1"},
		{"RSA with 1024 bits", sshsig(t, weak, 1, "rasure-witness", nil, "sha512", &ssh.Signature{Format: ssh.KeyAlgoRSASHA512, Blob: make([]byte, 128)}), "fewer than 2048 bits"},
		{"nothing", nil, "malformed"},
	} {
		_, err := people.ParseArmor(armor(tt.blob))
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want one with %q", tt.name, err, tt.want)
		}
	}
	_, err := people.Sign([]byte(text), people.Witness, weak)
	wants(t, err, "fewer than 2048 bits")
}

func TestFIDOUserPresence(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sk-ed25519", "sk-ecdsa"} {
		key := newToken(t, kind)
		touched := mustSign(t, text, people.Witness, key)
		if _, err := people.Attach([]byte(text), touched); err != nil {
			t.Fatal(err)
		}
		key.flags = 4 // user verified by PIN, but not present
		_, err := people.Sign([]byte(text), people.Witness, key)
		wants(t, err, "without user presence")
		blob := touchedBlob(t, key)
		sig, err := people.ParseArmor(armor(blob))
		if err != nil {
			t.Fatal(err)
		}
		_, err = people.Attach([]byte(text), sig)
		wants(t, err, "without user presence")
	}
}

// touchedBlob has the token sign the text with the flags it has now, by hand.
func touchedBlob(t *testing.T, k *token) []byte {
	t.Helper()
	const sum = "sha256"
	sig, err := k.Sign(nil, append([]byte("SSHSIG"), ssh.Marshal(struct {
		Namespace string
		Reserved  []byte
		Hash      string
		Sum       []byte
	}{"rasure-witness", nil, sum, sha(text)})...))
	if err != nil {
		t.Fatal(err)
	}
	return sshsig(t, k, 1, "rasure-witness", nil, sum, sig)
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	one, two := newKey(t, "ed25519"), newKey(t, "ecdsa")
	signed := string(attach(t, text, people.Witness, one, two))
	if _, sigs, err := people.Open([]byte(signed)); err != nil || len(sigs) != 2 {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimPrefix(signed, text+"\n"), "\n")[:2]
	both := mustSign(t, text, people.Approver, one)
	asBoth := string(attachLine(t, both))
	for _, tt := range []struct{ name, signed, want string }{
		{"a changed text", strings.Replace(signed, "8d", "8e", 1), "does not match"},
		{"one line twice", signed + lines[0], "signs twice"},
		{"one key in two roles", signed + asBoth, "signs twice"},
		{"no line", text + "\n", "malformed"},
		{"a text alone", text, "malformed"},
		{"another name", strings.Replace(signed, "— rasure-witness", "— rasure-approve", 1), "malformed"},
		{"another key id", text + "\n" + strings.Replace(lines[0], lines[0][len("— rasure-witness "):][:4], "AAAA", 1), "malformed"},
		{"no newline at the end", strings.TrimSuffix(signed, "\n"), "malformed"},
		{"an empty line at the end", signed + "\n", "malformed"},
		{"a line of a station", signed + "— station7 AAAAAAAA\n", "malformed SSH signature"},
		{"a space at the end", strings.TrimSuffix(signed, "\n") + " \n", "malformed"},
	} {
		if _, _, err := people.Open([]byte(tt.signed)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want one with %q", tt.name, err, tt.want)
		}
	}
	hole := "rasure/witness/v1\n{\n\n}\n"
	sig := mustSign(t, hole, people.Witness, one)
	blob, err := base64.StdEncoding.DecodeString(strings.Join(strings.Split(strings.TrimSpace(string(sig.Armor())), "\n")[1:strings.Count(string(sig.Armor()), "\n")-1], ""))
	if err != nil {
		t.Fatal(err)
	}
	head, raw, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(lines[0], "— ")), " ")
	id, err := base64.StdEncoding.DecodeString(raw)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = people.Open([]byte(hole + "\n— " + head + " " + base64.StdEncoding.EncodeToString(append(id[:4], blob...)) + "\n"))
	wants(t, err, "an empty line in its text")
	for _, tt := range []struct{ name, text, want string }{
		{"an empty line", "rasure/witness/v1\n{\n\n}\n", "malformed"},
		{"an escape", "rasure/witness/v1\n\x1b[2J\n", "control character"},
		{"a carriage return", "rasure/witness/v1\r\n", "control character"},
		{"no newline", "rasure/witness/v1", "malformed"},
		{"not UTF-8", "rasure/witness/v1\n\xff\n", "malformed"},
		{"not a role of rasure", "hello\n", "malformed"},
	} {
		if _, err := people.Attach([]byte(tt.text), mustSign(t, tt.text, people.Witness, one)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want one with %q", tt.name, err, tt.want)
		}
	}
	if again, err := people.Attach(attach(t, text, people.Witness, one), mustSign(t, text, people.Witness, two)); err != nil {
		t.Error(err)
	} else if _, sigs, err := people.Open(again); err != nil || len(sigs) != 2 {
		t.Errorf("%d signatures, %v", len(sigs), err)
	}
}

func attachLine(t *testing.T, sig people.Signature) []byte {
	t.Helper()
	signed, err := people.Attach([]byte(text), sig)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimPrefix(signed, []byte(text+"\n"))
}

func TestParseSignerRefuses(t *testing.T) {
	t.Parallel()
	key := publicLine(newKey(t, "ed25519"))
	weak := publicLine(newKey(t, "rsa1024"))
	ca := strings.Replace(key, "ssh-ed25519", "ssh-dss", 1)
	for _, tt := range []struct{ line, want string }{
		{`li@office namespaces="rasure-witness" ` + key, ""},
		{`李雷@office namespaces="rasure-witness" ` + key + " a comment", ""},
		{"\U0002ebf0\U000323b0@office namespaces=\"rasure-witness\" " + key, ""}, // ideographs of the extensions I and J
		{`li@office NAMESPACES="rasure-witness" ` + key, ""},
		{`li@office ` + key, "every role"},
		{`li@office cert-authority,namespaces="rasure-witness" ` + key, "certificate authorities"},
		{`*@office namespaces="rasure-witness" ` + key, "not a pattern"},
		{`li@office,wu@office namespaces="rasure-witness" ` + key, "not a pattern"},
		{`!li@office namespaces="rasure-witness" ` + key, "not a pattern"},
		{`li@office namespaces="" ` + key, "empty namespace"},
		{`li@office namespaces="rasure-witness",namespaces="rasure-approve" ` + key, "twice"},
		{`li@office namespaces="rasure-[a-z]*" ` + key, "are allowed"},
		{`li@office namespaces="rasure-witness",valid-after="20260101" ` + key, "Z of UTC"},
		{`li@office namespaces="rasure-witness",valid-after="20261301Z" ` + key, "Z of UTC"},
		{`li@office namespaces="rasure-witness",valid-after="20260102Z",valid-before="20260101Z" ` + key, "not after"},
		{`li@office namespaces="rasure-witness",no-touch-required ` + key, "quotation"},
		{`li@office namespaces=rasure-witness ` + key, "quotation"},
		{`li@office namespaces="rasure-witness" ` + ca, "no key"},
		{`li@office namespaces="rasure-witness" ` + weak, "fewer than 2048 bits"},
		{`li@office namespaces="rasure-witness"`, "no key"},
		{`li@office`, "not a name"},
		{``, "not a name"},
	} {
		s, err := people.ParseSigner(tt.line)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.line, err)
			} else if again, err := people.ParseSigner(s.String()); err != nil || again.String() != s.String() {
				t.Errorf("%s is written as %s", tt.line, s)
			}
		} else if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want one with %q", tt.line, err, tt.want)
		}
	}
}

func TestRosterVerify(t *testing.T) {
	t.Parallel()
	o := newOffice(t, map[string]string{
		"li":   `namespaces="rasure-witness"`,
		"wu":   `namespaces="rasure-approve",valid-after="20260501000000Z",valid-before="20260502000000Z"`,
		"chen": `namespaces="rasure-custodian"`,
	})
	stranger := newKey(t, "ed25519")
	for _, tt := range []struct {
		name string
		key  ssh.Signer
		as   people.Role
		in   people.Role
		at   time.Time
		want string // the person, or part of the error
		ok   bool
	}{
		{"a witness", o.keys["li"], people.Witness, people.Witness, noon, "li@office", true},
		{"a witness as approver", o.keys["li"], people.Approver, people.Approver, noon, "may not sign as approve", false},
		{"a witness's signature taken for an approval", o.keys["li"], people.Witness, people.Approver, noon, "signs as witness, not as approve", false},
		{"an approver", o.keys["wu"], people.Approver, people.Approver, noon, "wu@office", true},
		{"too early", o.keys["wu"], people.Approver, people.Approver, noon.AddDate(0, 0, -1), "valid only from", false},
		{"too late", o.keys["wu"], people.Approver, people.Approver, noon.AddDate(0, 0, 1), "valid only until", false},
		{"a stranger", stranger, people.Witness, people.Witness, noon, "not in roster 1", false},
		{"a root as witness", o.roots[0], people.Witness, people.Witness, noon, "not in roster 1", false},
		{"a root", o.roots[0], people.Root, people.Root, noon, "director@office", true},
		{"a custodian as root", o.keys["chen"], people.Root, people.Root, noon, "not in roster 1", false},
	} {
		p, err := o.roster.Verify([]byte(text), mustSign(t, text, tt.as, tt.key), tt.in, tt.at)
		switch {
		case tt.ok && (err != nil || p.Principal != tt.want):
			t.Errorf("%s: %v, %v", tt.name, p, err)
		case !tt.ok && err == nil:
			t.Errorf("%s is taken", tt.name)
		case !tt.ok && !strings.Contains(err.Error(), tt.want):
			t.Errorf("%s: error is %v, want one with %q", tt.name, err, tt.want)
		}
	}
	_, err := o.roster.Verify([]byte(text+"\n"), mustSign(t, text, people.Witness, o.keys["li"]), people.Witness, noon)
	wants(t, err, "does not match")
	_, err = o.roster.Verify([]byte(text), people.Signature{}, people.Witness, noon)
	wants(t, err, "malformed")
}

// TestUnknownKeyType gives keys of a type that OpenSSH may have tomorrow: they are unknown, not malformed.
func TestUnknownKeyType(t *testing.T) {
	t.Parallel()
	const name = "ssh-mldsa65@openssh.com"
	wire := ssh.Marshal(struct {
		Type string
		Key  []byte
	}{name, make([]byte, 1952)})
	want := `keys of type "` + name + `" may not sign statements`
	_, err := people.ParseSigner(`li@office namespaces="rasure-witness" ` + name + " " + base64.StdEncoding.EncodeToString(wire))
	wants(t, err, want)
	blob := append([]byte("SSHSIG"), ssh.Marshal(struct {
		Version   uint32
		PublicKey []byte
		Namespace string
		Reserved  []byte
		Hash      string
		Signature []byte
	}{1, wire, "rasure-witness", nil, "sha512", []byte("x")})...)
	armor := "-----BEGIN SSH SIGNATURE-----\n" + base64.StdEncoding.EncodeToString(blob) + "\n-----END SSH SIGNATURE-----\n"
	_, err = people.ParseArmor([]byte(armor))
	wants(t, err, want)
}
