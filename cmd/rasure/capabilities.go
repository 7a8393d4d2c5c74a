package main

import (
	"context"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// capabilitiesUnclaimed asks a disk that is only read what its firmware can do. At level clear no firmware erase is wanted, so a disk
// that does not answer is only reported.
func (a *app) capabilitiesUnclaimed(ctx context.Context, h *devices.Host, d devices.Disk, level string) (*devices.Capabilities, error) {
	c, err := h.Capabilities(ctx, d)
	return a.checkCapabilities(&c, err, d, level)
}

func (a *app) checkCapabilities(c *devices.Capabilities, err error, d devices.Disk, level string) (*devices.Capabilities, error) {
	switch {
	case err == nil:
		return c, nil
	case wipe.Level(level) == wipe.Purge:
		return nil, message.Errorf("asking %s for its firmware erases: %w", d.Name, err)
	}
	a.Note("rasure: %s: hidden areas could not be examined: %v\n", d.Name, err)
	return c, nil
}

// runRestoreHidden makes areas addressable that the plans would not reach. The disks have other sizes then, so nothing is erased now: they
// must be found, planned and confirmed again. This process claims the disks itself, also where a job server runs: it is no job.
func (a *app) runRestoreHidden(ctx context.Context, st *station.Station, disks []string, o wipeOptions) error {
	requests := []job.Request{}
	for _, r := range o.requests(disks) {
		requests = append(requests, job.Request(r))
	}
	options := o.batch().ForJob()
	options.LeaveOut = false
	b, err := job.New(st, a.liveHost()).Prepare(ctx, options, requests)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := a.confirm(ctx, ownBatch{b, a.Lang}, o.confirm, o.chosen); err != nil {
		return err
	}
	b.KeepConfirmed()
	return a.restoreHidden(ctx, b)
}

func (a *app) restoreHidden(ctx context.Context, b *job.Batch) error {
	all, err := b.RestoreHidden(ctx)
	restored := 0
	for _, r := range all {
		if !r.Done {
			a.Note("%s: %s cannot be restored: %s\n", r.Disk.Name, cli.Word(r.Area.Kind), r.Area.Detail)
			continue
		}
		restored++
		a.Note("%s: %s: %d bytes are addressable now\n", r.Disk.Name, cli.Word(r.Area.Kind), r.Area.Bytes)
	}
	if err != nil {
		return err
	}
	if restored == 0 {
		return fault.Refusef("no restorable hidden area: nothing was changed, and nothing erased")
	}
	return fault.WithHint(fault.Refusef("hidden areas were restored, and nothing was erased"),
		"the disks have other sizes now: run the same command again without --restore-hidden (if rasure list still shows the old size, power-cycle the disk first)")
}
