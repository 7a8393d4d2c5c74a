package wipe_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/firmware"
	"rasure/wipe"
)

func TestPlanDefault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		medium   devices.Medium
		scheme   string
		warnings int
	}{
		{devices.Magnetic, "clear-random", 0}, {devices.Image, "clear-random", 0}, {devices.Flash, "flash-clear", 1},
		{devices.MediumUnknown, "flash-clear", 1}, {"", "flash-clear", 1}, {"holographic", "flash-clear", 1},
	} {
		p := plan(t, devices.Disk{Name: "sdz", Medium: c.medium}, wipe.PlanOptions{})
		if p.Scheme.ID != c.scheme || p.Level != wipe.Clear || p.Verify != wipe.Full || p.Reason.IsZero() || len(p.Warnings) != c.warnings || p.Warnings == nil {
			t.Errorf("%q: %s at level %s, verify %s, because %q, warnings %q", c.medium, p.Scheme.ID, p.Level, p.Verify, p.Reason, p.Warnings)
		}
		for i, pass := range p.Scheme.Passes {
			if !pass.Verify {
				t.Errorf("%q: pass %d of the default plan is not read back", c.medium, i+1)
			}
		}
	}
}

func TestPlanNeverWeaker(t *testing.T) {
	t.Parallel()
	for _, m := range []devices.Medium{devices.Magnetic, devices.Flash, devices.MediumUnknown, devices.Image} {
		_, err := wipe.PlanFor(devices.Disk{Name: "sdz", Medium: m}, wipe.PlanOptions{Level: wipe.Purge})
		if !errors.Is(err, wipe.ErrPurgeUnavailable) {
			t.Errorf("purge of %s: %v", m, err)
		}
	}
	for _, o := range []wipe.PlanOptions{{Level: "destroy"}, {Level: "Clear"}, {Scheme: "quick"}, {Verify: "some"}, {Verify: "Full"}} {
		if p, err := wipe.PlanFor(devices.Disk{Name: "sdz", Medium: devices.Magnetic}, o); err == nil {
			t.Errorf("PlanFor(%+v) = %+v", o, p)
		}
	}
	d := devices.Disk{Name: "sdz", Medium: devices.Magnetic}
	d.Queue.Zoned = "host-managed"
	if _, err := wipe.PlanFor(d, wipe.PlanOptions{Verify: wipe.Sample}); !errors.Is(err, wipe.ErrZoned) {
		t.Errorf("host-managed: %v", err)
	}
	d.Queue.Zoned = "host-aware"
	if _, err := wipe.PlanFor(d, wipe.PlanOptions{}); err != nil {
		t.Errorf("host-aware: %v", err)
	}
}

func TestPlanWarnings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		medium devices.Medium
		o      wipe.PlanOptions
		want   string // pieces of each warning, in order
	}{
		{devices.Magnetic, wipe.PlanOptions{Scheme: "clear-zero"}, "keyed blocks are first"},
		{devices.Magnetic, wipe.PlanOptions{Scheme: "flash-clear"}, ""},
		{devices.Flash, wipe.PlanOptions{Scheme: "clear-random"}, "over-provisioned|fewer than the two passes"},
		{devices.MediumUnknown, wipe.PlanOptions{Scheme: "clear-zero", Verify: wipe.None}, "over-provisioned|fewer than the two passes|cannot be verified"},
		{devices.Magnetic, wipe.PlanOptions{Verify: wipe.Sample}, "only a sample"},
		{devices.Magnetic, wipe.PlanOptions{Scheme: "bmb21"}, "keyed blocks are first|disputed: not checked against the text"},
		{devices.Magnetic, wipe.PlanOptions{Scheme: "dod-3"}, "keyed blocks are first|disputed"},
	} {
		p := plan(t, devices.Disk{Name: "sdz", Medium: c.medium}, c.o)
		want := strings.Split(c.want, "|")
		if c.want == "" {
			want = nil
		}
		if len(p.Warnings) != len(want) {
			t.Errorf("%s, %+v: warnings %q, want %q", c.medium, c.o, p.Warnings, want)
			continue
		}
		for i := range want {
			if !strings.Contains(p.Warnings[i].String(), want[i]) {
				t.Errorf("%s, %+v: warning %q, want one of %q", c.medium, c.o, p.Warnings[i], want[i])
			}
		}
	}
}

func TestPlanWarnsOfFirmware(t *testing.T) {
	t.Parallel()
	never := firmware.NeverOnRealDrive.String()
	warns := func(p wipe.Plan) bool {
		return slices.ContainsFunc(p.Warnings, func(w message.Text) bool { return w.String() == never })
	}
	d := devices.Disk{Name: "sdz", Medium: devices.Flash}
	offer := &devices.Capabilities{Methods: []devices.Method{{ID: devices.NVMeSanitizeBlock, Level: devices.Purge}}}
	if p := plan(t, d, wipe.PlanOptions{Level: wipe.Purge, Offer: offer}); !warns(p) {
		t.Errorf("a plan with a firmware erase does not warn that none has run on a physical drive: %q", p.Warnings)
	}
	if p := plan(t, d, wipe.PlanOptions{Level: wipe.Clear, Offer: offer}); warns(p) {
		t.Errorf("a plan without a firmware erase warns of it: %q", p.Warnings)
	}
}
