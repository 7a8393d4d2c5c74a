package firmware

import (
	"context"
	"errors"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/ata"
)

// areas has the sectors of an ATA drive, also those that it does not address.
type areas struct {
	a               ata.Abilities
	native, factory uint64 // sectors; 0 where the drive has no such feature
	hpa, overlay    error  // why it could not be examined
}

// examine asks for the native maximum before the overlay, because the overlay begins behind it.
func (f *ataDriver) examine(ctx context.Context) (x areas, err error) {
	if x.a, err = f.abilities(ctx); err != nil {
		return areas{}, err
	}
	switch {
	case x.a.AMAC:
		x.native, x.hpa = ata.AccessibleNativeSectors(ctx, f.t)
	case x.a.HPAOff:
		x.hpa = message.New("the drive has its host protected area feature switched off")
	case x.a.HPA && !x.a.Extended:
		x.native, x.hpa = ata.NativeSectors28(ctx, f.t)
	case x.a.HPA:
		x.native, x.hpa = ata.NativeSectors(ctx, f.t)
	}
	if x.hpa == nil && x.native != 0 && x.native < x.a.Sectors {
		x.hpa = message.Errorf("the drive reports %d sectors and addresses %d", x.native, x.a.Sectors)
	}
	if x.a.DCO {
		x.factory, x.overlay = ata.OverlaySectors(ctx, f.t)
	}
	return x, nil
}

// Hidden examines the host protected area or the accessible maximum (a drive has at most one of them), and the overlay.
func (f *ataDriver) Hidden(ctx context.Context) ([]devices.HiddenArea, error) {
	x, err := f.examine(ctx)
	if identifyUnusable(err) {
		list := []devices.HiddenArea{}
		for _, kind := range []devices.HiddenKind{devices.HPA, devices.DCO, devices.AMAC} {
			list = append(list, devices.HiddenArea{Kind: kind, Bytes: -1, Detail: notExamined(err)})
		}
		return list, nil
	}
	if err != nil {
		return nil, err
	}
	kind := devices.HPA
	if x.a.AMAC {
		kind = devices.AMAC
	}
	list := []devices.HiddenArea{x.area(kind, x.a.Sectors, x.native, x.hpa)}
	if list[0].Restorable {
		if reason := f.altered(ctx); !reason.IsZero() {
			list[0].Restorable, list[0].Detail = false, message.Of("%v; %v", list[0].Detail, reason)
		}
	}
	if x.a.AMAC {
		return list, nil
	}
	overlay := x.area(devices.DCO, max(x.a.Sectors, x.native), x.factory, x.overlay)
	if reason := f.unproven(); overlay.Restorable && !reason.IsZero() {
		overlay.Restorable, overlay.Detail = false, message.Of("%v; %v", overlay.Detail, reason)
	}
	if overlay.Restorable && list[0].Bytes != 0 {
		overlay.Restorable = false
		overlay.Detail = message.Of("%d of %d sectors are hidden; restore the host protected area first", x.factory-max(x.a.Sectors, x.native), x.factory)
	}
	return append(list, overlay), nil
}

// notExamined is the Detail of an area that could not be examined: why not.
func notExamined(err error) message.Text { return message.Of("%v", err) }

func (x areas) area(kind devices.HiddenKind, addressed, has uint64, err error) devices.HiddenArea {
	var refused *ata.RefusedError
	switch {
	case errors.As(err, &refused) && refused.Aborted():
		return devices.HiddenArea{Kind: kind, Bytes: -1, Detail: message.Of("the drive refuses, probably because the firmware of this machine froze it; try another machine")}
	case err != nil:
		return devices.HiddenArea{Kind: kind, Bytes: -1, Detail: notExamined(err)}
	case has <= addressed:
		return devices.HiddenArea{Kind: kind}
	}
	return devices.HiddenArea{Kind: kind, Bytes: int64(has-addressed) * x.a.Sector, Restorable: true,
		Detail: message.Of("%d of %d sectors are hidden", has-addressed, has)}
}

// Restore makes the area addressable, and checks the new size in the drive's own IDENTIFY DEVICE data. The kernel keeps the old
// size: it must scan the disk again (device/rescan in sysfs, or plug the disk in again) before the next claim.
func (f *ataDriver) Restore(ctx context.Context, area devices.HiddenArea) error {
	if reason := f.unproven(); !reason.IsZero() {
		return because(reason)
	}
	x, err := f.examine(ctx)
	if err != nil {
		return err
	}
	if reason := f.altered(ctx); !reason.IsZero() && (area.Kind == devices.HPA || area.Kind == devices.AMAC) && x.hpa == nil && x.native > x.a.Sectors {
		return because(reason)
	}
	want := x.native
	switch {
	case area.Kind == devices.HPA && !x.a.AMAC && x.hpa == nil && x.native > x.a.Sectors:
		set := ata.SetNativeSectors
		if !x.a.Extended {
			set = ata.SetNativeSectors28
		}
		err = set(ctx, f.t)
	case area.Kind == devices.AMAC && x.a.AMAC && x.hpa == nil && x.native > x.a.Sectors:
		err = ata.SetAccessibleSectors(ctx, f.t)
	case area.Kind == devices.DCO && !x.a.AMAC && x.hpa == nil && x.overlay == nil && x.native <= x.a.Sectors && x.factory > x.a.Sectors:
		want, err = x.factory, ata.RestoreOverlay(ctx, f.t)
	default:
		return message.Errorf("there is no restorable %s", area.Kind)
	}
	var refused *ata.RefusedError
	if errors.As(err, &refused) && refused.Aborted() {
		return message.Errorf("the drive does not restore it (%w): it accepts that once per power cycle, and not if it is frozen", err)
	}
	if err != nil {
		return err
	}
	a, err := f.resized(ctx)
	if err == nil && a.Sectors != want {
		err = message.Errorf("the drive accepted the command and addresses %d of %d sectors: cycle its power and try again", a.Sectors, want)
	}
	return err
}
