package devices_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"rasure/devices/devicetest"
)

// closed is a machine on which one process does not let us in, as one with a capability that we lack does.
type closed struct {
	*devicetest.Files
	names []string // beginnings of what is closed
}

func (c closed) check(op, name string) error {
	for _, n := range c.names {
		if strings.HasPrefix(name, n) {
			return &fs.PathError{Op: op, Path: name, Err: fs.ErrPermission}
		}
	}
	return nil
}

func (c closed) ReadLink(name string) (string, error) {
	if err := c.check("readlink", name); err != nil {
		return "", err
	}
	return c.Files.ReadLink(name)
}

func (c closed) ReadFile(name string) ([]byte, error) {
	if err := c.check("open", name); err != nil {
		return nil, err
	}
	return c.Files.ReadFile(name)
}

func TestHiddenProcesses(t *testing.T) {
	t.Parallel()
	const more = "-- proc/9/ --\ncomm dd\nns/mnt -> mnt:[9]\nfd/3 -> /dev/sdb\n-- proc/9/mountinfo --\n1 1 8:17 / /m rw - ext4 /dev/sdb1 rw\n"
	const hidden = "users-unknown: 1 process does not let rasure see which disks it has open"
	for _, c := range []struct {
		closed []string
		unseen int
		want   []string
	}{
		{nil, 0, []string{"mounted: sdb1 is mounted on /m (ext4) in the mount namespace of dd (process 9)", "open: sdb is open by dd (process 9)"}},
		{[]string{"proc/9/ns", "proc/9/fd/"}, 1, []string{"mounted: sdb1 is mounted on /m (ext4) in the mount namespace of dd (process 9)", hidden}},
		{[]string{"proc/9/ns", "proc/9/fd/", "proc/9/mountinfo"}, 1, []string{hidden}},
	} {
		h := machine(t, "desktop", more)
		h.Root = closed{h.Root.(*devicetest.Files), c.closed}
		unseen, err := h.HiddenProcesses()
		if got := hazards(t, h, "sdb"); unseen != c.unseen || err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%v closed: unseen %d, %v, %q", c.closed, unseen, err, got)
		}
	}
}
