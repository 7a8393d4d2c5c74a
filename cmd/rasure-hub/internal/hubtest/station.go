// Package hubtest makes stations and hubs for tests.
package hubtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/issue"
	"rasure/certify/tpm/tpmtest"
	"rasure/cmd/internal/witness"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/keys"
	"rasure/cmd/rasure-hub/internal/roster"
	"rasure/devices"
	"rasure/logs"
	"rasure/logs/durable"
	"rasure/wipe"
)

// Start is when the erasures of a [Station] begin.
var Start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// Station is a station whose key is in memory and plays a TPM.
type Station struct {
	T    testing.TB
	Name string
	Dir  string // of the log
	Card []byte
	ID   logs.Identity
	Log  *logs.Log
	Key  *ecdsa.PrivateKey

	PassKey []byte // of all passes that are erased with; nil: a new one for each, as in honest stations

	options logs.Options
	signer  note.Signer
	about   certify.Station
	jobs    uint64
	played  *tpmtest.Played
	bulk    *bulk // while [Station.Bulk] runs
}

// Check fails the test if there is an error.
func Check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const nvIndex = 0x01800AA0

// New makes a station.
func New(t testing.TB, name string) *Station {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Check(t, err)
	return newStation(t, name, key)
}

func newStation(t testing.TB, name string, key *ecdsa.PrivateKey) *Station {
	t.Helper()
	s := &Station{T: t, Name: name, Dir: filepath.Join(Scratch(t), "log"), Key: key, played: tpmtest.Play(t, key, nvIndex)}
	s.played.Value = 40
	var err error
	s.signer, err = certify.NewSoftwareSigner(name, key)
	Check(t, err)
	sum, err := certify.KeySHA256(&key.PublicKey)
	Check(t, err)
	s.about = certify.Station{Name: name, Assurance: certify.TPMUnverified, KeySHA256: sum, Counter: &certify.Counter{Index: nvIndex, Base: 40}}
	s.ID, err = audit.Identity(name, &key.PublicKey, s.about.Counter)
	Check(t, err)
	s.options = logs.Options{Identity: s.ID, Signers: []note.Signer{s.signer, s.played.Attestor(name)}, Counter: s.played}
	s.Log, err = logs.Create(s.Dir, s.options)
	Check(t, err)
	pem, err := certify.MarshalPublicKey(&key.PublicKey)
	Check(t, err)
	s.Card = s.sign(certify.KindStation, certify.StationStatement{Station: s.about, PublicKey: string(pem), Created: Start, Tool: certify.Tool{Name: s.Dir}})
	s.Append(s.Card)
	return s
}

// Copied is the station with the files and the counter that it has now: what root can put back where the TPM is emulated.
func (s *Station) Copied() *Station {
	s.T.Helper()
	c := *s
	c.Dir = filepath.Join(Scratch(s.T), "log")
	Check(s.T, os.CopyFS(c.Dir, os.DirFS(s.Dir)))
	played := *s.played
	c.played = &played
	c.options.Counter, c.options.Signers = &played, []note.Signer{s.signer, played.Attestor(s.Name)}
	var err error
	c.Log, err = logs.Open(c.Dir, c.options)
	Check(s.T, err)
	return &c
}

func (s *Station) sign(kind certify.Kind, body any) []byte {
	s.T.Helper()
	signed, err := certify.Sign(kind, body, s.signer)
	Check(s.T, err)
	return signed
}

// Append appends any entry.
func (s *Station) Append(entry []byte) certify.EntryRef {
	s.T.Helper()
	var i int64
	var err error
	if s.bulk != nil {
		i = s.bulk.add(entry)
	} else {
		i, err = s.Log.Append(entry)
	}
	Check(s.T, err)
	sum := sha256.Sum256(entry)
	return certify.EntryRef{Index: i, SHA256: hex.EncodeToString(sum[:])}
}

// Erase appends begin and certificate of an erasure of the disk with a serial number.
func (s *Station) Erase(serial string) (index int64) {
	s.T.Helper()
	d := devices.Disk{Name: "sdb", Size: 1 << 30, LogicalBlock: 512, PhysicalBlock: 512, Medium: devices.Magnetic,
		Identity: devices.Identity{Vendor: "ATA", Model: "WDC WD800JD", Serial: serial}}
	p, err := wipe.PlanFor(d, wipe.PlanOptions{})
	Check(s.T, err)
	s.jobs++
	at := Start.Add(time.Duration(s.jobs) * 2 * time.Hour)
	id, err := certify.NewID(at, rand.Reader)
	Check(s.T, err)
	f := issue.Facts{ID: id, Station: s.about, Operator: "root", Direct: true}
	f.Begin = s.Append(s.sign(certify.KindBegin, certify.Begin{ID: id, Station: s.about, Operator: "root", Disk: issue.DiskOf(d, f), Plan: issue.PlanOf(p), Started: at}))
	key := s.PassKey
	if key == nil {
		key = make([]byte, 32)
		rand.Read(key)
	}
	r := wipe.Report{Plan: p, Disk: d, Outcome: wipe.Verified, Started: at, Ended: at.Add(time.Hour),
		Passes: []wipe.PassReport{{Pattern: "random", Key: fmt.Sprintf("%x", key), Written: d.Size, Verified: d.Size, Verify: wipe.Full}}}
	c, _ := issue.New(r, f, "")
	return s.Append(s.sign(certify.KindCertificate, c)).Index
}

// Files returns the files of the log.
func (s *Station) Files() fs.FS { return durable.FS(s.Dir) }

// Submit makes a submission, as rasure log submit does.
func (s *Station) Submit(since int64) (dir string) {
	s.T.Helper()
	dir = filepath.Join(Scratch(s.T), "submission")
	_, err := witness.Submit(s.Log.Snapshot(), s.Files(), dir, since)
	Check(s.T, err)
	return dir
}

// Body returns the request of a submission.
func (s *Station) Body(since int64) []byte {
	s.T.Helper()
	body, err := os.ReadFile(filepath.Join(s.Submit(since), witness.RequestFile))
	Check(s.T, err)
	return body
}

// Scratch returns a directory in memory, if there is one: fsync costs nothing there.
func Scratch(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "hub-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// Roster lists stations.
func Roster(t testing.TB, stations ...*Station) []*roster.Station {
	t.Helper()
	all, err := roster.Read(RosterFile(t, stations...))
	Check(t, err)
	return all
}

// RosterFile lists stations in a file.
func RosterFile(t testing.TB, stations ...*Station) (path string) {
	t.Helper()
	dir, file := Scratch(t), ""
	for i, s := range stations {
		Check(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.card", i)), s.Card, 0o644))
		file += fmt.Sprintf("[[station]]\ncard = \"%d.card\"\n", i)
	}
	path = filepath.Join(dir, "stations.toml")
	Check(t, os.WriteFile(path, []byte(file), 0o644))
	return path
}

// NewDir makes the directory of a hub.
func NewDir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(Scratch(t), "hub")
	Check(t, os.Mkdir(dir, 0o755))
	_, err := keys.Make(dir, "hub.example")
	Check(t, err)
	return dir
}

// Open opens a hub, and closes it when the test ends.
func Open(t testing.TB, o hub.Options) *hub.Hub {
	t.Helper()
	h, err := hub.Open(context.Background(), o)
	Check(t, err)
	t.Cleanup(func() { h.Close() })
	return h
}
