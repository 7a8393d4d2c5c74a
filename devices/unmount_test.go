package devices_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// mounting makes a machine of the bench with a stick, sda, that has two partitions, and with these lines after the first of the mount
// table. It records what is unmounted, and takes it out of the table.
func mounting(t *testing.T, more string, lines ...string) (h *devices.Host, did *[]string) {
	t.Helper()
	const stick = xhci + "usb1/1-1/1-1:1.0/host1/target1:0:0/1:0:0:0/block/sda/"
	table := "27 1 0:25 / / rw - tmpfs tmpfs rw\n" + strings.Join(append(lines, ""), "\n")
	h = machine(t, "bench", "-- "+stick+" --\nsda1/partition 1\nsda1/dev 8:1\nsda1/size 2048\nsda1/holders/\nsda2/partition 2\nsda2/dev 8:2\nsda2/size 2048\nsda2/holders/\n"+
		"-- proc/1/mountinfo --\n"+table+"-- proc/4242/mountinfo --\n"+table+more)
	did = &[]string{}
	h.Umount = func(point string, id int) error {
		*did = append(*did, fmt.Sprint(point, " ", id))
		files := h.Root.(*devicetest.Files)
		for _, process := range []string{"proc/1/mountinfo", "proc/4242/mountinfo"} {
			text, err := files.ReadFile(process)
			if err != nil {
				t.Error(err)
			}
			kept := slices.DeleteFunc(strings.SplitAfter(string(text), "\n"), func(line string) bool { return strings.HasPrefix(line, fmt.Sprint(id, " ")) })
			files.Write(process, strings.Join(kept, ""))
		}
		return nil
	}
	return h, did
}

func TestUnmount(t *testing.T) {
	t.Parallel()
	const first, second = "30 27 8:1 / /media/STICK rw - vfat /dev/sda1 rw", "31 30 8:2 / /media/STICK/two rw - ext4 /dev/sda2 rw"
	const elsewhere = "-- proc/77/ --\ncomm cups\nns/mnt -> mnt:[4026532000]\nfd/\n-- proc/77/mountinfo --\n"
	for name, c := range map[string]struct {
		more  string
		lines []string
		did   []string
		want  string // "" is success
	}{
		"nothing is mounted":      {"", nil, nil, ""},
		"the last one first":      {"", []string{first, second}, []string{"/media/STICK/two 31", "/media/STICK 30"}, ""},
		"whole disk, twice":       {"", []string{"30 27 8:0 / /a rw - vfat /dev/sda rw", "31 27 8:0 / /b rw - vfat /dev/sda rw"}, []string{"/b 31", "/a 30"}, ""},
		"another disk":            {"", []string{"30 27 8:16 / /media/STICK rw - vfat /dev/sdb rw"}, nil, ""},
		"the machine runs of it":  {"", []string{first, "31 27 8:2 / /usr rw - ext4 /dev/sda2 rw"}, nil, "this machine runs from sda: it holds /usr"},
		"swap":                    {"-- proc/swaps --\nFilename Type Size Used Priority\n/dev/sda2 partition 100 0 -2\n", []string{first}, nil, "the machine swaps to sda2"},
		"hidden at the same path": {"", []string{first, "32 30 0:40 / /media/STICK rw - tmpfs tmpfs rw"}, nil, "its mount on /media/STICK is hidden below another one (tmpfs)"},
		"hidden from above":       {"", []string{first, "32 27 0:40 / /media rw - tmpfs tmpfs rw"}, nil, "its mount on /media/STICK is hidden below another one (tmpfs)"},
		"mounted on another":      {"", []string{"29 27 0:40 / /media rw - tmpfs tmpfs rw", first}, []string{"/media/STICK 30"}, ""},
		"elsewhere only":          {elsewhere + "90 27 8:1 / /mnt rw - vfat /dev/sda1 rw\n", nil, nil, "sda1 is mounted on /mnt (vfat) in the mount namespace of cups (process 77)"},
		"elsewhere too":           {elsewhere + "90 27 8:1 / /mnt rw - vfat /dev/sda1 rw\n", []string{first}, []string{"/media/STICK 30"}, "sda1 is mounted on /mnt (vfat) in the mount namespace of cups"},
	} {
		h, did := mounting(t, c.more, c.lines...)
		points, err := h.Unmount(t.Context(), find(t, h, "sda"))
		var refused *devices.NotUnmountedError
		switch {
		case c.want == "" && err != nil, c.want != "" && (!errors.As(err, &refused) || !strings.HasPrefix(err.Error(), "sda is not unmounted: "+c.want)):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		case !slices.Equal(*did, c.did), len(points) != len(c.did):
			t.Errorf("%s: unmounted %q, %q, want %q", name, *did, points, c.did)
		}
	}
}

// TestUnmountRefused has disks that are never unmounted, and a kernel that refuses.
func TestUnmountRefused(t *testing.T) {
	t.Parallel()
	never := func(h *devices.Host) *devices.Host {
		h.Umount = func(point string, _ int) error { t.Errorf("unmounts %s", point); return nil }
		return h
	}
	for host, disk := range map[string]string{"laptop": "nvme0n1", "desktop": "sda", "virtual-server": "vda"} {
		h := never(machine(t, host, ""))
		if _, err := h.Unmount(t.Context(), find(t, h, disk)); err == nil || err.Error() != disk+" is not unmounted: it is not a removable disk, nor on USB" {
			t.Errorf("%s: %v", host, err)
		}
		if _, err := h.UnmountAny(t.Context(), find(t, h, disk)); err == nil || !strings.Contains(err.Error(), "this machine runs from "+disk) {
			t.Errorf("%s, of any kind: %v", host, err)
		}
	}
	h := never(machine(t, "live-stick", "")) // on USB, and the machine runs from it
	if _, err := h.Unmount(t.Context(), find(t, h, "sdb")); err == nil || !strings.Contains(err.Error(), "this machine runs from sdb") {
		t.Errorf("live stick: %v", err)
	}
	h, _ = mounting(t, "", "30 27 8:1 / /media/STICK rw - vfat /dev/sda1 rw")
	gone := find(t, h, "sda")
	gone.Seq++
	if _, err := never(h).Unmount(t.Context(), gone); err == nil {
		t.Error("another disk in its place was unmounted")
	}
	h, _ = mounting(t, "-- proc/77/ --\ncomm gedit\nfd/3 -> /media/STICK/letter.txt\n-- proc/78/ --\ncomm other\nfd/3 -> /media/STICKER\n", "30 27 8:1 / /media/STICK rw - vfat /dev/sda1 rw")
	h.Umount = func(string, int) error { return syscall.EBUSY }
	points, err := h.Unmount(t.Context(), find(t, h, "sda"))
	if !errors.Is(err, syscall.EBUSY) || len(points) > 0 || err.Error() != "sda is not unmounted: /media/STICK is in use by gedit" {
		t.Errorf("busy: %v, %v", points, err)
	}
	h.Umount = func(string, int) error { return syscall.EPERM }
	if _, err := h.Unmount(t.Context(), find(t, h, "sda")); !errors.Is(err, syscall.EPERM) {
		t.Errorf("not permitted: %v", err)
	}
}
