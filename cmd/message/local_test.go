package message

import (
	"testing"
	"time"
)

func TestLocal(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 8*3600)
	due := Of("due %s", "2026-12-31T16:00:00Z")
	for want, text := range map[string]Text{
		"due 2027-01-01 00:00 +08:00":                    due,
		"S-1, entry 3: due 2027-01-01 00:00 +08:00":      Of("%s, entry %d: %s", "S-1", 3, due),
		"says at 2026-12-31T16:00:00Z, 2026-12-31, 100%": Of("says %s, %s, 100%%", "at 2026-12-31T16:00:00Z", "2026-12-31"),
		"plain": Of("plain"),
	} {
		if got := text.Local(zone).String(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if due.String() != "due 2026-12-31T16:00:00Z" {
		t.Error("Local changed the sentence itself")
	}
}
