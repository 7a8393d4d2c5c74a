package audit

import (
	"bytes"
	"encoding/hex"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/logs"
)

var nonce = bytes.Repeat([]byte{0xa5}, MinNonce)

// answer is a live proof, by the signers given, of what a checkpoint says.
func (l *testLog) answer(cp logs.Checkpoint, edit func(*statement.Fresh), signers ...note.Signer) []byte {
	l.Helper()
	f := statement.Fresh{Log: HeadOf(certify.TextSHA256(l.card), cp), Nonce: hex.EncodeToString(nonce), At: start}
	if edit != nil {
		edit(&f)
	}
	text, err := statement.FreshText(&f)
	check(l, err)
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	check(l, err)
	return signed
}

func (l *testLog) head() logs.Checkpoint { return l.log.Snapshot().Checkpoint() }

func TestFresh(t *testing.T) {
	for name, l := range map[string]*testLog{"counter": newPlayed(t, certify.TPMUnverified), "emulator": newPlayed(t, certify.TPMEmulated), "software": newLog(t)} {
		t.Run(name, func(t *testing.T) {
			job(l)
			good := l.answer(l.head(), nil, l.signers()...)
			ask := func(signed, by []byte) (*Report, error) {
				return Log(l.files(), Options{Pin: l.cardPin(), Now: start.AddDate(1, 0, 0), Fresh: signed, Nonce: by})
			}
			r, err := ask(good, nonce)
			if err != nil || !r.Valid || r.Fresh == nil || r.Fresh.Entries != 3 || !r.Fresh.At.Equal(start) {
				t.Fatalf("%+v, %v", r, err)
			}
			// A counter says that nothing was cut off. A key alone signs any head.
			if counted := l.played != nil; slices.Contains(r.NotShown, Tail) == counted || slices.Contains(r.NotShown, ByCounter) != counted {
				t.Errorf("not shown: %v", r.NotShown)
			}
			if r := l.audit(); r.Fresh != nil || !slices.Contains(r.NotShown, Tail) {
				t.Errorf("without a live proof: %+v", r)
			}
			job(l) // the log may have grown since
			if r, err := ask(good, nonce); err != nil || r.Fresh.Entries != 3 || r.Entries != 5 {
				t.Errorf("%+v, %v", r, err)
			}
			now := l.head()
			edited := func(edit func(*statement.Fresh)) []byte { return l.answer(now, edit, l.signers()...) }
			again := l.answer(now, nil, l.signers()...)
			for name, c := range map[string]struct {
				signed []byte
				want   string
			}{
				"another nonce":        {edited(func(f *statement.Fresh) { f.Nonce = strings.Repeat("00", MinNonce) }), "made for another nonce"},
				"another log":          {edited(func(f *statement.Fresh) { f.Log.First[0] ^= 1 }), "of another log"},
				"another origin":       {edited(func(f *statement.Fresh) { f.Log.Origin = "other.example" }), "of another log"},
				"another root":         {edited(func(f *statement.Fresh) { f.Log.Root[0] ^= 1 }), "first 5 entries are not the same"},
				"nothing":              {[]byte("x"), "the live proof"},
				"a checkpoint":         {l.log.Snapshot().Signed(), "reading rasure/fresh/v2"},
				"changed":              {flip(again, 60), "the live proof"},
				"signed twice":         {append(bytes.Clone(again), again[bytes.LastIndex(again, []byte("— ")):]...), "the live proof"},
				"another key":          {newLog(t).answer(now, nil, newLog(t).signer), "the live proof"},
				"another way to write": {l.rewrite(again), "the live proof"},
			} {
				_, err := ask(c.signed, nonce)
				fails(t, name, err, c.want)
			}
			if l.played != nil {
				_, err := ask(l.answer(now, nil, l.signer), nonce)
				fails(t, "without the counter", err, "signature lines")
				l.played.Value++ // an entry that is not in the head
				_, err = ask(l.answer(now, nil, l.signers()...), nonce)
				fails(t, "counter ahead", err, "and the counter has counted 6")
				l.played.Value--
			}
		})
	}
}

// rewrite is the same note with another spelling of its JSON, signed.
func (l *testLog) rewrite(signed []byte) []byte {
	l.Helper()
	text := strings.Replace(certify.TextOf(signed), "  \"nonce\"", "   \"nonce\"", 1)
	out, err := note.Sign(&note.Note{Text: text}, l.signers()...)
	check(l, err)
	return out
}

// An answer from before the log was cut back shows the cut, and so does one from after it, by its counter.
func TestFreshShowsACut(t *testing.T) {
	l := newPlayed(t, certify.TPMUnverified)
	copied := copyOf(t, l)
	job(l)
	honest := l.answer(l.head(), nil, l.signers()...)
	o := Options{Pin: l.cardPin(), Now: start.AddDate(1, 0, 0), Fresh: honest, Nonce: nonce}
	_, err := Log(copied, o)
	fails(t, "the copy is older", err, "cut back")
	cp, err := logs.ReadCheckpoint(copied, l.id)
	check(t, err)
	o.Fresh = l.answer(cp, nil, l.signers()...) // the station hides its newest entries, but its counter has counted them
	_, err = Log(copied, o)
	fails(t, "the station cut it", err, "states 1 entries, and the counter has counted 3")
}

func TestParseNonce(t *testing.T) {
	for s, ok := range map[string]bool{strings.Repeat("aB", 16): true, strings.Repeat("00", 64): true, "": false, strings.Repeat("a", 31): false, strings.Repeat("00", 15): false,
		strings.Repeat("00", 65): false, strings.Repeat("xy", 16): false} {
		if _, err := ParseNonce(s); (err == nil) != ok {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func copyOf(t *testing.T, l *testLog) fs.FS {
	t.Helper()
	dir := t.TempDir()
	check(t, os.CopyFS(dir, l.files()))
	return os.DirFS(dir)
}
