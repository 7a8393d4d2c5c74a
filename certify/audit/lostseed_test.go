package audit

import (
	"testing"

	"rasure/certify"
	"rasure/certify/statement"
)

// All that was saved of a job can be lost, its seed too. Then its certificate claims nothing.
func TestLostSeed(t *testing.T) {
	t.Parallel()
	lost := func(c *statement.Certificate) {
		c.Seed, c.Anchor, c.Outcome, c.Level, c.Passes = statement.Hash{}, nil, "unknown", "none", nil
		c.Exceptions = []statement.Exception{{Code: statement.CodeKeyNotAnchored}}
	}
	for name, c := range map[string]struct {
		edit func(*statement.Certificate)
		want []string
	}{
		"a job that was lost": {func(*statement.Certificate) {}, nil},
		"and failed":          {func(c *statement.Certificate) { c.Outcome = "failed" }, []string{"3 " + certify.NotAnchored}},
		"and wrote": {func(c *statement.Certificate) {
			c.Passes = []statement.Pass{{Pattern: "zero", Verify: "none", Started: start, Ended: start}}
		}, []string{"3 log", "3 " + certify.NotAnchored}},
		"and planned the same": {func(c *statement.Certificate) { c.Plan.Caution = "x" }, []string{"3 " + certify.Work}},
	} {
		l := newLog(t)
		l.add(l.station2(nil))
		l.add(l.begin2(nil).certificate(func(s *statement.Certificate) {
			lost(s)
			c.edit(s)
		}))
		l.breaks(name, c.want...)
	}
}
