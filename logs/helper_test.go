package logs_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"rasure/logs"
	"rasure/logs/durable"
)

const origin = "station7.archive.example"

// p256 signs as the note format's type 0x02 asks (c2sp.org/signed-note): ECDSA,
// DER, over SHA-256 of the text. The key is made from one byte, so that what it
// signs is the same each time.
type p256 struct{ key *ecdsa.PrivateKey }

func newP256(seed byte) p256 {
	d := make([]byte, 32)
	d[31] = seed
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	if err != nil {
		panic(err)
	}
	return p256{key}
}

func (k p256) Name() string { return origin }

func (k p256) KeyHash() uint32 {
	spki, err := x509.MarshalPKIXPublicKey(k.key.Public())
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(spki)
	return binary.BigEndian.Uint32(sum[:])
}

func (k p256) Sign(msg []byte) ([]byte, error) {
	sum := sha256.Sum256(msg)
	return k.key.Sign(nil, sum[:], crypto.SHA256) // no randomness: RFC 6979
}

func (k p256) Verify(msg, sig []byte) bool {
	sum := sha256.Sum256(msg)
	return ecdsa.VerifyASN1(&k.key.PublicKey, sum[:], sig)
}

// attester signs a text together with the counter's value, as a TPM does.
type attester struct {
	key     ed25519.PrivateKey
	counter logs.Counter
}

func newAttester(c logs.Counter) attester {
	return attester{ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), c}
}

func (a attester) Name() string    { return origin }
func (a attester) KeyHash() uint32 { return 0xc0ffee }

func (a attester) Sign(msg []byte) ([]byte, error) {
	v, err := a.counter.Read()
	if err != nil {
		return nil, err
	}
	value := binary.BigEndian.AppendUint64(nil, v)
	return append(value, ed25519.Sign(a.key, append(value, msg...))...), nil
}

func (a attester) Verify(msg, sig []byte) bool {
	if _, ok := verified.Load(string(sig) + string(msg)); ok {
		return true
	}
	ok := len(sig) == 8+ed25519.SignatureSize &&
		ed25519.Verify(a.key.Public().(ed25519.PublicKey), append(sig[:8:8], msg...), sig[8:])
	if ok {
		verified.Store(string(sig)+string(msg), true)
	}
	return ok
}

// verified has the lines that an attester has found to be good: tests audit the same records a thousand times.
var verified sync.Map

func (a attester) Counter(sig []byte) (uint64, error) {
	return binary.BigEndian.Uint64(sig), nil
}

// A record of this attester is its line.
func (a attester) RecordSize() int { return 8 + ed25519.SignatureSize }

func (a attester) Record(sig []byte) ([]byte, error) { return slices.Clone(sig), nil }

func (a attester) Line(record []byte) ([]byte, error) {
	if len(record) != a.RecordSize() {
		return nil, errors.New("malformed record")
	}
	return record, nil
}

// counter is a counter in memory. fail, if set, is asked before ("read",
// "increment") and after ("incremented") it does something.
type counter struct {
	mu   sync.Mutex
	v    uint64
	fail func(call, name string) error
}

func (c *counter) Read() (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.v, c.ask("read")
}

func (c *counter) Increment() (uint64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ask("increment"); err != nil {
		return 0, err
	}
	c.v++
	return c.v, c.ask("incremented")
}

// Set makes logs.Fill attest every size.
func (c *counter) Set(v uint64) { c.v = v }

func (c *counter) ask(call string) error {
	if c.fail == nil {
		return nil
	}
	return c.fail(call, "counter")
}

// fileCounter is a counter that outlives a killed process.
type fileCounter string

func (c fileCounter) Read() (uint64, error) {
	data, err := os.ReadFile(string(c))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(string(data), 10, 64)
}

func (c fileCounter) Increment() (uint64, error) {
	v, err := c.Read()
	if err != nil {
		return 0, err
	}
	d := durable.Open(filepath.Dir(string(c)))
	return v + 1, d.WriteFile(filepath.Base(string(c)), strconv.AppendUint(nil, v+1, 10))
}

// plain returns options for a log without a counter.
func plain() logs.Options {
	k := newP256(7)
	return logs.Options{Identity: logs.Identity{Origin: origin, Log: k}, Signers: []note.Signer{k}}
}

