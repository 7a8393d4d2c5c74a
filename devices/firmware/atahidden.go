package firmware

import (
	"context"
	"errors"
	"fmt"

	"rasure/devices"
	"rasure/devices/ata"
)

// areas is what is known of an ATA drive's sectors beyond those that it addresses.
type areas struct {
	a               ata.Abilities
	native, factory uint64 // sectors; 0 where the drive has no such feature
	hpa, overlay    error  // why one could not be examined
}

// examine asks for the native maximum before the overlay, since the overlay begins behind it.
func (f *ataDriver) examine(ctx context.Context) (x areas, err error) {
	if x.a, err = f.abilities(ctx); err != nil {
		return areas{}, err
	}
	switch {
	case x.a.AMAC:
		x.native, x.hpa = ata.AccessibleNativeSectors(ctx, f.t)
	case x.a.HPA && !x.a.Extended:
		x.hpa = errors.New("the drive takes no 48-bit commands")
	case x.a.HPA:
		x.native, x.hpa = ata.NativeSectors(ctx, f.t)
	}
	if x.hpa == nil && x.native != 0 && x.native < x.a.Sectors {
		x.hpa = fmt.Errorf("the drive says that it has %d sectors and that it addresses %d", x.native, x.a.Sectors)
	}
	if x.a.DCO {
		x.factory, x.overlay = ata.OverlaySectors(ctx, f.t)
	}
	return x, nil
}

// Hidden tells of the host protected area or the accessible maximum, of which a drive has one at most, and of the overlay.
func (f *ataDriver) Hidden(ctx context.Context) ([]devices.HiddenArea, error) {
	x, err := f.examine(ctx)
	if identifyUnusable(err) {
		list := []devices.HiddenArea{}
		for _, kind := range []devices.HiddenKind{devices.HPA, devices.DCO, devices.AMAC} {
			list = append(list, devices.HiddenArea{Kind: kind, Bytes: -1, Detail: "could not be examined: " + err.Error()})
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
	if x.a.AMAC {
		return list, nil
	}
	overlay := x.area(devices.DCO, max(x.a.Sectors, x.native), x.factory, x.overlay)
	if overlay.Restorable && list[0].Bytes != 0 {
		overlay.Restorable, overlay.Detail = false, overlay.Detail+"; it can be restored when no host protected area is set"
	}
	return append(list, overlay), nil
}

func (x areas) area(kind devices.HiddenKind, addressed, has uint64, err error) devices.HiddenArea {
	var refused *ata.RefusedError
	switch {
	case errors.As(err, &refused) && refused.Aborted():
		return devices.HiddenArea{Kind: kind, Bytes: -1, Detail: "could not be examined: the drive refuses, as one does that the firmware of this machine froze; try on another machine"}
	case err != nil:
		return devices.HiddenArea{Kind: kind, Bytes: -1, Detail: "could not be examined: " + err.Error()}
	case has <= addressed:
		return devices.HiddenArea{Kind: kind}
	}
	return devices.HiddenArea{Kind: kind, Bytes: int64(has-addressed) * x.a.Sector, Restorable: true,
		Detail: fmt.Sprintf("%d sectors of %d are hidden", has-addressed, has)}
}

// Restore makes the area addressable, and believes it when the drive says so itself. The kernel still knows the old size then:
// the disk must be looked at anew (device/rescan in sysfs, or plugging it in again) before it is claimed.
func (f *ataDriver) Restore(ctx context.Context, area devices.HiddenArea) error {
	x, err := f.examine(ctx)
	if err != nil {
		return err
	}
	want := x.native
	switch {
	case area.Kind == devices.HPA && !x.a.AMAC && x.hpa == nil && x.native > x.a.Sectors:
		err = ata.SetNativeSectors(ctx, f.t)
	case area.Kind == devices.AMAC && x.a.AMAC && x.hpa == nil && x.native > x.a.Sectors:
		err = ata.SetAccessibleSectors(ctx, f.t)
	case area.Kind == devices.DCO && !x.a.AMAC && x.hpa == nil && x.overlay == nil && x.native <= x.a.Sectors && x.factory > x.a.Sectors:
		want, err = x.factory, ata.RestoreOverlay(ctx, f.t)
	default:
		return fmt.Errorf("there is no %s that could be restored", area.Kind)
	}
	var refused *ata.RefusedError
	if errors.As(err, &refused) && refused.Aborted() {
		return fmt.Errorf("the drive does not restore it (%w): it takes that once after each power cycle, and not if it is frozen", err)
	}
	if err != nil {
		return err
	}
	a, err := f.abilities(ctx)
	if err == nil && a.Sectors != want {
		err = fmt.Errorf("the drive took the command and says that it addresses %d sectors of %d: cycle its power and look again", a.Sectors, want)
	}
	return err
}
