package wipe_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"rasure/wipe"
)

// The schemes once more, written down anew: a letter or byte a pass. R random stream, r its complement, c a drawn character, k its
// complement, V behind a pass that is read back.
var table = map[string]string{
	"clear-zero":       "00V",
	"clear-random":     "RV",
	"flash-clear":      "RV rV",
	"nnsa":             "R R 00V",
	"dod-3":            "c k cV",
	"dod-7":            "c k cV c c k cV",
	"rcmp-ops2":        "00 FF 00 FF 00 FF cV",
	"hmg-is5-base":     "00V",
	"hmg-is5-enhanced": "FF 00 RV",
	"vsitr":            "00 FF 00 FF 00 FF cV",
	"schneier-7":       "FF 00 R R R R RV",
	"afssi-5020":       "00 FF cV",
	"ar380-19":         "c c kV",
	"navso-rll":        "FF E4FFFFFF RV",
	"navso-mfm":        "FF FDFFFFFF RV",
	"ncsc-tg-025":      "00V FFV cV",
	"itsg-06":          "00 FF RV",
	"pfitzner-7":       strings.Repeat("R ", 6) + "RV",
	"pfitzner-33":      strings.Repeat("R ", 32) + "RV",
	"bmb21":            "FF 00 R R R FFV",
	"gost":             "00 RV",
	"gutmann-35":       "R R R R 55 AA 924924 492492 249249 " + nibbles() + "924924 492492 249249 6DB6DB B6DB6D DB6DB6 R R R RV",
}

func nibbles() (s string) {
	for i := range 16 {
		s += fmt.Sprintf("%X%X ", i, i)
	}
	return s
}

func TestTheSchemesAreThoseOfAnIndependentTable(t *testing.T) {
	t.Parallel()
	words := map[string]string{"00": "zero", "FF": "one", "R": "random", "r": "random-complement", "c": "character", "k": "character-complement"}
	seen := map[string]bool{}
	for _, s := range wipe.Schemes() {
		want := strings.Fields(table[s.ID])
		if seen[s.ID] || len(want) != len(s.Passes) {
			t.Errorf("%s: %d passes, want %d; or it is there twice", s.ID, len(s.Passes), len(want))
			continue
		}
		seen[s.ID] = true
		for i, p := range s.Passes {
			name, verify := strings.CutSuffix(want[i], "V")
			if w := words[name]; w != "" {
				name = w
			} else {
				name = "bytes:" + strings.ToLower(name)
			}
			if p != (wipe.SchemePass{Pattern: name, Verify: verify}) {
				t.Errorf("%s, pass %d: %+v, want %s, verify %t", s.ID, i+1, p, name, verify)
			}
		}
		if !s.Passes[len(s.Passes)-1].Verify || s.Title == "" || s.Source == "" {
			t.Errorf("%s: the last pass is not read back, or title or source is missing", s.ID)
		}
		if got, err := wipe.SchemeNamed(s.ID); err != nil || got.SHA256() != s.SHA256() {
			t.Errorf("SchemeNamed(%q) = %v, %v", s.ID, got.ID, err)
		}
	}
	if len(seen) != len(table) {
		t.Errorf("%d schemes, want %d", len(seen), len(table))
	}
	for _, id := range []string{"", "nist", "Clear-Random", "clear-random "} {
		if _, err := wipe.SchemeNamed(id); err == nil {
			t.Errorf("there is a scheme %q", id)
		}
	}
}

// A certificate of years ago names a scheme by this hash. It is what
//
//	printf 'rasure/scheme/v1 flash-clear\n1 random verify\n2 random-complement verify\n' | sha256sum
//
// and the like give; a row that changes here is a scheme that changed under its name.
func TestTheHashOfASchemeNeverChanges(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"clear-random": "1f58d98a87d366814d8a59b2c142ee9fa15acf102ffc17be06ca7927568de80a",
		"flash-clear":  "9f894b826536052bb9710450a93dc942bc660e77066aeb14c1ce3b5d8a0c502d",
		"nnsa":         "1fcb2afc78b6adde49919985279eddbdfffa70ee9d9a4c65b7da6d96f67fe1ae",
		"gutmann-35":   "51d8ec3bf7ab7d5bd9e9ca31825da8503aa08c9922ebcffa831ec503f85fe878",
	} {
		s, err := wipe.SchemeNamed(id)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.SHA256(); got != want {
			t.Errorf("%s: %s, want %s, over\n%s", id, got, want, s.Text())
		}
	}
}

// Each scheme on a drive of 37 blocks, no multiple of a transfer, of 3 or of 4096: after each pass the medium is compared with
// bytes made from the table above.
func TestEachPassLeavesWhatTheTableSaysOnEveryByte(t *testing.T) {
	t.Parallel()
	const size = 37 * 512
	for id, row := range table {
		tg := newTarget(size, 512)
		var after [][]byte
		p := plan(t, tg.disk, wipe.PlanOptions{Scheme: id, Verify: wipe.None})
		r := run(t, tg, p, wipe.Options{Block: 5 * 512, Workers: 3, Rand: newDice(7), OnEvent: func(e wipe.Event) {
			if e.Done == e.Total {
				b := make([]byte, size)
				tg.Peek(b, 0)
				after = append(after[:e.Pass-1], b)
			}
		}})
		if r.Outcome != wipe.CompletedWithExceptions || len(after) != len(strings.Fields(row)) {
			t.Errorf("%s: outcome %s, %d passes", id, r.Outcome, len(after))
			continue
		}
		var chr byte
		for i, name := range strings.Fields(strings.ReplaceAll(row, "V", "")) {
			got := after[i]
			switch name {
			case "R":
				if r.Passes[i].Key == "" || i > 0 && r.Passes[i].Key == r.Passes[i-1].Key {
					t.Errorf("%s, pass %d: key %q is none or the one before", id, i+1, r.Passes[i].Key)
				}
				continue // what it is made of is the subject of another test
			case "r":
				for o, b := range after[i-1] {
					if got[o] != ^b {
						t.Fatalf("%s, pass %d: byte %d is not the complement of the one before", id, i+1, o)
					}
				}
				continue
			case "c":
				chr = got[0]
				name = fmt.Sprintf("%X", []byte{chr})
			case "k":
				name = fmt.Sprintf("%X", []byte{^chr})
			}
			period, err := hex.DecodeString(name)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, bytes.Repeat(period, size)[:size]) {
				t.Errorf("%s, pass %d: the medium does not hold %s", id, i+1, name)
			}
		}
	}
}

func TestADrawnCharacterIsOnRecord(t *testing.T) {
	t.Parallel()
	tg := newTarget(1<<16, 512)
	r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "dod-3"}), wipe.Options{Rand: bytes.NewReader([]byte{0xC5, 0x00})})
	expect(t, r, wipe.Verified, "")
	for i, want := range []string{"bytes:c5", "bytes:3a", "zero"} {
		if p := r.Passes[i]; p.Pattern != want || p.Key != "" {
			t.Errorf("pass %d: %s with key %q, want %s", i+1, p.Pattern, p.Key, want)
		}
	}
	var verified []wipe.VerifyMode
	for _, p := range r.Passes {
		verified = append(verified, p.Verify)
	}
	if fmt.Sprint(verified) != "[none none full]" {
		t.Errorf("verified %v", verified)
	}
}
