package audit

import (
	"encoding/json"
	"testing"

	"rasure/certify/register"
)

// TestStateReport holds that the report of a state is that of the log which it was made from.
func TestStateReport(t *testing.T) {
	t.Parallel()
	o := newOffice2(t)
	o.say(o.registration("C-1", "confidential", nil))
	o.unverified("", "X-9", "interrupted")
	by, now := Pin{Key: &o.key.PublicKey}, start.AddDate(5, 0, 0)
	want, err := Log(o.files(), Options{Pin: by, Policy: register.Default(), Now: now})
	check(t, err)
	if want.Open() == 0 {
		t.Fatal("the log has no findings to compare")
	}
	got, err := want.State.Report(by, now)
	check(t, err)
	a, err := json.Marshal(want)
	check(t, err)
	b, err := json.Marshal(got)
	check(t, err)
	if string(a) != string(b) {
		t.Errorf("State.Report = %s\nLog = %s", b, a)
	}
}
