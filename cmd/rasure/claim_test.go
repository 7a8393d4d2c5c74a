package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/logs"
)

// playedLog is a log whose station's key is in memory, and may play a TPM.
type playedLog struct {
	testing.TB
	dir    string
	key    *ecdsa.PrivateKey
	by     certify.Station
	log    *logs.Log
	signer note.Signer
}

// newPlayedLog makes a log with one job in dir/log, and beside it the station's card and key, the certificate and its proof.
func newPlayedLog(t testing.TB, assurance string, counts bool) *playedLog {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(shm(), "rasure-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l := &playedLog{TB: t, dir: dir, key: key}
	l.signer, err = certify.NewSoftwareSigner("demo.example", key)
	l.check(err)
	sum, err := certify.KeySHA256(&key.PublicKey)
	l.check(err)
	pem, err := certify.MarshalPublicKey(&key.PublicKey)
	l.check(err)
	l.by = certify.Station{Name: "demo.example", Assurance: assurance, KeySHA256: sum}
	o := logs.Options{Signers: []note.Signer{l.signer}}
	if counts {
		p := tpmtest.Play(t, key, 0x01800AA0)
		p.Value = 4000
		l.by.Counter = &certify.Counter{Index: 0x01800AA0, Base: p.Value}
		o.Counter, o.Signers = p, append(o.Signers, p.Attestor("demo.example"))
	}
	o.Identity, err = audit.Identity("demo.example", &key.PublicKey, l.by.Counter)
	l.check(err)
	l.check(os.Mkdir(l.path("log"), 0o755))
	l.log, err = logs.Create(l.path("log"), o)
	l.check(err)
	card, err := certify.Sign(certify.KindStation, certify.StationStatement{Station: l.by, PublicKey: string(pem)}, l.signer)
	l.check(err)
	_, err = l.log.Append(card)
	l.check(err)
	begin, cert := practiceJobBy(t, l.by, l.signer, 1)
	for _, e := range [][]byte{begin, cert} {
		_, err = l.log.Append(e)
		l.check(err)
	}
	proof, err := l.log.Prove(2)
	l.check(err)
	for name, data := range map[string][]byte{"station.card": card, "station.pem": pem, "c.cert": cert, "c.tlog-proof": proof} {
		l.check(os.WriteFile(l.path(name), data, 0o600))
	}
	return l
}

func (l *playedLog) check(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

func (l *playedLog) path(name string) string { return filepath.Join(l.dir, name) }

// run runs a command line in which a word that is a file of the log's directory stands for that file.
func (l *playedLog) run(want int, line string) string {
	l.Helper()
	args := []string{}
	for _, w := range strings.Fields(line) {
		if _, err := os.Stat(l.path(w)); err == nil && !strings.HasPrefix(w, "-") {
			w = l.path(w)
		}
		args = append(args, w)
	}
	var out strings.Builder
	a := &app{Console: cli.Console{In: strings.NewReader(""), Out: &out, Err: &out}, stateDir: l.path("none")}
	if code := a.run(l.Context(), args); code != want {
		l.Errorf("%s: exit status %d, want %d\n%s", line, code, want, &out)
	}
	return out.String()
}

// forbidden is what no program, page or JSON may say of a key in a file or of an emulator.
var forbidden = regexp.MustCompile(`TPM attests|TPM attested|as the TPM|TPM counter|key is in a TPM|log +good`)

// What is printed of each kind of station is what these files show, by the key and by the card.
func TestClaims(t *testing.T) {
	t.Parallel()
	const (
		otherLogs = "not shown  which log this is: this key may have signed other logs. Give --station CARD\n"
		tail      = "not shown  that nothing was cut off or rewritten since\n"
		ownWord   = "counter    4003 for this head, by the key's own word: nobody has shown that it is in a TPM\n"
		emulator  = "counter    4003 for this head, by a program that emulates a TPM: it can be turned back\n"
	)
	for name, c := range map[string]struct {
		assurance string
		counts    bool
		card      int      // exit status with the card
		says      []string // by everything
		warning   string   // by the key
	}{
		"in a file":                     {certify.Software, false, fault.Done, []string{"assurance  software: the key is in a file; a copy of the file can sign\n", "counter    none\n"}, ""},
		"emulated":                      {certify.TPMEmulated, true, fault.Done, []string{"assurance  tpm-emulated: the key is in a program that emulates a TPM; a copy of its files can sign\n", emulator}, ""},
		"unverified, a key that plays":  {certify.TPMUnverified, true, fault.Done, []string{"assurance  tpm-unverified: the key says that it is in a TPM; nobody has shown it\n", ownWord}, ""},
		"verified by nobody":            {certify.TPMVerified, true, fault.Unverified, []string{ownWord}, "the assurance is tpm-verified, and no authority enrolled the station: this is its own word\n"},
		"no counter under a TPM's name": {certify.TPMUnverified, false, fault.Unverified, []string{"counter    none\n"}, "the assurance is tpm-unverified, and no counter is named"},
		"a counter of a file":           {certify.Software, true, fault.Unverified, []string{ownWord}, "the assurance is software, and a counter is named"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newPlayedLog(t, c.assurance, c.counts)
			key := fmt.Sprintf("by the key %.16s, which calls itself demo.example\n", l.by.KeySHA256)
			screens := []string{l.run(fault.Done, "verify c.cert --key station.pem"), l.run(fault.Done, "audit --log log --key station.pem")}
			says(t, screens[0], append(c.says, "signature  good: "+key, "proof      good: entry 2 of 3 in a log that this key signed\n", otherLogs, tail,
				"not shown  that the begin is as the certificate says", "not shown  what was stated about the certificate later", c.warning)...)
			past := "not shown  that earlier entries are what they were when they were added: not all of them have an attestation of that time\n"
			if c.counts {
				past = "attested   from entry 0 on, each when it was added, "
			}
			says(t, screens[1], append(c.says, "station    the key ", otherLogs, tail, past, c.warning)...)
			for _, json := range []string{l.run(fault.Done, "verify c.cert --key station.pem --json"), l.run(fault.Done, "audit --log log --key station.pem --json")} {
				says(t, json, `"pinned": "key"`, `"other-logs"`, `"tail"`, `"counter_by": "`)
				screens = append(screens, json)
			}
			verified, audited := l.run(c.card, "verify c.cert --station station.card"), l.run(c.card, "audit --log log --station station.card")
			screens = append(screens, verified, audited)
			if c.card == fault.Done {
				says(t, verified, append(c.says, "signature  good: by the station of the card, demo.example\n", "not shown  that the log begins with the station card")...)
				says(t, audited, append(c.says, "station    demo.example, whose log begins with the card ", tail)...)
				if strings.Contains(verified+audited, "may have signed other logs") {
					t.Errorf("the card is of one log:\n%s%s", verified, audited)
				}
			} else {
				says(t, verified, "the station card contradicts itself: ", strings.TrimSpace(c.warning))
			}
			screens = append(screens, l.run(fault.Done, "cert show c.cert --key station.pem"), l.run(fault.Done, "cert bundle c.cert --log log --key station.pem --out "+l.path("b.tar.zst")),
				l.run(fault.Done, "verify b.tar.zst --key station.pem"), l.run(fault.Done, "verify b.tar.zst --key station.pem --json"))
			for _, s := range screens {
				if m := forbidden.FindString(s); m != "" {
					t.Errorf("%q is said:\n%s", m, s)
				}
			}
		})
	}
	t.Run("no proof", func(t *testing.T) {
		t.Parallel()
		l := newPlayedLog(t, certify.TPMUnverified, true)
		l.check(os.Remove(l.path("c.tlog-proof")))
		out := l.run(fault.Done, "verify c.cert --station station.card")
		says(t, out, "proof      not checked: there is no proof next to the certificate\n", "not shown  that the certificate is in a log: give its proof\n")
		if strings.Contains(out, "counter") {
			t.Errorf("no counter was seen:\n%s", out)
		}
	})
}
