package main

import (
	"context"
	"errors"
	"fmt"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/humanize"
	"rasure/devices"
	"rasure/wipe"
)

// offerOf asks a claimed disk what its firmware can do. At level clear no erase of its own is wanted, so that it cannot be asked
// is only told.
func (a *app) offerOf(ctx context.Context, t *devices.Target, level string) (*devices.Capabilities, error) {
	o, err := t.Capabilities(ctx)
	return a.offered(&o, err, t.Disk(), level)
}

// offerOfUnclaimed is the same for a disk that is only looked at.
func (a *app) offerOfUnclaimed(ctx context.Context, h *devices.Host, d devices.Disk, level string) (*devices.Capabilities, error) {
	o, err := h.Capabilities(ctx, d)
	return a.offered(&o, err, d, level)
}

func (a *app) offered(o *devices.Capabilities, err error, d devices.Disk, level string) (*devices.Capabilities, error) {
	switch {
	case err == nil:
		return o, nil
	case wipe.Level(level) == wipe.Purge:
		return nil, fmt.Errorf("asking %s what it can erase by itself: %w", devices.Printable(d.Name), err)
	}
	a.note("rasure: %s could not be asked for hidden areas: %s\n", devices.Printable(d.Name), devices.Printable(err.Error()))
	return o, nil
}

// printHidden prints what is known of areas that the disk does not address.
func (a *app) printHidden(width int, all []devices.HiddenArea) {
	for _, h := range all {
		what := fmt.Sprintf("%s: %d bytes", h.Kind, h.Bytes)
		switch {
		case h.Bytes == 0:
			what = string(h.Kind) + ": none"
		case h.Bytes < 0:
			what = string(h.Kind) + ": could not be examined"
		}
		if !h.Detail.IsZero() {
			what += " (" + h.Detail.String() + ")"
		}
		a.printf("%-*s %s\n", width, "hidden", what)
	}
}

// printOffer prints what the drive's firmware can do.
func (a *app) printOffer(o *devices.Capabilities) {
	switch o.Reach {
	case devices.FirmwareNone, devices.FirmwareSilent: // the silence was reported when it was met
		return
	case devices.FirmwareUnreachable:
		a.printf("%-12s %s; hidden areas could not be examined\n", "own erase", o.Unavailable)
		return
	}
	for _, m := range o.Methods {
		what := fmt.Sprintf("%s, level %s", m.ID, m.Level)
		if m.Estimate > 0 {
			what += ", about " + humanize.Duration(m.Estimate)
		}
		if !m.Unusable.IsZero() {
			what += "; cannot be used: " + m.Unusable.String()
		}
		a.printf("%-12s %s\n", "own erase", what)
	}
	if len(o.Methods) == 0 {
		a.printf("%-12s none\n", "own erase")
	}
	a.printHidden(12, o.Hidden)
}

// restoreHidden makes what the plans would not reach addressable. The disks have other sizes then, so nothing is erased now: they
// must be found, planned and confirmed anew.
func (a *app) restoreHidden(ctx context.Context, jobs []*job) error {
	restored := 0
	for _, j := range jobs {
		name := devices.Printable(j.Disk.Name)
		for _, h := range j.Plan.Unreached() {
			switch {
			case h.Bytes > 0 && h.Restorable:
				if err := j.target.Restore(ctx, h); err != nil {
					return fmt.Errorf("%s: restoring %s: %w", name, h.Kind, err)
				}
				restored++
				a.note("%s: %s: %d bytes are addressable now\n", name, h.Kind, h.Bytes)
			default:
				a.note("%s: %s cannot be restored: %s\n", name, h.Kind, h.Detail)
			}
		}
	}
	if restored == 0 {
		return fault.Refuse(errors.New("there is no hidden area that could be restored: nothing was changed, and nothing erased"))
	}
	return fault.WithHint(fault.Refuse(errors.New("hidden areas were restored, and nothing was erased")),
		"the disks have other sizes now: run the same command again without --restore-hidden (where rasure list still shows the old size, switch the disk off and on first)")
}
