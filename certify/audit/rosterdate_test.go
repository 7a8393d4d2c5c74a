package audit

import (
	"strings"
	"testing"

	"rasure/certify/register"
)

// TestRosterDate holds that an audit applies the rule of dates to rosters too: one dated in the future is a problem, and not in force.
func TestRosterDate(t *testing.T) {
	o := newOffice(t)
	for name, c := range map[string]struct {
		years  int // from the roster to the audit
		inside bool
	}{"now": {0, true}, "future": {-1, false}} {
		t.Run(name, func(t *testing.T) {
			s, err := Replay(o.files(), o.id, &o.key.PublicKey, nil, register.New(register.Default(), start.AddDate(c.years, 0, 1)))
			check(t, err)
			if in := s.Rosters.At(1 << 20); (in != nil) != c.inside {
				t.Errorf("roster in force: %v", in != nil)
			}
			problems := ""
			for _, p := range s.Chain.Problems {
				problems += p.Detail.String() + "\n"
			}
			if strings.Contains(problems, "future") == c.inside {
				t.Errorf("problems: %q", problems)
			}
		})
	}
}
