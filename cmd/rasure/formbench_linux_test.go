package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/cmd/internal/station"
)

// practiceSigner is a person with a key, and the line of allowed_signers that lets them sign in a role.
func practiceSigner(b *testing.B, name, role string) (ssh.Signer, string) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		b.Fatal(err)
	}
	public, err := ssh.NewPublicKey(pub)
	if err != nil {
		b.Fatal(err)
	}
	return signer, fmt.Sprintf("%s namespaces=\"rasure-%s\" %s", name, role, ssh.MarshalAuthorizedKey(public))
}

// BenchmarkRegisterBook prints the register book of 10,000 media from their log, audit and all.
func BenchmarkRegisterBook(b *testing.B) {
	const media = 10_000
	a, s := practiceStation(b, station.KeySoftware, "")
	dir := filepath.Dir(a.stateDir)
	var out bytes.Buffer
	a.Out = &out
	run := func(args ...string) {
		if code := a.run(b.Context(), append([]string{"--state", filepath.Join(dir, "state")}, args...)); code != 0 {
			b.Fatalf("rasure %s: exit status %d", strings.Join(args, " "), code)
		}
	}
	add := func(text, role string, key ssh.Signer) {
		sig, err := people.Sign([]byte(text), people.Role(role), key)
		if err != nil {
			b.Fatal(err)
		}
		signed, err := people.Attach([]byte(text), sig)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Log().Append(signed); err != nil {
			b.Fatal(err)
		}
	}
	root, roots := practiceSigner(b, "root", "roster")
	zhao, signers := practiceSigner(b, "zhao", "custodian")
	for name, text := range map[string]string{"roots": roots, "signers": signers} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	run("station", "roster", "--roots", filepath.Join(dir, "roots"), "--signers", filepath.Join(dir, "signers"), "--threshold", "1")
	add(out.String(), "roster", root)
	for i := range media {
		at := time.Now().UTC().Truncate(time.Second)
		id, err := certify.NewID(at, rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		text, err := certify.DeclarationText(certify.KindRegistration, certify.Declaration{ID: id, At: at, Signs: []certify.RequiredSigner{{Role: "custodian", Name: "zhao"}}, Media: []string{fmt.Sprintf("密-2026/%05d", i)},
			Type: "ssd", Class: certify.Secret, LimitCondition: "x", Serial: fmt.Sprintf("S3Z8NB0K%06d", i), Model: "SSD 860 EVO", Custodian: "zhao", Source: "二处", Asset: fmt.Sprintf("PC-%04d", i)})
		if err != nil {
			b.Fatal(err)
		}
		add(text, "custodian", zhao)
	}
	page := filepath.Join(dir, "register.pdf")
	spent := cpuTime(b)
	for b.Loop() {
		os.Remove(page)
		run("form", "register", "--pdf", page, "--lang", "zh")
	}
	b.ReportMetric(float64(cpuTime(b)-spent)/float64(b.N)/1e9, "cpu-s/book")
	info, err := os.Stat(page)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size()), "bytes")
}
