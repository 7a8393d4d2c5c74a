package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/people"
	"rasure/cmd/internal/fault"
	"rasure/logs"
)

// person is somebody with an SSH key.
type person struct {
	line   people.Signer
	signer ssh.Signer
}

func newPerson(t testing.TB, name, namespaces string) person {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	line, err := people.ParseSigner(fmt.Sprintf("%s namespaces=%q %s", name, namespaces, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))))
	if err != nil {
		t.Fatal(err)
	}
	return person{line, s}
}

func (p person) sign(t testing.TB, text string, as people.Role) []byte {
	t.Helper()
	sig, err := people.Sign([]byte(text), as, p.signer)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := people.Attach([]byte(text), sig)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// act writes a statement by people as package certify would.
func act(t testing.TB, kind string, fields map[string]any) string {
	t.Helper()
	body, err := json.MarshalIndent(fields, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return kind + "\n" + string(body) + "\n"
}

func TestABundleHoldsWhatPeopleStateAboutTheCertificateAndItsMedium(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"ssh-keygen", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is missing")
		}
	}
	a, s := practiceStation(t, keySoftware, "")
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	root, li, wu := newPerson(t, "root", "rasure-roster"), newPerson(t, "李雷@office", "rasure-witness"), newPerson(t, "wu@office", "rasure-custodian,rasure-approve")
	draft, err := people.NewRoster(nil, at, 1, []people.Signer{root.line}, []people.Signer{li.line, wu.line})
	if err != nil {
		t.Fatal(err)
	}
	e := &examined{log: a.statePath(logDir), station: s.describe(a), policy: s.policy, State: &audit.State{}}
	add := func(entry []byte) (ref map[string]any) {
		t.Helper()
		i, err := s.log.Append(entry)
		if err != nil {
			t.Fatal(err)
		}
		if certify.KindOf(entry) == certify.KindRoster {
			if err := e.Rosters.Add(i, entry, nil); err != nil {
				t.Fatal(err)
			}
		}
		return map[string]any{"index": i, "sha256": hexSum(entry)}
	}
	later := at.Add(time.Hour)
	add(root.sign(t, draft, people.Root)) // 1
	begin, cert := practiceJob(t, a, s, 2)
	add(begin)                                                                                                                                          // 2
	certRef := add(cert)                                                                                                                                // 3
	witness := add(li.sign(t, act(t, "rasure/witness/v1", map[string]any{"at": later, "entry": certRef}), people.Witness))                              // 4
	add(wu.sign(t, act(t, "rasure/handover/v1", map[string]any{"at": later, "media": []string{"M-2"}}), people.Custodian))                              // 5: of another medium
	add(li.sign(t, act(t, "rasure/correction/v1", map[string]any{"at": later, "entry": witness, "evidence": []any{}}), people.Witness))                 // 6
	_, other := practiceJob(t, a, s, 7)                                                                                                                 // another job's
	add(wu.sign(t, act(t, "rasure/approval/v1", map[string]any{"at": later, "entry": map[string]any{"sha256": hexSum(other)}}), people.Approver))       // 7
	add(li.sign(t, act(t, "rasure/registration/v1", map[string]any{"at": later, "media": []string{"M-1"}, "note": hexSum(cert)[:63]}), people.Witness)) // 8

	if e.Checkpoint, err = checkpointOf(s); err != nil {
		t.Fatal(err)
	}
	b, err := collectFrom(e, cert)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := b.indices(), []int64{0, 1, 2, 3, 4, 6}; !slices.Equal(got, want) {
		t.Errorf("entries %v, want %v", got, want)
	}
	text, err := b.verifyText(2, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pem, err := certify.MarshalPublicKey(s.public)
	if err != nil {
		t.Fatal(err)
	}
	write("station.pem", pem)
	write("checkpoint", b.signed)
	write("certificate.cert", cert)
	for i, entry := range b.entries {
		write(entryName(i), entry)
	}
	verify := func(text string) (string, error) {
		write("SHA256SUMS", []byte(hexSum(pem)+"  station.pem\n"))
		write("VERIFY.txt", []byte(text))
		cmd := exec.Command("sh", "VERIFY.txt")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := verify(text)
	if err != nil || strings.Count(out, `Good "rasure-witness" signature for`) != 2 {
		t.Errorf("%v:\n%s", err, out)
	}
	for _, swap := range [][2]string{{"rasure-witness 2026", "rasure-approve 2026"}, {"李雷@office", "wu@office"}, {"entries/000004 1 entries/000001", "entries/000004 2 entries/000001"}} {
		if out, err := verify(strings.Replace(text, swap[0], swap[1], 1)); err == nil || strings.Contains(out, "all of it") {
			t.Errorf("%q for %q is not noticed", swap[1], swap[0])
		}
	}

	// A statement by somebody who might not make it is no proof of anything, and nobody packs it as one.
	add(wu.sign(t, act(t, "rasure/witness/v1", map[string]any{"at": later, "entry": certRef, "remarks": "by the wrong one"}), people.Witness))
	if e.Checkpoint, err = checkpointOf(s); err != nil {
		t.Fatal(err)
	}
	if b, err = collectFrom(e, cert); err != nil {
		t.Fatal(err)
	}
	if _, err = b.verifyText(2, nil); err == nil || !strings.Contains(err.Error(), "wu@office may not sign as witness") {
		t.Errorf("error is %v", err)
	}
}

func TestABundleHoldsTheLifeOfItsMedium(t *testing.T) {
	t.Parallel()
	p := newPerson(t, "wu@office", "rasure-custodian")
	say := func(field string, media ...string) []byte {
		return p.sign(t, act(t, "rasure/some/v1", map[string]any{field: media}), people.Custodian)
	}
	all := [][]byte{
		[]byte("rasure/station/v1\n{}\n"),
		say("media", "M-1"),
		say("media", "M-2"),
		say("media", "M-2", "M-1"),
		[]byte("rasure/certificate/v1\n{\"medium\": {\"number\": \"M-1\"}}\n"),
		[]byte("rasure/certificate/v1\n{\"medium\": {\"number\": \"M-1\"}, \"media\": [\"M-1\"]}\n"),
		say("found", "M-1"), say("missing", "M-1"), say("unexpected", "M-1"), say("remarks", "M-1"), say("media", ""),
	}
	for cert, want := range map[int64][]int64{4: {0, 1, 3, 4, 6, 7, 8}, 5: {0, 1, 3, 5, 6, 7, 8}} {
		b := &bundled{examined: &examined{State: &audit.State{}}, cert: cert, entries: map[int64][]byte{}}
		b.take(all, map[string]int64{})
		if got := b.indices(); !slices.Equal(got, want) {
			t.Errorf("entries %v, want %v", got, want)
		}
	}
	all[4] = []byte("rasure/certificate/v1\n{}\n")
	b := &bundled{examined: &examined{State: &audit.State{}}, cert: 4, entries: map[int64][]byte{}}
	b.take(all, map[string]int64{})
	if got := b.indices(); !slices.Equal(got, []int64{0, 4}) {
		t.Errorf("of a certificate without a medium: entries %v", got)
	}
}

func TestEvidenceThatIsNotTheSignedOneIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "photo.jpg"), []byte("a photograph"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := certify.File{Name: "photo.jpg", SHA256: hexSum([]byte("a photograph"))}
	gone := certify.File{Name: "film.mp4", SHA256: hexSum(nil)}
	b := &bundled{evidence: []certify.File{good, gone}}
	found, missing, err := b.readEvidence(dir)
	if err != nil || string(found["photo.jpg"]) != "a photograph" || !slices.Equal(missing, []string{"film.mp4"}) {
		t.Errorf("%v, %v, %v", found, missing, err)
	}
	if code := fault.Code(evidenceMissing(missing)); code != fault.Exceptions {
		t.Errorf("exit status %d", code)
	}
	for _, f := range []certify.File{{Name: "photo.jpg", SHA256: hexSum(nil)}, {Name: "../photo.jpg"}, {Name: "a\nb"}, {Name: ".."}, {Name: `a\b`}, {Name: ""}} {
		b := &bundled{evidence: []certify.File{f}}
		if _, _, err := b.readEvidence(dir); fault.Code(err) != fault.Unverified {
			t.Errorf("%q: %v", f.Name, err)
		}
	}
}

func checkpointOf(s *station) (logs.Checkpoint, error) {
	signed, err := s.log.Checkpoint()
	if err != nil {
		return logs.Checkpoint{}, err
	}
	cp, _, err := logs.OpenCheckpoint(s.policy, signed)
	return cp, err
}
