package wipe

import (
	"cmp"
	"context"
	"slices"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe/internal/pump"
	"rasure/wipe/pattern"
)

// ErrZoned says that a disk with host-managed zones cannot be read back in the way that was asked for: no sample of zones is made, and keyed blocks all
// over the disk cannot be written before the passes. A disk that is not read back needs neither.
var ErrZoned = message.New("the zones of this disk take writes only in their order: it is read back in full, with a scheme that reads back a random pass, or not at all")

// errNoZones says that the disk must be written zone by zone, and that its zones are not known.
var errNoZones = message.New("the disk has host-managed zones, and does not show them")

// CodeZones is the exception for zones that the drive no longer lets anybody write.
const CodeZones = "zones-not-writable"

// managed reports whether the disk takes writes only in the order of its zones.
func managed(d devices.Disk) bool { return d.Queue.Zoned == devices.HostManaged }

// gaps are the bytes of a disk that no zone can store.
func gaps(z *devices.Zones) (list []Extent) {
	if z == nil {
		return nil
	}
	for _, g := range z.Gaps {
		for i := range g.Times {
			list = append(list, Extent{Offset: g.Offset + i*g.Every, Length: g.Length})
		}
	}
	slices.SortFunc(list, func(a, b Extent) int { return cmp.Compare(a.Offset, b.Offset) })
	return list
}

// stored is how many bytes a disk stores: its size, without what no zone can store.
func stored(d devices.Disk) int64 { return d.Size - d.Zones.GapBytes() }

// below is how many bytes the disk stores before an offset.
func (j *job) below(offset int64) int64 {
	return pump.Sum(pump.Without([]Extent{{Length: offset}}, gaps(j.r.Disk.Zones)))
}

// writing is the step that writes what is left of a pass. What an earlier run could not write, and zones that nobody can write, count as bad.
func (j *job) writing(ctx context.Context, pat pattern.Pattern, pr *PassReport) (*pump.Step, error) {
	if !managed(j.r.Disk) {
		s := j.pump.Writing(j.t, pat, []Extent{{Offset: j.from, Length: j.pump.Size - j.from}}).Tune(false)
		s.AddBad(pr.Unwritten)
		return s, nil
	}
	t, zones, err := j.zones(ctx)
	if err != nil {
		return nil, err
	}
	bad, left := pump.Extents{List: slices.Clone(pr.Unwritten)}, []devices.Zone{}
	for _, z := range zones {
		switch {
		case z.Offset < j.from:
		case !z.Writable():
			bad.Add(z.Offset, z.Capacity)
		default:
			left = append(left, z)
		}
	}
	if err := j.closeZones(ctx, t, left); err != nil {
		return nil, err
	}
	s := j.pump.WritingZones(t, pat, left)
	s.AddBad(bad.List)
	return s, nil
}

// zones asks the disk for its zones.
func (j *job) zones(ctx context.Context) (t pump.Zoned, zones []devices.Zone, err error) {
	t, ok := j.t.(pump.Zoned)
	if !ok || j.r.Disk.Zones == nil {
		return nil, nil, errNoZones
	}
	err = j.pump.Call(ctx, func() (err error) {
		zones, err = t.Zones()
		return err
	})
	return t, zones, j.orStopped(ctx, err)
}

// orStopped is the error of a call that was made while ctx may have ended. That the disk was abandoned stays in it.
func (j *job) orStopped(ctx context.Context, err error) error {
	switch {
	case ctx.Err() == nil:
		return err
	case err == nil:
		return pump.Stopped(ctx, 0, j.pump.Size)
	}
	return message.Errorf("%w: %w", pump.Stopped(ctx, 0, j.pump.Size), err)
}

// closeZones resets zones that somebody has begun to write: a drive has only so many of them at a time. All zones of the list are going to be
// reset before they are written, and one that cannot be is found then.
func (j *job) closeZones(ctx context.Context, t pump.Zoned, zones []devices.Zone) error {
	for _, z := range zones {
		if z.State != devices.ZoneActive || z.Random {
			continue
		}
		err := j.pump.Call(ctx, func() error { return t.ResetZone(z.Offset, z.Length) })
		if ctx.Err() != nil {
			return j.orStopped(ctx, err)
		}
	}
	return nil
}

// noteZones names zones that nobody can write, after a pass was written: those before it, and those that failed in it.
func (j *job) noteZones(ctx context.Context) error {
	if !managed(j.r.Disk) {
		return nil
	}
	_, zones, err := j.zones(ctx)
	if err != nil {
		return err
	}
	for _, state := range []devices.ZoneState{devices.ZoneReadOnly, devices.ZoneOffline} {
		n, first := 0, int64(0)
		for _, z := range zones {
			if z.State == state {
				if n++; n == 1 {
					first = z.Offset
				}
			}
		}
		if n > 0 {
			j.except(CodeZones, "%d of %d zones are %s, the first at byte %d: what they hold was not overwritten", n, len(zones), string(state), first)
		}
	}
	return nil
}
