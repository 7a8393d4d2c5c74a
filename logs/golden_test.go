package logs_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"rasure/logs"
)

// testdata/v1 holds what the first version wrote: FORMAT.md says how it was made
// and what another implementation can check with it. It is never made again; with
// LOGS_TEST_GOLDEN=write this package fills an empty testdata/v1.

const goldenSize = 300

// golden returns the names of the files in testdata/v1 that match.
func golden(t testing.TB, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata/v1", pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("no %s in testdata/v1: %v", pattern, err)
	}
	return names
}

// goldenEntry returns entry i of the golden log.
func goldenEntry(i int64) []byte {
	switch i {
	case 3:
		return nil
	case 17:
		return bytes.Repeat([]byte{0xa5}, 1000)
	case 299:
		return []byte("\n\n— \x00\xff\n")
	}
	return fmt.Appendf(nil, "entry %d\n", i)
}

// writeGolden makes the golden log in dir as Append makes it.
func writeGolden(t *testing.T, dir string) {
	t.Helper()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l, err := logs.Create(filepath.Join(dir, "log"), plain())
	if err != nil {
		t.Fatal(err)
	}
	var roots strings.Builder
	root := func() {
		signed, _ := l.Checkpoint()
		lines := strings.Split(string(signed), "\n")
		fmt.Fprintf(&roots, "%s %s\n", lines[1], lines[2])
	}
	root()
	for i := range int64(goldenSize) {
		if _, err := l.Append(goldenEntry(i)); err != nil {
			t.Fatal(err)
		}
		root()
		for index, size := range goldenProofs() {
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
	write("roots.txt", []byte(roots.String()))
	write("intent-300", l.Intent([]byte("entry 300\n")))
	spki, err := x509.MarshalPKIXPublicKey(newP256(7).key.Public())
	if err != nil {
		t.Fatal(err)
	}
	write("log.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	os.Remove(filepath.Join(dir, "log/lock"))
}

// goldenProofs returns index and size of each golden proof.
func goldenProofs() map[int64]int64 {
	return map[int64]int64{0: 1, 1: 3, 17: 300, 200: 256, 255: 256, 256: 257, 299: 300}
}

func TestWhatTheFirstVersionWroteIsWrittenToday(t *testing.T) {
	t.Parallel()
	dir := scratch(t)
	writeGolden(t, dir)
	if os.Getenv("LOGS_TEST_GOLDEN") == "write" {
		if err := os.CopyFS("testdata/v1", os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
	}
	if files := sameFiles(t, dir, "testdata/v1") + sameFiles(t, "testdata/v1", dir); files < 2*15 {
		t.Errorf("only %d files compared", files)
	}
}

// sameFiles demands that every file below from is below to, and the same, and counts them.
func sameFiles(t *testing.T, from, to string) (files int) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(from), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		a, err1 := os.ReadFile(filepath.Join(from, name))
		b, err2 := os.ReadFile(filepath.Join(to, name))
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs", name)
		}
		return errors.Join(err1, err2)
	})
	if err != nil {
		t.Error(err)
	}
	return files
}

// formatScript returns one of the scripts of FORMAT.md, from 0.
func formatScript(t *testing.T, n int) string {
	t.Helper()
	text, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "```sh\n")
	if len(parts) < n+2 {
		t.Fatalf("FORMAT.md has %d scripts", len(parts)-1)
	}
	script, _, ok := strings.Cut(parts[n+1], "```\n")
	if !ok {
		t.Fatal("a script of FORMAT.md has no end")
	}
	return script
}

func TestWhatTheFirstVersionWroteVerifiesForEver(t *testing.T) {
	t.Parallel()
	p := plain().Identity
	next := int64(0)
	cp, err := auditLog(os.DirFS("testdata/v1/log"), p, nil, func(i int64, e []byte) error {
		if !bytes.Equal(e, goldenEntry(i)) {
			t.Errorf("entry %d is %q", i, e)
		}
		next++
		return nil
	})
	if err != nil || cp.Size != goldenSize || next != goldenSize {
		t.Errorf("audit = %v, %v after %d entries", cp, err, next)
	}
	for index, size := range goldenProofs() {
		proof, err := os.ReadFile(fmt.Sprintf("testdata/v1/entry-%d-of-%d.tlog-proof", index, size))
		if err != nil {
			t.Fatal(err)
		}
		inc, err := logs.Verify(p, goldenEntry(index), proof)
		if err != nil || inc.Index != index || inc.Checkpoint.Size != size {
			t.Errorf("entry %d of %d: Verify = %+v, %v", index, size, inc, err)
		}
		since := inc.Checkpoint
		if _, err := auditLog(os.DirFS("testdata/v1/log"), p, &since, nil); err != nil {
			t.Errorf("the log since its proof at size %d: %v", size, err)
		}
	}
}

// The script is that of FORMAT.md.
func TestAProofIsCheckedWithoutUsAsFormatSays(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "openssl", "base64", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("FORMAT.md's script needs %s: %v", tool, err)
		}
	}
	script := formatScript(t, 0)
	dir := scratch(t)
	key, err := filepath.Abs("testdata/v1/log.pem")
	if err != nil {
		t.Fatal(err)
	}
	run := func(entry, proof []byte) (string, error) {
		for name, data := range map[string][]byte{"check.sh": []byte(script), "entry": entry, "proof": proof} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("sh", "check.sh", "entry", "proof", key)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for index, size := range goldenProofs() {
		proof, err := os.ReadFile(fmt.Sprintf("testdata/v1/entry-%d-of-%d.tlog-proof", index, size))
		if err != nil {
			t.Fatal(err)
		}
		if out, err := run(goldenEntry(index), proof); err != nil {
			t.Errorf("entry %d of %d: %v\n%s", index, size, err, out)
		}
		if out, err := run(append(goldenEntry(index), 'x'), proof); err == nil {
			t.Errorf("another entry for %d of %d passes:\n%s", index, size, out)
		}
		if out, err := run(goldenEntry(index), bytes.Replace(proof, []byte("\n"+origin+"\n"), []byte("\nanother\n"), 1)); err == nil {
			t.Errorf("another origin for %d of %d passes:\n%s", index, size, out)
		}
	}
}