// counted returns options for a log whose checkpoints attest c.
func counted(c logs.Counter, base uint64) logs.Options {
	o := plain()
	a := newAttester(c)
	o.Counter, o.Identity.Counter, o.Base, o.Records = c, a, base, a
	o.Signers = append(o.Signers, a)
	return o
}

// entry returns an entry of some 4 kB that names its index.
func entry(i int64) []byte {
	return []byte(fmt.Sprintf("entry %d\n%s", i, strings.Repeat("0123456789abcde\n", 256)))
}

// short returns an entry of a few bytes, in some cases none.
func short(i int64) []byte {
	if i%7 == 5 {
		return nil
	}
	return []byte(fmt.Sprintf("entry %d\n", i))
}

// scratch returns a directory for tests that do not ask for a real disk: in
// memory, where fsync costs nothing, if there is one.
func scratch(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "logs-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// create makes a log of n short entries and returns its directory.
func create(t testing.TB, o logs.Options, n int64) (*logs.Log, string) {
	t.Helper()
	dir := filepath.Join(scratch(t), "log")
	l, err := logs.Create(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	add(t, l, n)
	return l, dir
}

func add(t testing.TB, l *logs.Log, n int64) {
	t.Helper()
	for range n {
		want := l.Size()
		if i, err := l.Append(short(want)); i != want || err != nil {
			t.Fatalf("Append = %d, %v, want %d", i, err, want)
		}
	}
}

// auditLog verifies the log in dir from its files, with a record of every entry if p has them, and calls each, which may be nil, for every entry.
func auditLog(dir fs.FS, p logs.Identity, since *logs.Checkpoint, each func(index int64, entry []byte) error) (logs.Checkpoint, error) {
	s, err := logs.ReadSnapshot(dir, p)
	if err == nil && since != nil {
		err = s.Extends(*since)
	}
	if err != nil {
		return logs.Checkpoint{}, err
	}
	for e, err := range s.Attested(0) {
		if err == nil && p.Records != nil {
			if _, err = p.VerifyRecord(e.Head, e.Record); err != nil {
				err = fmt.Errorf("the record of entry %d: %w", e.Index, err)
			}
		}
		if err == nil && each != nil {
			err = each(e.Index, e.Data)
		}
		if err != nil {
			return logs.Checkpoint{}, err
		}
	}
	return s.Checkpoint(), nil
}

// audit audits dir and compares what it finds with short.
func audit(t testing.TB, dir string, o logs.Options, since *logs.Checkpoint) (logs.Checkpoint, error) {
	t.Helper()
	want := int64(0)
	cp, err := auditLog(os.DirFS(dir), o.Identity, since, func(i int64, e []byte) error {
		if i != want || string(e) != string(short(i)) {
			t.Errorf("audit: entry %d is %q, want entry %d", i, e, want)
		}
		want++
		return nil
	})
	if err == nil && want != cp.Size {
		t.Errorf("audit saw %d entries of %d", want, cp.Size)
	}
	return cp, err
}

// copyDir returns a copy of dir.
func copyDir(t testing.TB, dir string) string {
	t.Helper()
	to := filepath.Join(scratch(t), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// malleate rewrites the first signature (r, s) of a note as (r, n-s), which is valid too.
func malleate(t testing.TB, signed []byte) []byte {
	t.Helper()
	lines := strings.SplitAfter(string(signed), "\n")
	for i, line := range lines {
		name, ok := strings.CutPrefix(line, "\u2014 ")
		if !ok {
			continue
		}
		name, text, _ := strings.Cut(strings.TrimSuffix(name, "\n"), " ")
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		var sig struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(raw[4:], &sig); err != nil {
			t.Fatal(err)
		}
		sig.S.Sub(elliptic.P256().Params().N, sig.S)
		der, err := asn1.Marshal(sig)
		if err != nil {
			t.Fatal(err)
		}
		lines[i] = "\u2014 " + name + " " + base64.StdEncoding.EncodeToString(append(raw[:4:4], der...)) + "\n"
		break
	}
	return []byte(strings.Join(lines, ""))
}
