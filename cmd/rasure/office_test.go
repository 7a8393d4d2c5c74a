package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/devices/devicetest"
)

// bureau is a bench with an office around it: people with keys, and a roster in the log.
type bureau struct {
	*bench
	keys map[string]ssh.Signer
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	o := &bureau{newBench(t), map[string]ssh.Signer{}}
	lines := map[string][]string{}
	for name, role := range map[string]string{"root": "roster", "zhao": "custodian", "li": "approve", "wang": "technician", "sun": "witness", "wu": "witness"} {
		pub, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		block, err := ssh.MarshalPrivateKey(key, "")
		if err != nil {
			t.Fatal(err)
		}
		o.file(name, pem.EncodeToMemory(block))
		if o.keys[name], err = ssh.NewSignerFromKey(key); err != nil {
			t.Fatal(err)
		}
		public, err := ssh.NewPublicKey(pub)
		if err != nil {
			t.Fatal(err)
		}
		kind := map[bool]string{true: "roots", false: "signers"}[name == "root"]
		lines[kind] = append(lines[kind], name+` namespaces="rasure-`+role+`" `+strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public)))+"\n")
	}
	for kind, all := range lines {
		o.file(kind, []byte(strings.Join(all, "")))
	}
	roster, _ := o.run(fault.Done, "station", "roster", "--roots", o.at("roots"), "--signers", o.at("signers"), "--threshold", "1")
	o.file("roster", []byte(roster))
	o.add("roster", "roster=root")
	return o
}

func (o *bureau) file(name string, content []byte) {
	o.Helper()
	if err := os.WriteFile(o.at(name), content, 0o600); err != nil {
		o.Fatal(err)
	}
}

// add signs a draft, each as ROLE=NAME, and adds it to the log.
func (o *bureau) add(name string, who ...string) {
	o.Helper()
	signed, err := os.ReadFile(o.at(name))
	if err != nil {
		o.Fatal(err)
	}
	text := certify.TextOf(signed)
	for _, w := range who {
		role, person, _ := strings.Cut(w, "=")
		sig, err := people.Sign([]byte(text), people.Role(role), o.keys[person])
		if err != nil {
			o.Fatal(err)
		}
		if signed, err = people.Attach(signed, sig); err != nil {
			o.Fatal(err)
		}
	}
	o.file(name, signed)
	o.run(fault.Done, "log", "add", o.at(name))
}

// registered is a confidential disk, approved to be erased by wang: by the rules that come with rasure, level clear will do.
func (o *bureau) registered(number, serial string) {
	o.Helper()
	o.classified("confidential", number, serial)
}

func (o *bureau) classified(class, number, serial string) {
	o.Helper()
	o.run(fault.Done, "medium", "register", number, "--type", "magnetic", "--serial", serial, "--classification", class,
		"--limit-condition", "x", "--custodian", "zhao", "--source", "x", "--out", o.at("reg-"+number))
	o.add("reg-"+number, "custodian=zhao")
	o.run(fault.Done, "medium", "approve", number, "--purpose", "inside", "--technician", "wang", "--until", "2099-01-01", "--signer", "li", "--out", o.at("app-"+number))
	o.add("app-"+number, "approve=li")
}

// A registered disk is erased only under its number, and only as the register allows.
func TestRegistered(t *testing.T) {
	t.Parallel()
	o := newBureau(t)
	a, b := o.plug("sda", "S1"), o.plug("sdb", "S2")
	o.registered("C-1", "S1")
	o.registered("C-2", "S2")
	refused := func(want string, flags ...string) {
		t.Helper()
		_, text := o.jobs(o.Context(), fault.Refused, append(words(a), flags...))
		says(t, text, want)
	}
	refused("rule medium-not-named")
	refused("rule serial", "--medium", "C-2", "--operator", "wang")
	refused("rule unknown-medium", "--medium", "C-9", "--operator", "wang")
	refused("is for wang, not for li", "--medium", "C-1", "--operator", "li")
	refused("needs verification sample, not none", "--medium", "C-1", "--operator", "wang", "--verify", "none")
	o.run(fault.BadUsage, append(words(a, b), "--medium", "C-1", "--operator", "wang")...)
	if a.writes()+b.writes() > 0 {
		t.Fatal("something was written")
	}
	jobs, _ := o.jobs(o.Context(), fault.Done, append(words(b, a), "--medium", "C-2", "--medium", "C-1", "--operator", "wang"))
	for i, number := range []string{"C-2", "C-1"} {
		c := o.certificate(jobs[i], "verified")
		if c.Register == nil || c.Register.Number != number || c.Register.Class != certify.Confidential || c.Register.Purpose != "inside" || c.Register.Approval == nil || c.Policy == nil {
			t.Errorf("%s: %+v, policy %+v", number, c.Register, c.Policy)
		}
	}
	refused("was used up by entry", "--medium", "C-1", "--operator", "wang")
	o.run(fault.Done, "audit", "--key", o.at("state/station.pem"))
}

