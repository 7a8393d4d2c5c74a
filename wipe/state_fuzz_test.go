package wipe_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"rasure/wipe"
	"rasure/wipe/pattern"
)

// A job's file may have been damaged or forged: whatever it says, a job that ends verified has every byte of its last
// pass on the disk.
func FuzzState(f *testing.F) {
	const size = 64 * 4096
	for _, scheme := range []string{"clear-random", "flash-clear", "dod-3"} {
		tg := newTarget(size, 512)
		p, err := wipe.PlanFor(tg.disk, wipe.PlanOptions{Scheme: scheme})
		if err != nil {
			f.Fatal(err)
		}
		wipe.Run(f.Context(), tg, p, wipe.RunOptions{Block: 4096, Rand: newDice(1), SaveState: func(s wipe.State) {
			s.WrittenTo /= 2
			b, err := json.Marshal(s)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(scheme, b)
		}})
	}
	f.Fuzz(func(t *testing.T, scheme string, data []byte) {
		var s wipe.State
		if json.Unmarshal(data, &s) != nil {
			return
		}
		tg := newTarget(size, 512)
		p, err := wipe.PlanFor(tg.disk, wipe.PlanOptions{Scheme: scheme})
		if err != nil {
			return
		}
		r, err := wipe.Run(t.Context(), tg, p, wipe.RunOptions{Block: 8192, Resume: &s})
		if r.Outcome != wipe.Verified {
			if err == nil && len(r.Exceptions) == 0 {
				t.Errorf("%s without an exception", r.Outcome)
			}
			return
		}
		last := r.Passes[len(r.Passes)-1]
		pat, err := pattern.Parse(last.Pattern, last.Key)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]byte, size)
		pat.FillAt(want, 0)
		got := make([]byte, size)
		if tg.Peek(got, 0); !bytes.Equal(got, want) {
			t.Errorf("verified, and the disk holds something else")
		}
		if len(r.Passes) != len(p.Scheme.Passes) {
			t.Errorf("verified after %d of %d passes", len(r.Passes), len(p.Scheme.Passes))
		}
	})
}
