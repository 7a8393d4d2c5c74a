package logs_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"rasure/logs"
)

func FuzzVerifyAcceptsOnlyWhatWasProven(f *testing.F) {
	policy, good := proven(f, 3)
	f.Add(good)
	_, other := proven(f, 4)
	f.Add(other)
	for _, name := range golden(f, "*.tlog-proof") {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		inc, err := logs.Verify(policy, short(3), data)
		if err != nil {
			return
		}
		// Others may add their signatures at the end; all else is fixed.
		if inc.Index != 3 || inc.Checkpoint.Size != 5 || !bytes.HasPrefix(data, good[:bytes.Index(good, []byte("—"))]) {
			t.Errorf("accepted:\n%s", data)
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add(logs.Checkpoint{Origin: origin, Size: 1 << 40}.Text())
	f.Add("a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
	f.Add("a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\next\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := logs.ParseCheckpoint(text)
		if err == nil && (c.Text() != text || c.Size < 0 || c.Origin == "") {
			t.Errorf("%q is parsed as %+v", text, c)
		}
	})
}

func FuzzParseBundle(f *testing.F) {
	for _, name := range golden(f, "log/tile/entries/001.p/*") {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, 44)
	}
	f.Add([]byte{0, 0, 0, 1, 'x'}, 2)
	f.Fuzz(func(t *testing.T, data []byte, w int) {
		if w < 0 || w > 256 {
			return
		}
		entries, err := logs.ParseBundle(data, w)
		if err != nil {
			return
		}
		var again []byte
		for _, e := range entries {
			again = append(binary.BigEndian.AppendUint16(again, uint16(len(e))), e...)
		}
		if len(entries) != w || !bytes.Equal(again, data) {
			t.Errorf("%x is parsed as %d entries of %d: %x", data, len(entries), w, entries)
		}
	})
}

func FuzzParseIntent(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "log")
	l, err := logs.Create(dir, plain())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(l.Intent([]byte("an entry\n\nwith an empty line\n")))
	f.Add(l.Intent(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		text, entry, err := logs.ParseIntent(data)
		if err == nil && text+"\n"+string(entry) != string(data) {
			t.Errorf("%q is parsed as %q and %q", data, text, entry)
		}
	})
}
