package devices

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"rasure/cmd/message"
)

// errOtherMount means that something else is mounted where a file system was.
var errOtherMount = message.New("something else is mounted there now")

// NotUnmountedError means that a disk was refused to be unmounted, or that a part of it is still mounted, and why.
type NotUnmountedError struct {
	Disk string
	Why  message.Text
	err  error // of the kernel; nil if it was not asked
}

func (e *NotUnmountedError) Message() message.Text {
	return message.Of("%s is not unmounted: %s", e.Disk, e.Why)
}

func (e *NotUnmountedError) Error() string { return e.Message().String() }
func (e *NotUnmountedError) Unwrap() error { return e.err }

// Unmount unmounts every file system on a disk that is removable or on USB, in our mount namespace, and returns where they were mounted. The
// kernel first writes what it still holds of them, which may take long and does not end with ctx.
//
// Nothing is forced, nothing is unmounted lazily, and nothing at all is unmounted if the machine runs from the disk, if it is part of
// something larger (LVM, dm-crypt, a loop device, swap), or if a mount is hidden below another one. What is still mounted afterwards, here
// or in another mount namespace, is a [NotUnmountedError].
func (h *Host) Unmount(ctx context.Context, d Disk) (points []string, err error) {
	return h.unmount(ctx, d, func(d Disk) bool { return d.Removable || d.Bus == USB || d.Bus == SD })
}

func (h *Host) unmount(ctx context.Context, d Disk, mayBe func(Disk) bool) (points []string, err error) {
	refuse := func(format string, args ...any) ([]string, error) {
		return points, &NotUnmountedError{Disk: d.Name, Why: message.Of(format, args...)}
	}
	if !mayBe(d) || h.Umount == nil {
		return refuse("it is not a removable disk, nor on USB")
	}
	here, u, err := h.mountsToEnd(d)
	if err != nil {
		return nil, err
	}
	for _, m := range here {
		_, err := await(ctx, func() (struct{}, error) { return struct{}{}, h.Umount(m.Point, m.ID) }, nil)
		if errors.Is(err, syscall.EBUSY) {
			return points, &NotUnmountedError{d.Name, message.Of("%s is in use%s", Printable(m.Point), h.usersOf(m.Point, u)), err}
		}
		if err != nil {
			return points, &NotUnmountedError{d.Name, message.Of("%s: %v", Printable(m.Point), limitOf(err)), err}
		}
		points = append(points, m.Point)
	}
	left, _, err := h.stillMounted(d)
	if err != nil {
		return points, err
	}
	if len(left) > 0 {
		return refuse("%s", left[0].Detail)
	}
	return points, nil
}

// mountsToEnd returns the mounts of a disk that are to be unmounted, the last one first, and who uses the machine. It refuses a disk on
// which there is more than that.
func (h *Host) mountsToEnd(d Disk) ([]Mount, *usage, error) {
	hazards, u, err := h.stillMounted(d)
	if err != nil {
		return nil, nil, err
	}
	for _, z := range hazards {
		if z.Kind != Mounted {
			return nil, nil, &NotUnmountedError{Disk: d.Name, Why: z.Detail}
		}
	}
	ours, err := h.ourMounts()
	if err != nil {
		return nil, nil, message.Errorf("unmounting %s: %w", Printable(d.Name), err)
	}
	own := append([]string{d.Name}, u.byName[d.Name].parts...)
	here := []Mount{}
	for i, m := range slices.Backward(ours) {
		if !slices.ContainsFunc(u.blocksOf(h, m), func(b *block) bool { return slices.Contains(own, b.name) }) {
			continue
		}
		if over := slices.IndexFunc(ours[i+1:], func(o Mount) bool { return within(m.Point, o.Point) }); over >= 0 {
			return nil, nil, &NotUnmountedError{Disk: d.Name, Why: message.Of("its mount on %s is hidden below another one (%s)", Printable(m.Point), Printable(ours[i+1+over].FSType))}
		}
		here = append(here, m)
	}
	if len(here) == 0 && len(hazards) > 0 {
		return nil, nil, &NotUnmountedError{Disk: d.Name, Why: hazards[0].Detail}
	}
	return here, u, nil
}

// ourMounts reads the table of our own mount namespace, which is all that our unmounting reaches.
func (h *Host) ourMounts() ([]Mount, error) {
	table, err := fs.ReadFile(h.Root, path.Join(proc(h.PID), "mountinfo"))
	if err != nil {
		return nil, err
	}
	return ParseMountinfo(table)
}

// stillMounted returns the hazards of a disk that say that it is mounted, or more than that: the machine runs from it, swaps to it, or
// has made something larger of it.
func (h *Host) stillMounted(d Disk) ([]Hazard, *usage, error) {
	all, errs, u, err := h.survey([]Disk{d})
	if err := errors.Join(err, errs[0]); err != nil {
		return nil, nil, message.Errorf("unmounting %s: %w", Printable(d.Name), err)
	}
	now, err := h.describe(d.Name)
	if err != nil {
		return nil, nil, message.Errorf("unmounting %s: %w", Printable(d.Name), err)
	}
	if now.Number != d.Number || now.Seq != d.Seq {
		return nil, nil, &ChangedError{d.Name, changedSeq, message.Of("%d", d.Seq).String(), message.Of("%d", now.Seq).String()}
	}
	return slices.DeleteFunc(all[0], func(z Hazard) bool {
		return !slices.Contains([]HazardKind{System, Mounted, Swap, Held}, z.Kind)
	}), u, nil
}

// usersOf names some of the processes that have files open below a mount point, as the rest of a sentence; zero if none is known.
func (h *Host) usersOf(point string, u *usage) message.Text {
	names := []string{}
	for file, opened := range u.paths {
		for _, o := range opened {
			if name := h.command(o.pid); within(file, point) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return message.Text{}
	}
	slices.Sort(names)
	return message.Of(" by %s", strings.Join(names[:min(len(names), 3)], ", "))
}
