package devices_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"rasure/devices"
)

// outside is what /proc looks like in a container with a PID namespace of its own.
const outside = "-- proc/self/ns/pid -> pid:[4026532177] --\n"

func TestUsersUnknown(t *testing.T) {
	t.Parallel()
	const first = "-- proc/self/ns/pid -> pid:[4026531836] --\n"
	for name, c := range map[string]struct{ more, want string }{
		"all processes can be seen":     {first, ""},
		"kernel without PID namespaces": {"-- proc/self/ns/mnt -> mnt:[4026531841] --\n", ""},
		"hidepid is off":                {first + "-- proc/self/mountinfo --\n22 27 0:21 / /proc rw - proc proc rw,hidepid=off\n", ""},
		"another /proc below":           {first + "-- proc/self/mountinfo --\n22 27 0:21 / /proc rw - proc proc rw,hidepid=2\n23 22 0:22 / /proc rw - proc proc rw\n", ""},
		"mount below /proc/sys":         {first + "-- proc/self/mountinfo --\n22 27 0:21 / /proc/sys/fs/binfmt_misc rw - binfmt_misc x rw\n", ""},
		"PID namespace of our own":      {outside, "rasure runs in a PID namespace of its own"},
		"/proc of another namespace":    {"-- proc/self/ --\n", "does not find itself in /proc"},
		"hidepid":                       {first + "-- proc/self/mountinfo --\n22 27 0:21 / /proc rw - proc proc rw,hidepid=invisible\n", "(it is mounted with hidepid=invisible)"},
		"subset":                        {first + "-- proc/self/mountinfo --\n22 27 0:21 / /proc rw - proc proc rw,subset=pid\n", "(it is mounted with subset=pid)"},
		"part of /proc":                 {first + "-- proc/self/mountinfo --\n22 27 0:21 /self /proc rw - proc proc rw\n", "(it is mounted with proc)"},
		"no proc file system":           {first + "-- proc/self/mountinfo --\n22 27 0:21 / /proc rw - fuse.lxcfs lxcfs rw\n", "(it is mounted with fuse.lxcfs)"},
		"process covered":               {first + "-- proc/self/mountinfo --\n22 27 0:21 / /proc/77 rw - tmpfs tmpfs rw\n", "another file system covers /proc/77"},
		"swaps covered":                 {first + "-- proc/self/mountinfo --\n22 27 0:21 /x /proc/swaps rw - fuse.lxcfs lxcfs rw\n", "another file system covers /proc/swaps"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image := "-- srv/disk.img --\n" + strings.Repeat("x", 511) + "\n"
			h := machine(t, "desktop", c.more+image)
			got := hazards(t, h, "sdb")
			if c.want == "" && len(got) != 0 || c.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], "users-unknown: ") || !strings.Contains(got[0], c.want)) {
				t.Errorf("disk: got %q, want %q", got, c.want)
			}
			if got := hazards(t, h, "/srv/disk.img"); len(got) != 0 {
				t.Errorf("image: got %q", got)
			}
			plug(t, h, "sdb", attributes(t, h, satadir), nil)
			_, err := claim(h, find(t, h, "sdb"))
			var refused *devices.RefusedError
			if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &refused) || refused.Hazards[0].Kind != devices.UsersUnknown) {
				t.Errorf("Claim() = %v", err)
			}
		})
	}
}

func TestHint(t *testing.T) {
	t.Parallel()
	for _, k := range []devices.HazardKind{devices.System, devices.Mounted, devices.Swap, devices.Held, devices.Busy, devices.ReadOnly, devices.NotPhysical,
		devices.Duplicate, devices.NoSerial, devices.NoMedium, devices.Unstable, devices.Zoned, devices.Offline, devices.UsersUnknown} {
		if (devices.Hazard{Kind: k}).Hint().IsZero() {
			t.Errorf("%s has no hint", k)
		}
	}
	h := machine(t, "desktop", "-- proc/9/ --\ncomm rasure\nns/mnt -> mnt:[4026531841]\nfd/7 -> /dev/sdb\nfdinfo/7 flags:	02140002\n")
	all, err := h.Hazards(find(t, h, "sdb"))
	if err != nil || len(all) != 1 || all[0].Detail.String() != "another rasure process (process 9) is erasing sdb" ||
		all[0].Hint().String() != "wait until the other rasure process has ended" {
		t.Errorf("another rasure erases: %v, %v", all, err)
	}
	h = machine(t, "desktop", "-- proc/9/ --\ncomm rasure\nns/mnt -> mnt:[4026531841]\nfd/7 -> /dev/sdb\nfdinfo/7 flags:	02140000\n")
	if got := hazards(t, h, "sdb"); !slices.Equal(got, []string{"open: sdb is open by rasure (process 9)"}) {
		t.Errorf("another rasure reads: %q", got)
	}
}

