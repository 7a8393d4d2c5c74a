package wipe_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"rasure/wipe"
	"rasure/wipe/pattern"
	"rasure/wipe/scheme"
)

// TestSchemes runs each scheme on a drive of 37 blocks, no multiple of a transfer, of 3 or of 4096. After each pass the medium is
// compared with what the scheme asks for.
func TestSchemes(t *testing.T) {
	t.Parallel()
	const size = 37 * 512
	for _, s := range scheme.All() {
		t.Run(s.ID, func(t *testing.T) {
			tg := newTarget(size, 512)
			var after [][]byte
			p := plan(t, tg.disk, wipe.PlanOptions{Scheme: s.ID, Verify: wipe.None})
			r := run(t, tg, p, wipe.RunOptions{Block: 5 * 512, Workers: 3, Rand: newDice(7), OnEvent: func(e wipe.Event) {
				if e.Done == e.Total {
					b := make([]byte, size)
					tg.Peek(b, 0)
					after = append(after[:e.Pass-1], b)
				}
			}})
			if r.Outcome != wipe.CompletedWithExceptions || len(after) != len(s.Passes) {
				t.Fatalf("outcome %s, %d passes", r.Outcome, len(after))
			}
			var character byte
			for i, pass := range s.Passes {
				got := after[i]
				var period []byte
				switch name := pass.Pattern; name {
				case pattern.SpecRandom:
					if r.Passes[i].Key == "" || i > 0 && r.Passes[i].Key == r.Passes[i-1].Key {
						t.Errorf("pass %d: key %q is empty or that of the pass before", i+1, r.Passes[i].Key)
					}
					continue // its bytes are tested elsewhere
				case pattern.SpecRandomComplement:
					for o, b := range after[i-1] {
						if got[o] != ^b {
							t.Fatalf("pass %d: byte %d is not the complement of the one before", i+1, o)
						}
					}
					continue
				case pattern.SpecCharacter:
					character = got[0]
					period = []byte{character}
				case pattern.SpecCharacterComplement:
					period = []byte{^character}
				case "zero":
					period = []byte{0}
				case "one":
					period = []byte{0xFF}
				default:
					var err error
					if period, err = hex.DecodeString(strings.TrimPrefix(string(name), "bytes:")); err != nil {
						t.Fatal(err)
					}
				}
				if !bytes.Equal(got, bytes.Repeat(period, size)[:size]) {
					t.Errorf("pass %d: the medium does not hold %x", i+1, period)
				}
			}
		})
	}
}

func TestDrawnCharacter(t *testing.T) {
	t.Parallel()
	tg := newTarget(1<<16, 512)
	r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "dod-3"}), wipe.RunOptions{Rand: bytes.NewReader(append(make([]byte, 32), 0xC5, 0x00))})
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
