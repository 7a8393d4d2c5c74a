package logs_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"rasure/logs"
)

func TestProveAtEverySize(t *testing.T) {
	t.Parallel()
	c := &counter{v: 1000}
	o := counted(c, 1000)
	l, dir := create(t, o, 0)
	for size := int64(0); size < 520; size++ {
		add(t, l, 1)
		if size > 20 && size%256 > 3 && size%256 < 252 {
			continue
		}
		for _, i := range []int64{0, size / 2, size} {
			p, err := l.Prove(i)
			if err != nil {
				t.Fatalf("size %d: Prove(%d): %v", size+1, i, err)
			}
			inc, err := logs.Verify(o.Identity, short(i), p)
			if err != nil || inc.Index != i || inc.Checkpoint.Size != size+1 || inc.Base() != 1000 {
				t.Fatalf("size %d: Verify(proof of %d) = %+v, %v", size+1, i, inc, err)
			}
		}
		if cp, err := audit(t, dir, o, nil); err != nil || cp.Size != size+1 {
			t.Fatalf("audit of %d entries = %v, %v", size+1, cp.Size, err)
		}
		again, err := logs.Open(dir, o)
		if err != nil {
			t.Fatalf("opening %d entries: %v", size+1, err)
		}
		l = again
	}
	var names []string
	filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			p, _ = filepath.Rel(dir, p)
			names = append(names, p)
		}
		return err
	})
	want := "attest/000 attest/001 attest/002.p/8 checkpoint lock tile/0/000 tile/0/001 tile/0/002.p/8 tile/1/000.p/2 tile/entries/000 tile/entries/001 tile/entries/002.p/8"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("a log of 520 entries has the files\n%s\nwant\n%s", got, want)
	}
}

func TestAppendWrongSigner(t *testing.T) {
	t.Parallel()
	l, dir := create(t, plain(), 3)
	wrong := plain()
	wrong.Signers = []note.Signer{newP256(8)}
	if _, err := logs.Create(filepath.Join(scratch(t), "log"), wrong); err == nil {
		t.Error("made a log that its policy cannot open")
	}
	bad, err := logs.Open(dir, wrong)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bad.Append(short(3)); err == nil {
		t.Error("appended with a key that the policy does not know")
	}
	if cp, err := audit(t, dir, plain(), nil); err != nil || cp.Size != 3 {
		t.Errorf("audit = %v, %v", cp, err)
	}
	// The right key finishes what the wrong one began.
	if i, err := l.Append(short(4)); i != 4 || err != nil {
		t.Errorf("Append = %d, %v, want 4", i, err)
	}
	if i, ok := l.Recovered(); i != 3 || !ok {
		t.Errorf("Recovered = %d, %v, want 3", i, ok)
	}
}

func TestAppendLengths(t *testing.T) {
	t.Parallel()
	l, dir := create(t, plain(), 0)
	lengths := []int{0, 1, 255, 256, 65534, 65535}
	for i, n := range lengths {
		if index, err := l.Append(bytes.Repeat([]byte{'x'}, n)); index != int64(i) || err != nil {
			t.Fatalf("%d bytes: Append = %d, %v", n, index, err)
		}
	}
	if _, err := l.Append(make([]byte, 65536)); err == nil {
		t.Error("an entry of 65,536 bytes is taken")
	}
	for i, n := range lengths {
		e, err := l.Entry(int64(i))
		raw, err2 := logs.ReadEntry(os.DirFS(dir), int64(i))
		if len(e) != n || len(raw) != n || err != nil || err2 != nil {
			t.Errorf("entry %d has %d and %d bytes, %v, %v, want %d", i, len(e), len(raw), err, err2, n)
		}
	}
	if _, err := logs.ReadEntry(os.DirFS(dir), int64(len(lengths))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an entry past the end: %v", err)
	}
}

// TestAppendCalls counts the calls that make an append slow. .ci/bench states the same numbers.
func TestAppendCalls(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{3, 100, 300} { // not at the end of a tile, where another tile begins
		dir, _ := filled(t, size)
		counts := map[string]int{}
		c := &counter{v: 40 + uint64(size)}
		l, err := logs.Open(dir, counted(c, 40).WithFault(func(call, _ string) error { counts[call]++; return nil }))
		if err != nil {
			t.Fatal(err)
		}
		add(t, l, 1) // the first one makes directories durable
		clear(counts)
		c.fail = func(call, _ string) error { counts[call]++; return nil }
		add(t, l, 1)
		if counts["fsync"] > 10 || counts["rename"] > 5 || counts["increment"] != 1 {
			t.Errorf("an append to %d entries makes the calls %v", size+1, counts)
		}
	}
}