// closesFD is a machine whose process 9 closes its descriptor 7 right after somebody read where it leads.
type closesFD struct{ fs.ReadLinkFS }

func (c closesFD) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "proc/9/fdinfo/") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return c.ReadLinkFS.Open(name)
}

func (c closesFD) Lstat(name string) (fs.FileInfo, error) {
	if strings.HasPrefix(name, "proc/9/fd/") {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
	}
	return c.ReadLinkFS.Lstat(name)
}

// A list of disks that ended between two looks was taken for another eraser, and the claim was refused.
func TestClosedDescriptor(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "-- proc/9/ --\ncomm rasure\nns/mnt -> mnt:[4026531841]\nfd/7 -> /dev/sdb\n")
	h.Root = closesFD{h.Root.(fs.ReadLinkFS)}
	if got := hazards(t, h, "sdb"); len(got) != 0 {
		t.Errorf("a descriptor that is closed: %q", got)
	}
}

// forked is a machine whose process 9 has a descriptor 7 until it was looked at so often.
type forked struct {
	fs.ReadLinkFS
	looks *int
}

func (f forked) Lstat(name string) (fs.FileInfo, error) {
	if strings.HasPrefix(name, "proc/9/fd/") {
		if *f.looks--; *f.looks < 0 {
			return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
		}
	}
	return f.ReadLinkFS.Lstat(name)
}

// Between fork and exec a child of ours holds copies of our descriptors: it was taken for another rasure. What it has open later is its own, until it
// ends: then its program goes before its descriptors, and our own look at a disk was no longer known as ours.
func TestForkedChild(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		parent, flags string
		want          int
	}{{"1", "4194368", 0}, {"1", "4194308", 0}, {"1", "4194304", 1}, {"77", "4194368", 1}, {"77", "4194308", 1}} {
		h := machine(t, "desktop", "-- proc/9/ --\ncomm rasure\nns/mnt -> mnt:[4026531841]\nfd/7 -> /dev/sdb\nfdinfo/7 flags:	02140002\nstat 9 (ras ure) R "+c.parent+" 9 9 0 -1 "+c.flags+" 0 0\n")
		h.PID = 1
		looks := 3
		h.Root = forked{h.Root.(fs.ReadLinkFS), &looks}
		if got := hazards(t, h, "sdb"); len(got) != c.want {
			t.Errorf("a process of parent %s, flags %s: %q", c.parent, c.flags, got)
		}
	}
}

// A child of ours that reads what is on a disk made the bench refuse it: "open by exe". One that may write, and one of somebody else, count.
func TestOwnProbe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		comm, parent, flags string
		want                int
	}{{"rasure", "1", "02100000", 0}, {"rasure", "1", "02100002", 1}, {"rasure", "77", "02100000", 1}, {"cat", "1", "02100000", 1}} {
		h := machine(t, "desktop", "-- proc/9/ --\ncomm "+c.comm+"\nns/mnt -> mnt:[4026531841]\nfd/7 -> /dev/sdb\nfdinfo/7 flags:	"+c.flags+"\nstat 9 (x) R "+c.parent+" 9 9 0 -1 4194304 0 0\n")
		h.PID = 1
		if got := hazards(t, h, "sdb"); len(got) != c.want {
			t.Errorf("%s of parent %s, flags %s: %q", c.comm, c.parent, c.flags, got)
		}
	}
}
