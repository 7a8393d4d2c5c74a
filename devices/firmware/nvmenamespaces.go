package firmware

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/nvme"
)

// other is an attached namespace that is not ours, with the kernel name of its disk, "" if it has none.
type other struct {
	nsid uint32
	name string
}

// namespaces describes the claimed namespace and finds the other attached ones. Namespaces that are attached to nothing are no
// disks: they belong to the drive as its spare blocks do, and Hidden returns them.
func (f *nvmeDriver) namespaces(ctx context.Context) (nvme.Namespace, []other, error) {
	nsid, err := nvme.NSID(f.t)
	if err != nil {
		return nvme.Namespace{}, nil, err
	}
	n, err := nvme.IdentifyNamespace(ctx, f.t, nsid)
	if err != nil {
		return n, nil, err
	}
	ids, err := nvme.ActiveNamespaces(ctx, f.t)
	if err != nil {
		return n, nil, message.Errorf("listing the namespaces of the drive: %w", err)
	}
	if !slices.Contains(ids, nsid) {
		return n, nil, message.Errorf("the drive does not list namespace %d, which is claimed", nsid)
	}
	var others []other
	for _, id := range ids {
		if id != nsid {
			others = append(others, other{id, f.handle.Namespace(id)})
		}
	}
	return n, others, nil
}

// unclaimable says why a command that reaches other namespaces is not sent; empty if each of them is in known: those are disks that
// the caller claims too. A namespace without a disk here cannot be claimed, and nobody can see who uses it.
func unclaimable(others []other, known []string) message.Text {
	var names []string
	for _, o := range others {
		switch {
		case slices.Contains(known, o.name):
		case o.name != "":
			names = append(names, fmt.Sprintf("%d (%s)", o.nsid, o.name))
		default:
			names = append(names, fmt.Sprint(o.nsid))
		}
	}
	if len(names) == 0 {
		return message.Text{}
	}
	return message.Of("it would also erase namespace %s of the drive, which cannot be claimed here: delete that namespace first", strings.Join(names, ", "))
}

// Hidden returns what the drive has outside of the attached namespaces.
func (f *nvmeDriver) Hidden(ctx context.Context) ([]devices.HiddenArea, error) {
	c, err := nvme.IdentifyController(ctx, f.t)
	if err != nil {
		return nil, err
	}
	free := devices.HiddenArea{Kind: devices.NVMeUnallocated, Bytes: int64(min(c.Unallocated, 1<<63-1))}
	if free.Bytes > 0 {
		free.Detail = message.Of("capacity that belongs to no namespace, possibly of a deleted one: only a sanitize reaches it")
	}
	return []devices.HiddenArea{free, f.detached(ctx, c)}, nil
}

// detached returns the namespaces that exist and are attached to no controller here. No command reports their size.
func (f *nvmeDriver) detached(ctx context.Context, c nvme.Controller) devices.HiddenArea {
	unknown := func(detail message.Text) devices.HiddenArea {
		return devices.HiddenArea{Kind: devices.NVMeNamespaces, Bytes: -1, Detail: detail}
	}
	none := devices.HiddenArea{Kind: devices.NVMeNamespaces}
	if !c.Namespaces {
		return none // such a drive cannot detach a namespace
	}
	active, err := nvme.ActiveNamespaces(ctx, f.t)
	if err != nil {
		return unknown(notExamined(err))
	}
	allocated, err := nvme.AllocatedNamespaces(ctx, f.t)
	if err != nil {
		return unknown(notExamined(err))
	}
	var ids []string
	for _, id := range allocated {
		if !slices.Contains(active, id) {
			ids = append(ids, fmt.Sprint(id))
		}
	}
	if len(ids) == 0 {
		return none
	}
	return unknown(message.Of("detached, of unknown size, and only a sanitize reaches it: namespace %s", strings.Join(ids, ", ")))
}

// Restore refuses: what an NVMe drive hides is erased where it is.
func (f *nvmeDriver) Restore(_ context.Context, a devices.HiddenArea) error {
	return message.Errorf("there is no restorable %s", a.Kind)
}

// foreign says why no command is sent that reaches the whole drive: namespaces that are not attached here belong to controllers of another
// host. It is empty if there is none; those that belong to nobody are for a sanitize to erase.
func (f *nvmeDriver) foreign(ctx context.Context, c nvme.Controller) message.Text {
	if !c.Namespaces {
		return message.Text{}
	}
	active, err := nvme.ActiveNamespaces(ctx, f.t)
	if err != nil {
		return message.Of("whether the drive has namespaces of another host cannot be found out: %v", err)
	}
	allocated, err := nvme.AllocatedNamespaces(ctx, f.t)
	if err != nil {
		return message.Text{} // Hidden says that they could not be examined
	}
	var names []string
	for _, id := range allocated {
		if slices.Contains(active, id) {
			continue
		}
		controllers, err := nvme.AttachedControllers(ctx, f.t, id)
		switch {
		case err != nil && c.Controllers:
			return message.Of("whether the drive has namespaces of another host cannot be found out: %v", err)
		case len(controllers) > 0:
			names = append(names, fmt.Sprintf("%d (controller %s)", id, strings.Trim(fmt.Sprint(controllers), "[]")))
		}
	}
	if len(names) == 0 {
		return message.Text{}
	}
	return message.Of("it would also erase what belongs to another host, namespace %s: detach or delete it there first", strings.Join(names, ", "))
}
