package wipe_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices/devicetest"
	"rasure/wipe"
)

// placed are keys that say what they are of.
type placed string

func (p placed) of(what string, n int) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%s %s %d", string(p), what, n))
}
func (p placed) Pass(n int) [32]byte      { return p.of("pass", n) }
func (p placed) Markers(try int) [32]byte { return p.of("markers", try) }
func (p placed) Probe(try int) [32]byte   { return p.of("probe", try) }
func (p placed) Sample(pass int) [32]byte { return p.of("sample", pass) }

func (p placed) hex(what string, n int) string {
	key := p.of(what, n)
	return hex.EncodeToString(key[:])
}

// Each key of a job is the one of its place: pass 3 of schneier-7 is the first that draws one.
func TestKeys(t *testing.T) {
	t.Parallel()
	tg := newTarget(25000*512, 512)
	r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "schneier-7", Verify: wipe.Sample}), wipe.RunOptions{Keys: placed("a job")})
	expect(t, r, wipe.Verified, "")
	for i, p := range r.Passes {
		want := ""
		if p.Pattern == "random" {
			want = placed("a job").hex("pass", i+1)
		}
		if p.Key != want {
			t.Errorf("pass %d, %s, has key %q, want %q", i+1, p.Pattern, p.Key, want)
		}
	}
	if s := r.Passes[6].Sample; s == nil || s.Seed != placed("a job").hex("sample", 7) {
		t.Errorf("sample %+v", s)
	}

	r = run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "flash-clear"}), wipe.RunOptions{Keys: placed("b job")})
	for i, p := range r.Passes {
		if p.Key != placed("b job").hex("pass", 1) {
			t.Errorf("pass %d, %s, has key %s", i+1, p.Pattern, p.Key)
		}
		content := parse(t, p)
		if i == 1 && content.String() != "random-complement" {
			t.Errorf("pass 2 is %s", content)
		}
	}

	r = run(t, tg, plan(t, tg.disk, wipe.PlanOptions{Scheme: "clear-zero"}), wipe.RunOptions{Keys: placed("c job")})
	if r.Probe == nil || r.Probe.Key != placed("c job").hex("probe", 1) {
		t.Errorf("probe %+v", r.Probe)
	}

	e := newEraser(devicetest.Honest, blockErase)
	r = run(t, e, purgePlan(t, e), purging(wipe.RunOptions{Keys: placed("d job")}))
	if got := r.Firmware.Markers.Key; got != placed("d job").hex("markers", 1) {
		t.Errorf("markers have key %s", got)
	}
}

// A job is resumed with its own keys, and refused with those of another seed.
func TestKeysResume(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tg := newTarget(resumeSize, 512)
		tg.Inject(fault{Kind: devicetest.Slow, Delay: time.Second})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var last wipe.State
		p := plan(t, tg.disk, wipe.PlanOptions{Scheme: "nnsa"})
		if _, err := wipe.Run(ctx, tg, p, wipe.RunOptions{Block: 4096, CancelTimeout: time.Hour, Keys: placed("a"),
			SaveState: func(s wipe.State) { last = s },
			OnEvent: func(e wipe.Event) {
				if e.Pass == 2 {
					cancel()
				}
			}}); err == nil || len(last.Report.Passes) != 2 {
			t.Fatalf("error %v after %d passes", err, len(last.Report.Passes))
		}
		tg.Heal()
		_, err := wipe.Run(t.Context(), tg, p, wipe.RunOptions{Resume: &last, Keys: placed("b")})
		if err == nil || !strings.Contains(err.Error(), "the saved key is not the one that the job's seed gives") {
			t.Errorf("resumed with another seed: %v", err)
		}
		r := run(t, tg, p, wipe.RunOptions{Resume: &last, Keys: placed("a")})
		expect(t, r, wipe.Verified, "")
		if r.Passes[0].Key != placed("a").hex("pass", 1) || r.Passes[1].Key != placed("a").hex("pass", 2) {
			t.Errorf("keys %s, %s", r.Passes[0].Key, r.Passes[1].Key)
		}
	})
}