// A disk that no register knows is erased without a number.
func TestRegisteredNot(t *testing.T) {
	t.Parallel()
	o := newBureau(t)
	d := o.plug("sda", "S1")
	jobs, _ := o.wipe(fault.Done, d)
	if c := o.certificate(jobs[0], "verified"); c.Register != nil || c.Policy == nil || len(c.Policy.SHA256) != 64 {
		t.Errorf("%+v, policy %+v", c.Register, c.Policy)
	}
}

// A job of a registered medium is resumed only by the technician who started it.
func TestRegisteredResume(t *testing.T) {
	t.Parallel()
	o := newBureau(t)
	d := o.plug("sda", "S1")
	o.registered("C-1", "S1")
	o.stopped(d, devicetest.Write, 6, "--medium", "C-1", "--operator", "wang")
	_, text := o.jobs(o.Context(), fault.Refused, append(words(d), "--resume", "--operator", "sun"))
	says(t, text, "only wang, who started it, may resume it")
	o.run(fault.BadUsage, append(words(d), "--resume", "--medium", "C-1")...)
	jobs, _ := o.jobs(o.Context(), fault.Done, append(words(d), "--resume", "--operator", "wang"))
	if c := o.certificate(jobs[0], "verified"); c.Register == nil || c.Register.Number != "C-1" {
		t.Errorf("%+v", c.Register)
	}
	o.run(fault.Done, "audit", "--key", o.at("state/station.pem"))
}

func TestWitnessIsCheckedFirst(t *testing.T) {
	t.Parallel()
	o := newBureau(t)
	d := o.plug("sda", "S1")
	o.registered("C-1", "S1")
	o.file("broken", []byte("-----BEGIN OPENSSH PRIVATE KEY-----\n"))
	flags := []string{"--medium", "C-1", "--operator", "wang"}
	for name, c := range map[string]struct {
		exit  int
		flags []string
		says  string
	}{
		"technician is the witness": {fault.Refused, append(flags, "--witness", "wang="+o.at("wang")), "the witness wang: the technician cannot be the witness"},
		"name in other capitals":    {fault.Refused, append(flags, "--witness", "Wang="+o.at("sun")), "the technician cannot be the witness"},
		"not in the roster":         {fault.Refused, append(flags, "--witness", "xu="+o.at("sun")), "xu is not in roster 1"},
		"another role":              {fault.Refused, append(flags, "--witness", "li="+o.at("li")), "li may not sign as witness"},
		"key of somebody else":      {fault.Refused, append(flags, "--witness", "sun="+o.at("wu")), "is not one of sun in roster 1"},
		"no key file":               {fault.Refused, append(flags, "--witness", "sun="+o.at("nothing")), "no such file"},
		"key cannot be read":        {fault.Refused, append(flags, "--witness", "sun="+o.at("broken")), "the witness sun"},
		"no --medium":               {fault.BadUsage, []string{"--witness", "sun=" + o.at("sun")}, "--witness needs --medium"},
		"no key":                    {fault.BadUsage, append(flags, "--witness", "sun"), "write NAME=KEYFILE or NAME=agent"},
		"named twice":               {fault.BadUsage, append(flags, "--witness", "sun="+o.at("sun"), "--witness", "SUN="+o.at("sun")), "named twice"},
	} {
		t.Run(name, func(t *testing.T) {
			size := o.checkpoint()
			_, text := o.jobs(o.Context(), c.exit, append(words(d), c.flags...))
			says(t, text, c.says)
			if d.writes() > 0 || o.checkpoint() != size {
				t.Error("something was written")
			}
		})
	}
}

