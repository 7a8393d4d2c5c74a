package digest

import (
	"testing"

	"rasure/certify/audit"
)

// TestOrigin holds that nothing is said of an entry whose boot or enrolment may be among those that are not listed.
func TestOrigin(t *testing.T) {
	t.Parallel()
	boots, enrolments := []*audit.Booted{{Index: 9, Entries: []audit.Span{{From: 9, To: 20}}}}, []*audit.Enrolled{{Index: 5}}
	for _, c := range []struct {
		boots, enrolments int // in all
		index             int64
		want              bool
	}{
		{1, 1, 4, true}, {1, 1, 9, true}, // all are listed
		{2, 1, 8, false}, {2, 1, 9, true},
		{1, 2, 5, false}, {1, 2, 6, true},
	} {
		d := &Digest{CounterBy: audit.TPM, Booted: List[*audit.Booted]{c.boots, boots}, Enrolled: List[*audit.Enrolled]{c.enrolments, enrolments}}
		if got := d.Origin(c.index); (got != nil) != c.want {
			t.Errorf("entry %d of %d boots and %d enrolments: %+v", c.index, c.boots, c.enrolments, got)
		}
	}
}
