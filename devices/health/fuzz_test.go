package health

import (
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// FuzzReport: whatever a drive answers, the report has a verdict with reasons, and no number that cannot be.
func FuzzReport(f *testing.F) {
	for _, name := range []string{"ata-wd20ears", "ata-850-evo", "ata-mhy2250bh"} {
		c := devicetest.Capture(f, name)
		f.Add(c["data"], c["thresholds"], true)
	}
	identify := devicetest.Capture(f, "ata-850-evo")["identify"]
	f.Fuzz(func(t *testing.T, data, thresholds []byte, sealed bool) {
		answers := map[string][]byte{"identify": identify}
		for name, b := range map[string][]byte{"data": data, "thresholds": thresholds} {
			block := make([]byte, 512)
			copy(block, b)
			if sealed {
				block[511] = 0
				for _, c := range block[:511] {
					block[511] -= c
				}
			}
			answers[name] = block
		}
		g := findings{source: SMART, medium: devices.Flash}
		readATA(t.Context(), ataDrive{t, answers, 0}, devices.Disk{}, &g)
		r := g.judge()
		if _, ok := rank[r.Verdict]; !ok || (r.Verdict == Good) != (len(r.Reasons) == 0) {
			t.Errorf("%s with %d reasons", r.Verdict, len(r.Reasons))
		}
		for _, n := range []*int64{r.PowerOnHours, r.Reallocated, r.Pending, r.Uncorrectable, r.MediaErrors, r.PercentageUsed} {
			if n != nil && *n < 0 {
				t.Errorf("a number of %d", *n)
			}
		}
		if r.PercentageUsed != nil && *r.PercentageUsed > 255 || r.PowerOnHours != nil && *r.PowerOnHours > maxHours {
			t.Errorf("%+v", r.Numbers)
		}
	})
}

// TestRules: every rule has a source, and the strictest of a code comes first.
func TestRules(t *testing.T) {
	t.Parallel()
	for i, r := range Rules {
		if r.Source == "" || r.Verdict != Failing && r.Verdict != Worn || (r.From == 0) != (r.value == nil) {
			t.Errorf("rule %d is incomplete: %s", i, r.Code)
		}
		for _, later := range Rules[i+1:] {
			if later.Code == r.Code && (later.From >= r.From || later.Verdict.worse(r.Verdict)) {
				t.Errorf("%s from %d hides %s from %d", r.Verdict, r.From, later.Verdict, later.From)
			}
		}
	}
	for _, q := range quirks {
		if q.citation == "" {
			t.Errorf("%s: no source", q.model)
		}
	}
}
