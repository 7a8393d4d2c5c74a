package wipe_test

import (
	"errors"
	"slices"
	"testing"

	"rasure/devices"
	"rasure/wipe"
)

// A volume reaches level clear at most, and never the outcome verified: its physical disks are somewhere else.
func TestVolume(t *testing.T) {
	t.Parallel()
	tg := newTarget(300*512, 512)
	tg.disk.Volume = true
	if _, err := wipe.PlanFor(tg.disk, wipe.PlanOptions{Level: wipe.Purge, Offer: &devices.Capabilities{
		Methods: []devices.Method{{ID: devices.SCSISanitizeOverwrite, Level: devices.Purge}}}}); !errors.Is(err, wipe.ErrPurgeUnavailable) {
		t.Errorf("level purge: %v", err)
	}
	p := plan(t, tg.disk, wipe.PlanOptions{})
	if len(p.Warnings) == 0 {
		t.Error("the operator is not warned")
	}
	r := run(t, tg, p, wipe.RunOptions{})
	expect(t, r, wipe.CompletedWithExceptions, "physical-disks-not-reached")
	if i := slices.IndexFunc(r.Exceptions, func(e wipe.Exception) bool { return e.Code == wipe.CodeVolume }); i < 0 {
		t.Error("the report does not say that it was a volume")
	}
}
