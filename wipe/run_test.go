package wipe_test

import (
	"testing"

	"rasure/wipe"
)

func TestRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		size    int64
		logical int
	}{
		{512, 512}, {1024, 512}, {37 * 512, 512}, {4096, 4096}, {1 << 20, 512}, {1<<20 + 512, 512}, {3<<20 - 4096, 4096}, {7<<20 + 1536, 512},
	} {
		tg := newTarget(c.size, c.logical)
		r := run(t, tg, plan(t, tg.disk, wipe.PlanOptions{}), wipe.RunOptions{})
		expect(t, r, wipe.Verified, "")
		if len(r.Passes) != 1 || r.Passes[0].Written != c.size || r.Passes[0].Verified != c.size || r.Passes[0].Verify != wipe.Full {
			t.Errorf("%d bytes: %+v", c.size, r.Passes)
		}
		content(t, tg, r.Passes[0])
	}
}
