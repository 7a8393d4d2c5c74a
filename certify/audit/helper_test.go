package audit

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/certify/tpm/tpmtest"
	"rasure/devices"
	"rasure/logs"
	"rasure/wipe"
)

// testLog is a station and its log. Its key is in memory, and may play a TPM.
type testLog struct {
	testing.TB
	dir     string
	key     *ecdsa.PrivateKey
	signer  note.Signer
	station certify.Station
	id      logs.Identity
	log     *logs.Log
	jobs    uint64
	played  *tpmtest.Played // nil: the station has no counter
	card    []byte
	random  io.Reader // of what is drawn in version 2; nil: the system's
}

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

const nvIndex = 0x01800AA0

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	return key
}

func newLog(t testing.TB) *testLog { return newStation(t, newKey(t), nil, nvIndex, certify.Software) }

// newPlayed is a station whose key plays a TPM with a counter of 40.
func newPlayed(t testing.TB, assurance string) *testLog {
	key := newKey(t)
	p := tpmtest.Play(t, key, nvIndex)
	p.Value = 40
	return newStation(t, key, p, nvIndex, assurance)
}

// newStation begins a log where the counter of p is, which may be nil.
func newStation(t testing.TB, key *ecdsa.PrivateKey, p *tpmtest.Played, index uint32, assurance string) *testLog {
	t.Helper()
	l := &testLog{TB: t, dir: t.TempDir(), key: key, played: p}
	var err error
	l.signer, err = certify.NewSoftwareSigner("demo.example", key)
	check(t, err)
	sum, err := certify.KeySHA256(&key.PublicKey)
	check(t, err)
	l.station = certify.Station{Name: "demo.example", Assurance: assurance, KeySHA256: sum}
	if p != nil {
		l.station.Counter = &certify.Counter{Index: index, Base: p.Value}
		if policy := p.Policy(); !policy.IsZero() {
			l.station.Counter.Policy = policy.String()
		}
	}
	l.id, err = Identity("demo.example", &key.PublicKey, l.station.Counter)
	check(t, err)
	l.log, err = logs.Create(l.dir, l.options())
	check(t, err)
	pem, err := certify.MarshalPublicKey(&key.PublicKey)
	check(t, err)
	l.card = l.sign(certify.KindStation, certify.StationStatement{Station: l.station, PublicKey: string(pem), Created: start, Tool: certify.Tool{Name: l.dir}}) // no two begin alike
	l.add(l.card)
	return l
}

func (l *testLog) options() logs.Options {
	o := logs.Options{Identity: l.id, Signers: l.signers()}
	if l.played != nil {
		o.Counter = l.played
	}
	return o
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (l *testLog) files() fs.FS { return os.DirFS(l.dir) }

func (l *testLog) sign(kind certify.Kind, body any) []byte {
	l.Helper()
	signed, err := certify.Sign(kind, body, l.signer)
	check(l, err)
	return signed
}

func (l *testLog) add(entry []byte) certify.EntryRef {
	l.Helper()
	i, err := l.log.Append(entry)
	check(l, err)
	return certify.EntryRef{Index: i, SHA256: hexSum(entry)}
}

// begin adds a begin, and returns a certificate of the job that is not in the log yet.
func (l *testLog) begin(at time.Time, edit func(*certify.Certificate)) []byte {
	return l.beginOf(at, nil, edit)
}

func (l *testLog) beginOf(at time.Time, medium *certify.MediumRef, edit func(*certify.Certificate)) []byte {
	l.Helper()
	d := devices.Disk{Name: "sdb", Size: 1 << 30, LogicalBlock: 512, PhysicalBlock: 512, Medium: devices.Magnetic,
		Identity: devices.Identity{Vendor: "ATA", Model: "WDC WD800JD", Serial: fmt.Sprintf("S-%d", l.jobs)}}
	p, err := wipe.PlanFor(d, wipe.PlanOptions{})
	check(l, err)
	l.jobs++
	id, err := certify.NewID(at, strings.NewReader(string(binary.BigEndian.AppendUint64([]byte("id"), l.jobs))))
	check(l, err)
	f := issue.Facts{ID: id, Station: l.station, Operator: "root", Direct: true, Register: medium}
	begin := l.sign(certify.KindBegin, certify.Begin{ID: id, Station: l.station, Operator: "root", Disk: issue.DiskOf(d, f), Plan: issue.PlanOf(p), Started: at, Register: medium})
	f.Begin = l.add(begin)
	r := wipe.Report{Plan: p, Disk: d, Outcome: wipe.Verified, Started: at, Ended: at.Add(time.Hour),
		Passes: []wipe.PassReport{{Pattern: "random", Key: fmt.Sprintf("%064x", l.jobs), Written: d.Size, Verified: d.Size, Verify: wipe.Full}}}
	c, _ := issue.New(r, f, "")
	if edit != nil {
		edit(&c)
	}
	return l.sign(certify.KindCertificate, c)
}

func (l *testLog) signers() []note.Signer {
	if l.played == nil {
		return []note.Signer{l.signer}
	}
	return []note.Signer{l.signer, l.played.Attestor("demo.example")}
}

func (l *testLog) audit() *Report {
	l.Helper()
	r, err := Log(l.files(), Options{Pin: l.pin(), Now: start.AddDate(1, 0, 0)})
	check(l, err)
	return r
}

func (l *testLog) pin() Pin { return Pin{Key: &l.key.PublicKey} }

func (l *testLog) cardPin() Pin {
	l.Helper()
	pin, err := ParseCard(l.card)
	check(l, err)
	return pin
}

func (l *testLog) replay() *State {
	l.Helper()
	s, err := Replay(l.files(), l.id, &l.key.PublicKey, nil, register.New(register.Default(), start.AddDate(1, 0, 0)))
	check(l, err)
	return s
}

// person is somebody with an SSH key.
type person struct {
	line   people.Signer
	signer ssh.Signer
}

func newPerson(t testing.TB, name, namespaces string) person {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	return personOf(t, name, namespaces, key)
}

func personOf(t testing.TB, name, namespaces string, key ed25519.PrivateKey) person {
	t.Helper()
	s, err := ssh.NewSignerFromKey(key)
	check(t, err)
	line, err := people.ParseSigner(fmt.Sprintf("%s namespaces=%q %s", name, namespaces, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(s.PublicKey())))))
	check(t, err)
	return person{line, s}
}

func (p person) sign(t testing.TB, text string, as people.Role) []byte {
	t.Helper()
	sig, err := people.Sign([]byte(text), as, p.signer)
	check(t, err)
	signed, err := people.Attach([]byte(text), sig)
	check(t, err)
	return signed
}

// act writes a statement by people, as package certify would.
func act(t testing.TB, kind certify.Kind, fields map[string]any) string {
	t.Helper()
	body, err := json.MarshalIndent(fields, "", "  ")
	check(t, err)
	return string(kind) + "\n" + string(body) + "\n"
}

// unpack reads the files of a bundle.
func unpack(t testing.TB, b *Bundle) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, f := range b.Files {
		r, err := f.Open()
		check(t, err)
		data, err := io.ReadAll(r)
		check(t, err)
		check(t, r.Close())
		if int64(len(data)) != f.Size {
			t.Errorf("%s has %d bytes, not %d", f.Name, len(data), f.Size)
		}
		files[f.Name] = &fstest.MapFile{Data: data}
	}
	return files
}
