package logs_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/tpm"
	"rasure/logs"
)

// testdata/attest is a log with records of attestations, written once as testdata/v1 was; FORMAT.md describes it.
const (
	attestSize = 260
	attestBase = 1000
	nvIndex    = 0x01800aa0
)

// softTPM signs statements as a TPM does, with a key that is in the test.
type softTPM struct {
	p256
	*tpm.AttestationVerifier
	counter *counter
}

func newSoftTPM(t testing.TB, c *counter) softTPM {
	t.Helper()
	k := newP256(11)
	v, err := tpm.NewAttestationVerifier(origin, &k.key.PublicKey, nvIndex, tpm.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	return softTPM{k, v, c}
}

func (s softTPM) Name() string                 { return origin }
func (s softTPM) KeyHash() uint32              { return s.AttestationVerifier.KeyHash() }
func (s softTPM) Verify(text, sig []byte) bool { return s.AttestationVerifier.Verify(text, sig) }

// Sign makes the line of certify/tpm/FORMAT.md, from its tables and not with our structures.
func (s softTPM) Sign(text []byte) ([]byte, error) {
	counter := s.counter.v
	size := counter - attestBase
	name := func(area string) string {
		raw, err := hex.DecodeString(area)
		if err != nil {
			panic(err)
		}
		return fmt.Sprintf("000b%x", sha256.Sum256(raw))
	}
	point, err := s.key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	own := name(fmt.Sprintf("0023000b00050472000000100018000b000300100020%x0020%x", point[1:33], point[33:]))
	reset, safe, firmware := 2, 1, uint64(0x0007_0055_0000_0001)
	if size >= 100 {
		reset = 3
	}
	if size == 150 {
		safe = 0
	}
	if size >= 200 {
		firmware++
	}
	stated, err := hex.DecodeString(fmt.Sprintf("ff54434780140022%s0020%x%016x%08x%08x%02x%016x0022%s00000008%016x", name("4000000b"+own), sha256.Sum256(text),
		size*1000, reset, 0, safe, firmware, name(fmt.Sprintf("%08x000b2206001400000008", nvIndex)), counter))
	if err != nil {
		return nil, err
	}
	sig, err := s.p256.Sign(stated)
	if err == nil {
		sig, err = certify.LowS(sig)
	}
	return append(stated, sig...), err
}

func attestOptions(t testing.TB, c *counter) logs.Options {
	s := newSoftTPM(t, c)
	o := plain()
	o.Identity = logs.Identity{Origin: origin, Log: s.p256, Counter: s, Base: attestBase, Records: s}
	o.Counter, o.Signers = c, []note.Signer{s.p256, s}
	return o
}

func attestEntry(i int64) []byte { return fmt.Appendf(nil, "entry %d\n", i) }

// attestProofs returns index and size of each proof in testdata/attest.
func attestProofs() map[int64]int64 {
	return map[int64]int64{3: 4, 6: 260, 17: 18, 149: 150, 199: 200, 255: 260, 256: 257, 258: 260}
}

// writeAttest makes the log in dir as Append makes it.
func writeAttest(t *testing.T, dir string) {
	t.Helper()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := &counter{v: attestBase}
	o := attestOptions(t, c)
	old := withoutRecords(o)
	if _, err := logs.Create(filepath.Join(dir, "log"), old); err != nil {
		t.Fatal(err)
	}
	var heads strings.Builder
	for i := range int64(attestSize) {
		with := o
		if size := i + 1; size <= 3 || size == 5 || size == 6 {
			with = old // as rasure 0.1.0
		}
		l, err := logs.Open(filepath.Join(dir, "log"), with)
		if err == nil {
			_, err = l.Append(attestEntry(i))
		}
		if err != nil {
			t.Fatal(err)
		}
		head, record, err := snapshot(t, os.DirFS(filepath.Join(dir, "log")), o).Record(i + 1)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&heads, "%d %s %s\n", head.Size, head.Root, stated(t, o.Identity, head, record))
		for index, size := range attestProofs() {
			if size != i+1 {
				continue
			}
			proof, err := l.Prove(index)
			if err != nil {
				t.Fatal(err)
			}
			write(fmt.Sprintf("entry-%d-of-%d.tlog-proof", index, size), proof)
		}
	}
	write("heads.txt", []byte(heads.String()))
	spki, err := x509.MarshalPKIXPublicKey(newP256(11).key.Public())
	if err != nil {
		t.Fatal(err)
	}
	write("log.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	os.Remove(filepath.Join(dir, "log/lock"))
}

// stated returns what a record says, as heads.txt has it.
func stated(t testing.TB, p logs.Identity, head logs.Checkpoint, record []byte) string {
	t.Helper()
	if record == nil {
		return "-"
	}
	line, err := p.VerifyRecord(head, record)
	if err != nil {
		t.Fatalf("size %d: %v", head.Size, err)
	}
	a, err := tpm.ParseAttestation(line)
	if err != nil {
		t.Fatal(err)
	}
	safe := 0
	if a.Safe {
		safe = 1
	}
	return fmt.Sprintf("%d %d %d %d %d %016x", a.Counter, a.Clock, a.ResetCount, a.RestartCount, safe, a.FirmwareVersion)
}

func TestTheLogWithRecordsIsWrittenToday(t *testing.T) {
	t.Parallel()
	dir := scratch(t)
	writeAttest(t, dir)
	if os.Getenv("LOGS_TEST_GOLDEN") == "write" {
		if err := os.CopyFS("testdata/attest", os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
	}
	if files := sameFiles(t, dir, "testdata/attest") + sameFiles(t, "testdata/attest", dir); files < 2*15 {
		t.Errorf("only %d files compared", files)
	}
}

func TestTheLogWithRecordsVerifiesForEver(t *testing.T) {
	t.Parallel()
	o := attestOptions(t, nil)
	s := snapshot(t, os.DirFS("testdata/attest/log"), o)
	var heads strings.Builder
	records := 0
	for e, err := range s.Attested(0) {
		if err != nil || !bytes.Equal(e.Data, attestEntry(e.Index)) {
			t.Fatalf("entry %d is %q, %v", e.Index, e.Data, err)
		}
		fmt.Fprintf(&heads, "%d %s %s\n", e.Head.Size, e.Head.Root, stated(t, o.Identity, e.Head, e.Record))
		if e.Record != nil {
			records++
		}
	}
	want, err := os.ReadFile("testdata/attest/heads.txt")
	if err != nil {
		t.Fatal(err)
	}
	if heads.String() != string(want) || records != attestSize-5 {
		t.Errorf("%d records; the heads are\n%s", records, heads.String())
	}
	for index, size := range attestProofs() {
		proof, err := os.ReadFile(fmt.Sprintf("testdata/attest/entry-%d-of-%d.tlog-proof", index, size))
		if err != nil {
			t.Fatal(err)
		}
		in, err := logs.Verify(o.Identity, attestEntry(index), proof)
		if err != nil || in.Checkpoint.Size != size || in.Base() != attestBase || !strings.Contains(string(want), fmt.Sprintf("\n%d %s %d ", in.Head.Size, in.Head.Root, attestBase+index+1)) {
			t.Errorf("entry %d of %d: %+v, %v", index, size, in, err)
		}
	}
	// The statements are signed over SHA-256 by the key in log.pem, in any ECDSA.
	pub := newP256(11).key.PublicKey
	data, err := os.ReadFile("testdata/attest/log/attest/000")
	if err != nil || len(data) != 256*213 {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	line, err := newSoftTPM(t, nil).Line(data[9*213:][:213])
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(line[:149]); !ecdsa.VerifyASN1(&pub, sum[:], line[149:]) || binary.BigEndian.Uint64(line[141:]) != attestBase+10 {
		t.Error("the record of size 10 is another one")
	}
}

// The script is that of FORMAT.md.
func TestARecordIsCheckedWithoutUsAsFormatSays(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "openssl", "base64", "sed", "xxd"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("FORMAT.md's script needs %s: %v", tool, err)
		}
	}
	script := formatScript(t, 1)
	key, err := filepath.Abs("testdata/attest/log.pem")
	if err != nil {
		t.Fatal(err)
	}
	dir := scratch(t)
	run := func(entry, proof, records []byte, nv, base string) (string, error) {
		for name, data := range map[string][]byte{"record.sh": []byte(script), "entry": entry, "proof": proof, "records": records} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("sh", "record.sh", "entry", "proof", key, "records", nv, base)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, index := range []int64{6, 17, 258} { // each check starts a hundred programs
		size := attestProofs()[index]
		proof, err := os.ReadFile(fmt.Sprintf("testdata/attest/entry-%d-of-%d.tlog-proof", index, size))
		if err != nil {
			t.Fatal(err)
		}
		file := map[bool]string{true: "000", false: "001.p/4"}[index < 256]
		records, err := os.ReadFile("testdata/attest/log/attest/" + file)
		if err != nil {
			t.Fatal(err)
		}
		one := records[int(index%256)*213:][:213]
		want := fmt.Sprintf("entry %d was fixed at counter %d\n", index, attestBase+index+1)
		if out, err := run(attestEntry(index), proof, records, "01800aa0", "1000"); err != nil || !strings.HasSuffix(out, want) {
			t.Errorf("entry %d of %d: %v\n%s", index, size, err, out)
		}
		if index != 258 {
			continue
		}
		if out, err := run(attestEntry(index), proof, one, "01800aa0", "1000"); err != nil || !strings.HasSuffix(out, want) {
			t.Errorf("entry %d of %d, one record: %v\n%s", index, size, err, out)
		}
		changed := bytes.Clone(records)
		changed[int(index%256)*213+90] ^= 1
		swapped := append(records[213:len(records):len(records)], records[:213]...)
		for name, try := range map[string]func() (string, error){
			"another entry":  func() (string, error) { return run(attestEntry(index+1), proof, records, "01800aa0", "1000") },
			"another record": func() (string, error) { return run(attestEntry(index), proof, swapped, "01800aa0", "1000") },
			"a bit":          func() (string, error) { return run(attestEntry(index), proof, changed, "01800aa0", "1000") },
			"another index":  func() (string, error) { return run(attestEntry(index), proof, records, "01800aa1", "1000") },
			"another base":   func() (string, error) { return run(attestEntry(index), proof, records, "01800aa0", "999") },
		} {
			if out, err := try(); err == nil {
				t.Errorf("entry %d of %d: %s passes:\n%s", index, size, name, out)
			}
		}
	}
}