// TestWitnessIsAsked holds that nobody's key is used before its owner saw the statement and agreed.
func TestWitnessIsAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		typed string
		exit  int
		kept  int
	}{
		"agrees":       {"witness\n", fault.Done, 1},
		"refuses":      {"no\n", fault.Exceptions, 0},
		"says nothing": {"", fault.Exceptions, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newBureau(t)
			d := o.plug("sda", "S1")
			o.registered("C-1", "S1")
			o.typed = c.typed
			jobs, text := o.jobs(o.Context(), c.exit, append(words(d), "--medium", "C-1", "--operator", "wang", "--witness", "sun="+o.at("sun")))
			says(t, text, "saw: medium C-1, serial number S1, was erased", "sun: type witness to sign this")
			o.certificate(jobs[0], "verified")
			if signed, _ := filepath.Glob(o.at("state/certificates/*.witness")); len(signed) != c.kept {
				t.Errorf("kept %v", signed)
			}
		})
	}
}

// Of several processes that add the same statement at once exactly one succeeds.
func TestLogAddTwice(t *testing.T) {
	t.Parallel()
	o := newBureau(t)
	o.registered("C-1", "S1")
	o.run(fault.Done, "medium", "lose", "C-1", "--signer", "custodian=zhao", "--noticed", "2026-01-01", "--reason", "x", "--out", o.at("lost"))
	signed, err := os.ReadFile(o.at("lost"))
	if err != nil {
		t.Fatal(err)
	}
	sig, err := people.Sign(signed, people.Custodian, o.keys["zhao"])
	if err != nil {
		t.Fatal(err)
	}
	if signed, err = people.Attach(signed, sig); err != nil {
		t.Fatal(err)
	}
	o.file("lost", signed)
	codes := make(chan int, 4)
	for range cap(codes) {
		go func() {
			code, _, _ := command(o.Context(), o.host, o.dir, "log", "add", o.at("lost"))
			codes <- code
		}()
	}
	got := map[int]int{}
	for range cap(codes) {
		got[<-codes]++
	}
	if got[fault.Done] != 1 || got[fault.Refused] != cap(codes)-1 {
		t.Errorf("exit statuses %v", got)
	}
}

// No statement of a person enters the log before its first roster.
func TestLogAddNoRoster(t *testing.T) {
	t.Parallel()
	o := newBureau(t)
	o.registered("C-1", "S1")
	other := &bureau{newBench(t), o.keys}
	content, err := os.ReadFile(o.at("reg-C-1"))
	if err != nil {
		t.Fatal(err)
	}
	other.file("reg", content)
	_, text := other.run(fault.Refused, "log", "add", other.at("reg"))
	says(t, text, "the log has no roster before this entry")
}

// An audit names duties that are overdue.
func TestAuditOverdue(t *testing.T) {
	t.Parallel()
	o := newBureau(t)
	o.registered("C-1", "S1")
	key := []string{"audit", "--key", o.at("state/station.pem")}
	o.run(fault.Done, key...)
	out, text := o.run(fault.Unverified, append(key, "--at", "2096-01-01T00:00:00Z")...)
	says(t, out, "rule overdue-inventory: medium C-1", "OVERDUE")
	says(t, text, "1 rule(s) broken")
	o.file("bad.toml", []byte("name = 1"))
	o.run(fault.Failed, append(key, "--policy", o.at("bad.toml"))...)
	o.file("state/policy.toml", []byte("name = 1"))
	o.run(fault.Failed, key...) // unreadable rules are not replaced by the default ones
}

