package audit

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/logs"
)

var updateLog = flag.Bool("update", false, "write the log of the vectors again")

// vectorLog is a log that was cut over: entry 1 and 2 are a job of version 1, 3 is the begin of another, 4 is the cut-over, 5 and 6 are a job of
// version 2, and 7 is the certificate, in version 2, of the job that entry 3 began.
const vectorLog = "../testdata/v2/log"

// fixedSigner signs as RFC 6979 says, so that the vectors can be made again. Its secret is the SHA-256 of a sentence.
type fixedSigner struct{ key *ecdsa.PrivateKey }

func (s fixedSigner) Name() string { return "demo.example" }
func (s fixedSigner) KeyHash() uint32 {
	id, _ := certify.KeyID(&s.key.PublicKey)
	return id
}
func (s fixedSigner) Sign(text []byte) ([]byte, error) {
	sum := sha256.Sum256(text)
	sig, err := s.key.Sign(nil, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return certify.LowS(sig)
}

// hashes are bytes that anybody can make again.
type hashes struct {
	n    uint64
	left []byte
}

func (h *hashes) Read(p []byte) (int, error) {
	if len(h.left) == 0 {
		h.n++
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("the log of the vectors "), h.n))
		h.left = sum[:]
	}
	n := copy(p, h.left)
	h.left = h.left[n:]
	return n, nil
}

// vectorStation is the station of the vectors, without its log.
func vectorStation(t *testing.T) *testLog {
	secret := sha256.Sum256([]byte("the key of the station in the log of the vectors"))
	key := new(ecdsa.PrivateKey)
	key.Curve, key.D = elliptic.P256(), new(big.Int).SetBytes(secret[:])
	key.X, key.Y = key.Curve.ScalarBaseMult(secret[:])
	l := &testLog{TB: t, dir: t.TempDir(), key: key, signer: fixedSigner{key}, random: &hashes{}}
	sum, err := certify.KeySHA256(&key.PublicKey)
	check(t, err)
	l.station = certify.Station{Name: "demo.example", Assurance: certify.Software, KeySHA256: sum}
	l.id, err = Identity("demo.example", &key.PublicKey, nil)
	check(t, err)
	return l
}

func makeVectorLog(t *testing.T) *testLog {
	l := vectorStation(t)
	var err error
	l.log, err = logs.Create(l.dir, l.options())
	check(t, err)
	pem, err := certify.MarshalPublicKey(&l.key.PublicKey)
	check(t, err)
	l.card = l.sign(certify.KindStation, certify.StationStatement{Station: l.station, PublicKey: string(pem), Created: start})
	l.add(l.card)
	l.add(l.begin(start, nil))
	l.begin(start, nil)
	l.add(l.station2(nil))
	j := l.begin2(nil)
	l.add(j.certificate(nil))
	l.add(j.certificateOfVersion1(3, nil))
	return l
}

// certificateOfVersion1 ends a job that began in version 1.
func (j *job2) certificateOfVersion1(begin int64, edit func(*statement.Certificate)) []byte {
	j.Helper()
	entry, err := logs.ReadEntry(j.files(), begin)
	check(j, err)
	e, err := certify.CheckEntry(entry, &j.key.PublicKey)
	check(j, err)
	return j.certificate(func(c *statement.Certificate) {
		d, p := e.Begin.Disk, e.Begin.Plan
		c.Job, c.Begin, c.Seed, c.Anchor, c.Confirmation = e.Begin.ID, j.ref2(begin), statement.Hash{}, nil, nil
		c.Disk.Vendor, c.Disk.Model, c.Disk.Serial, c.Disk.Size = d.Vendor, d.Model, d.Serial, d.Size
		c.Plan.Scheme, c.Plan.Level, c.Plan.Verify, c.Plan.Method = p.Scheme, p.Level, p.Verify, p.Method
		c.Passes[0].Key = sha256.Sum256([]byte("drawn"))
		c.Exceptions = append(c.Exceptions, statement.Exception{Code: "key-not-anchored"})
		if edit != nil {
			edit(c)
		}
	})
}

// The log of the vectors is made again byte for byte, and audits well.
func TestVectorLog(t *testing.T) {
	t.Parallel()
	l := makeVectorLog(t)
	l.sameFiles(vectorLog)
	r, err := Log(os.DirFS(vectorLog), Options{Pin: l.cardPin(), Now: start.AddDate(1, 0, 0)})
	check(t, err)
	if !r.Valid || r.Entries != 8 || r.Outcomes["verified"] != 3 || len(r.OpenJobs) != 0 || len(r.Warnings) != 0 {
		t.Errorf("%+v", r)
	}
}

// sameFiles compares the files of a log with those of a directory, or writes them there.
func (l *testLog) sameFiles(dir string) {
	l.Helper()
	n := 0
	check(l, fs.WalkDir(l.files(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(name) == "lock" {
			return err
		}
		n++
		got, err := fs.ReadFile(l.files(), name)
		check(l, err)
		l.sameFile(filepath.Join(dir, filepath.FromSlash(name)), got)
		return nil
	}))
	if n < 3 {
		l.Errorf("%d files", n)
	}
}

func (l *testLog) sameFile(file string, got []byte) {
	l.Helper()
	if *updateLog {
		check(l, os.MkdirAll(filepath.Dir(file), 0o755))
		check(l, os.WriteFile(file, got, 0o644))
	}
	if want, err := os.ReadFile(file); err != nil || !bytes.Equal(want, got) {
		l.Errorf("%s is another, %v", file, err)
	}
}
