package hubtest

import (
	"crypto/ed25519"
	"crypto/rand"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/certify"
	"rasure/certify/people"
)

// Register appends a registration of a medium, signed by somebody who is in no roster: the log has a finding.
func (s *Station) Register(number, serial string) {
	s.T.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	Check(s.T, err)
	signer, err := ssh.NewSignerFromKey(key)
	Check(s.T, err)
	id, err := certify.NewID(Start, rand.Reader)
	Check(s.T, err)
	text, err := certify.DeclarationText(certify.KindRegistration, certify.Declaration{ID: id, At: Start.Add(time.Hour), Media: []string{number}, Serial: serial,
		Signs: []certify.RequiredSigner{{Role: "custodian", Name: "zhao"}},
		Type:  "magnetic", Class: certify.Secret, LimitYears: 20, InService: "2024-05-01", Custodian: "zhao", Source: "office 3", Model: "WDC WD10"})
	Check(s.T, err)
	sig, err := people.Sign([]byte(text), people.Custodian, signer)
	Check(s.T, err)
	signed, err := people.Attach([]byte(text), sig)
	Check(s.T, err)
	s.Append(signed)
}