// A secret disk is purged, in the presence of a witness.
func TestRegisteredSecret(t *testing.T) {
	t.Parallel()
	o := newBureau(t)
	d := o.plug("sda", "S1")
	f := d.erasable(devicetest.Honest, devices.ATASanitizeBlock)
	o.classified("secret", "S-1", "S1")
	flags := []string{"--medium", "S-1", "--operator", "wang"}
	_, text := o.jobs(o.Context(), fault.Refused, append(words(d), flags...))
	says(t, text, "rule secret-inside: medium S-1 (secret) needs level purge, not clear")
	if len(f.Sent()) > 0 || d.writes() > 0 {
		t.Fatal("something was sent to the disk")
	}
	o.typed = "witness\n"
	jobs, text := o.purge(fault.Done, d, f, false, append(flags, "--witness", "sun="+o.at("sun"))...)
	says(t, text, "witnessed by sun")
	if c := o.certificate(jobs[0], "verified"); c.Level != "purge" || c.Register == nil || c.Register.Class != certify.Secret {
		t.Errorf("level %s, %+v", c.Level, c.Register)
	}
	out, _ := o.run(fault.Done, "medium", "show", "S-1")
	says(t, out, "erasure verified, level purge", "witnessed by sun", "secondary-check")
	o.run(fault.Done, "audit", "--key", o.at("state/station.pem"))
}

// A drive that did not erase itself uses up no approval.
func TestRegisteredFailed(t *testing.T) {
	t.Parallel()
	o := newBureau(t)
	d := o.plug("sda", "S1")
	f := d.erasable(devicetest.NothingErased, devices.ATASanitizeBlock)
	o.classified("secret", "S-1", "S1")
	o.purge(fault.Failed, d, f, false, "--medium", "S-1", "--operator", "wang")
	out, _ := o.run(fault.Done, "medium", "show", "S-1")
	says(t, out, "status     approved", "erasure failed, level none")
}

// A registered disk is prepared only after an erasure under its number.
func TestRegisteredPrepare(t *testing.T) {
	t.Parallel()
	o := newBureau(t)
	d := o.plug("sda", "S1")
	d.Drive, d.sectors = devicetest.NewDrive(40<<20, 512), 40<<20/512 // FAT32 needs some room
	jobs, _ := o.jobs(o.Context(), fault.Done, words(d))
	o.registered("C-1", "S1") // since then it has held confidential data
	before := d.writes()
	_, text := o.run(fault.Refused, "prepare", "sda", "--cert", jobs[0].Certificate)
	says(t, text, "sda: rule not-erased: the disk is medium C-1, but entry 3 is not a verified erasure under that number", "nothing was written")
	if d.writes() > before {
		t.Error("the disk was written to")
	}
	jobs, _ = o.jobs(o.Context(), fault.Done, append(words(d), "--medium", "C-1", "--operator", "wang"))
	o.run(fault.Done, "prepare", "sda", "--cert", jobs[0].Certificate, "--operator", "wang")
	out, _ := o.run(fault.Done, "medium", "show", "C-1")
	says(t, out, "prepared for re-use by wang")
	o.run(fault.Done, "audit", "--key", o.at("state/station.pem"))
}

// The files of two witnesses never overwrite one another. A name without ASCII letters leaves nothing for a file name, so that theirs
// are named alike.
func TestWitnessFile(t *testing.T) {
	t.Parallel()
	o := newBureau(t)
	d := o.plug("sda", "S1")
	o.registered("C-1", "S1")
	jobs, _ := o.jobs(o.Context(), fault.Done, append(words(d), "--medium", "C-1", "--operator", "wang"))
	c := o.certificate(jobs[0], "verified")
	a := &app{Console: cli.Console{Out: io.Discard, Err: io.Discard}, stateDir: o.at("state"), host: o.host}
	st, err := a.openStation()
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	first := strings.TrimSuffix(jobs[0].Certificate, ".cert") + ".sun"
	o.file("of-another", []byte("of another"))
	if err := os.Link(o.at("of-another"), first+".witness"); err != nil {
		t.Fatal(err)
	}
	e := draft.Erasure{Word: "sda", Medium: c.Register.Number, Index: jobs[0].Index, Certificate: jobs[0].Certificate}
	if err := a.signWitness(o.Context(), st, e, draft.Witness{Name: "sun", Key: o.at("sun")}, "end-only", bufio.NewReader(strings.NewReader("witness\n"))); err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(first + ".witness"); string(kept) != "of another" || err != nil {
		t.Errorf("the file of another witness is %q, %v", kept, err)
	}
	if _, err := os.Stat(first + "-2.witness"); err != nil {
		t.Error(err)
	}
}
