package people_test

import (
	"bytes"
	"testing"

	"rasure/certify/people"
)

func FuzzOpen(f *testing.F) {
	for _, kind := range []string{"ed25519", "ecdsa", "rsa", "sk-ed25519", "sk-ecdsa"} {
		f.Add(attach(f, text, people.Witness, newKey(f, kind)))
	}
	f.Add(newOffice(f, map[string]string{"li": `namespaces="rasure-witness"`}).signed)
	f.Fuzz(func(t *testing.T, signed []byte) {
		people.OpenRoster(signed, nil)
		text, sigs, err := people.Open(signed)
		if err != nil {
			return
		}
		again, err := people.Attach([]byte(text), sigs...)
		if err != nil || !bytes.Equal(again, signed) {
			t.Errorf("%q is written again as %q, %v", signed, again, err)
		}
	})
}

func FuzzParseArmor(f *testing.F) {
	for _, kind := range []string{"ed25519", "ecdsa", "rsa", "sk-ed25519", "sk-ecdsa"} {
		f.Add(mustSign(f, text, people.Witness, newKey(f, kind)).Armor())
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := people.ParseArmor(file)
		if err != nil {
			return
		}
		if again, err := people.ParseArmor(s.Armor()); err != nil || !bytes.Equal(again.Armor(), s.Armor()) {
			t.Errorf("%q does not come out again: %v", file, err)
		}
	})
}

func FuzzParseSigner(f *testing.F) {
	key := publicLine(newKey(f, "ed25519"))
	f.Add(`li@office namespaces="rasure-witness" ` + key)
	f.Add(`li@office namespaces="rasure-*,!rasure-approve",valid-after="20260101Z",valid-before="202701010000Z" ` + key + " comment")
	f.Add(`li@office cert-authority ` + key)
	f.Fuzz(func(t *testing.T, line string) {
		s, err := people.ParseSigner(line)
		if err != nil {
			return
		}
		if again, err := people.ParseSigner(s.String()); err != nil || again.String() != s.String() {
			t.Errorf("%q is written as %q, and that as %q, %v", line, s, again, err)
		}
	})
}
