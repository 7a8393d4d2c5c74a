package devices_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// hazards are a disk's hazards as "kind: detail".
func hazards(t testing.TB, h *devices.Host, name string) []string {
	t.Helper()
	all, err := h.Hazards(find(t, h, name))
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, z := range all {
		got = append(got, fmt.Sprintf("%s: %s", z.Kind, z.Detail))
	}
	return got
}

// hazardTest says which hazards a disk has, no more and no fewer.
type hazardTest struct {
	host, more, disk string
	want             []string
}

func (c hazardTest) run(t *testing.T) {
	t.Helper()
	got := hazards(t, machine(t, c.host, c.more), c.disk)
	if !slices.Equal(got, c.want) {
		t.Errorf("%s of %s:\ngot  %s\nwant %s", c.disk, c.host, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
	}
}

func TestHazards(t *testing.T) {
	t.Run("free disk has none", hazardsNone)
	t.Run("system through every layer", hazardsSystem)
	t.Run("disk under a protected path", hazardsProtected)
	t.Run("disk behind a link in a protected path", hazardsProtectedLink)
	t.Run("last mount on a directory counts", hazardsLastMount)
	t.Run("stick of a live system", hazardsLiveSystem)
	t.Run("USB over IP", hazardsUSBIP)
	t.Run("overlays in a circle", hazardsOverlayCircle)
	t.Run("root of the machine in a container", hazardsContainer)
	t.Run("loop device of a protected file", hazardsProtectedLoop)
	t.Run("mounted", hazardsMounted)
	t.Run("swap", hazardsSwap)
	t.Run("held", hazardsHeld)
	t.Run("open in another process", hazardsOpen)
	t.Run("unfit disk", hazardsUnfit)
	t.Run("size changed", hazardsSizeChanged)
	t.Run("duplicate identity", hazardsDuplicate)
	t.Run("image file", hazardsImage)
	t.Run("without proc", hazardsWithoutProc)
	t.Run("unreadable attributes are an error", hazardsUnreadable)
}

func hazardsNone(t *testing.T) {
	t.Parallel()
	for _, c := range []hazardTest{
		{"laptop", "", "sda", []string{}},
		{"desktop", "", "sdb", []string{}},
		{"live-stick", "", "sda", []string{}},
		{"nvme-multipath", "", "nvme0n1", []string{}}, // one of its two controllers is dead, and one is enough
		{"storage", "", "sdc", []string{}},
		{"storage", "", "sdg", []string{}}, // passed through a RAID adapter
		{"laboratory", "", "sda", []string{}},
		{"laboratory", "", "mmcblk0", []string{}},
		{"bench", "", "mmcblk0", []string{}},
		{"desktop", "-- sys/kernel/config/nvmet/subsystems/nqn.test/namespaces/1/ --\nenable 0\ndevice_path /dev/sdb\n", "sdb", []string{}},
		{"bench", "", "sde", []string{}}, // the other slot of its card reader is empty
	} {
		c.run(t)
	}
}

func hazardsSystem(t *testing.T) {
	t.Parallel()
	const runs = "system: this machine runs from "
	for _, c := range []struct{ host, more, disk, want string }{
		{"desktop", "", "sda", runs + "sda: it holds /, /boot, /boot/efi, /usr, /var"},
		{"laptop", "", "nvme0n1", runs + "nvme0n1: it holds /, /boot, /boot/efi, /usr, /var, the hibernation image"},
		{"storage", "", "sda", runs + "sda: it holds /, /boot, /boot/efi, /usr, /var"},
		{"storage", "", "sdb", runs + "sdb: it holds /, /boot, /boot/efi, /usr, /var"},
		{"live-stick", "", "sdb", runs + "sdb: it holds /, /boot, /boot/efi, /usr, /var"},
		{"live-stick", "", "loop0", runs + "loop0: it holds /, /boot, /boot/efi, /usr, /var"},
		{"virtual-server", "", "vda", runs + "vda: it holds /, /boot, /boot/efi, /usr, /var"},
		{"desktop", "-- proc/1/mountinfo --\n27 1 8:1 / / rw - ext4 /dev/sda1 rw\n28 27 8:17 / /usr ro - ext4 /dev/sdb1 ro\n", "sdb", runs + "sdb: it holds /usr"},
		{"desktop", "-- proc/1/mountinfo --\n27 1 0:30 / / rw - btrfs /dev/root rw\n-- sys/fs/btrfs/6fe0/devices/ --\nsda1 -> x\nsdb1 -> x\n", "sdb", runs + "sdb: it holds /, /boot, /boot/efi, /usr, /var"},
		{"desktop", "-- proc/1/mountinfo --\n27 1 0:30 / / rw - overlay overlay rw,lowerdir=/rom,upperdir=/rw\\040\\134:x/u\n28 27 8:17 / /rw\\040:x rw - ext4 /dev/sdb1 rw\n29 27 8:1 / /rom ro - ext4 /dev/sda1 ro\n", "sdb", runs + "sdb: it holds /, /boot, /boot/efi, /usr, /var"},
	} {
		if got := hazards(t, machine(t, c.host, c.more), c.disk); !slices.Contains(got, c.want) {
			t.Errorf("%s of %s: got %q, want %q", c.disk, c.host, got, c.want)
		}
	}
}

func hazardsProtected(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "-- proc/1/mountinfo --\n27 1 8:1 / / rw - ext4 /dev/sda1 rw\n28 27 8:17 / /srv/state rw - ext4 /dev/sdb1 rw\n")
	const want = "system: this machine runs from sdb: it holds /srv/state/log"
	if got := hazards(t, h, "sdb"); slices.Contains(got, want) {
		t.Errorf("before: %q", got)
	}
	h.Protected = []string{"/srv/state/log"}
	if got := hazards(t, h, "sdb"); !slices.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The log was moved to a larger disk, and a link is left in the state directory.
func hazardsProtectedLink(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "-- srv/state/log -> /data/log --\n-- data/log/tile --\nx\n-- proc/1/mountinfo --\n27 1 8:1 / / rw - ext4 /dev/sda1 rw\n28 27 8:17 / /data rw - ext4 /dev/sdb1 rw\n")
	h.Protected = []string{"/srv/state"}
	if got, want := hazards(t, h, "sdb"), "system: this machine runs from sdb: it holds /data/log"; !slices.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func hazardsLastMount(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "-- proc/1/mountinfo --\n1 1 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:17 / / rw - ext4 /dev/sdb1 rw\n")
	if got, want := hazards(t, h, "sda"), []string{"mounted: sda1 is mounted on / (ext4)"}; !slices.Equal(got, want) {
		t.Errorf("below: got %q, want %q", got, want)
	}
	if got := hazards(t, h, "sdb"); !strings.HasPrefix(got[0], "system: ") {
		t.Errorf("above: got %q", got)
	}
}

// The shape is that of Ubuntu's live system: the layers' paths were good in the initial memory disk only.
func hazardsLiveSystem(t *testing.T) {
	t.Parallel()
	h := machine(t, "live-stick", `-- sys/devices/virtual/block/loop0/loop/backing_file --
/cdrom/casper/filesystem.squashfs
-- proc/1/mountinfo --
27 1 0:32 / / rw - overlay /cow rw,lowerdir=//installer.squashfs://filesystem.squashfs,upperdir=/cow/upper,workdir=/cow/work
30 27 8:17 / /cdrom ro,noatime - iso9660 /dev/sdb1 ro
31 27 7:0 / /rofs ro,noatime - squashfs /dev/loop0 ro
`)
	if got := hazards(t, h, "sdb"); !strings.HasPrefix(got[0], "system: this machine runs from sdb: it holds /, ") {
		t.Errorf("got %q", got)
	}
	if got := hazards(t, h, "sda"); len(got) != 0 {
		t.Errorf("the disk inside: %q", got)
	}
}

func hazardsUSBIP(t *testing.T) {
	t.Parallel()
	const usb = "devices/platform/vhci_hcd.0/usb3/3-1"
	h := fromText(t, `-- sys/block/sda -> ../`+usb+`/3-1:1.0/host1/target1:0:0/1:0:0:0/block/sda --
-- sys/`+usb+`/ --
idVendor 0930
serial 00AA
3-1:1.0/bInterfaceProtocol 50
-- sys/`+usb+`/3-1:1.0/host1/target1:0:0/1:0:0:0/block/sda/ --
dev 8:0
size 8
ro 0
queue/logical_block_size 512
-- proc/1/ --
ns/mnt -> mnt:[1]
-- proc/1/mountinfo --
1 1 0:2 / / rw - rootfs rootfs rw
`)
	if got, want := hazards(t, h, "sda"), []string{"not-physical: sda is on another machine (USB over IP)"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func hazardsOverlayCircle(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "-- proc/1/mountinfo --\n1 1 0:40 / / rw - overlay a rw,lowerdir=/in,upperdir=/up\n2 1 0:41 / /in rw - overlay b rw,lowerdir=/out\n3 1 8:17 / /up rw - ext4 /dev/sdb1 rw\n")
	if got := hazards(t, h, "sdb"); !strings.HasPrefix(got[0], "system: ") {
		t.Errorf("got %q", got)
	}
}

func hazardsContainer(t *testing.T) {
	t.Parallel()
	own := fmt.Sprintf("-- proc/%d/ --\ncomm rasure\nns/mnt -> mnt:[9]\nfd/\n-- proc/%d/mountinfo --\n1 1 8:17 / / rw - ext4 /dev/sdb1 rw\n", devicetest.PID, devicetest.PID)
	h := machine(t, "desktop", own)
	for _, disk := range []string{"sda", "sdb"} {
		if got := hazards(t, h, disk); !strings.HasPrefix(got[0], "system: this machine runs from "+disk) {
			t.Errorf("%s: %q", disk, got)
		}
	}
}

func hazardsProtectedLoop(t *testing.T) {
	t.Parallel()
	h := machine(t, "live-stick", "-- sys/devices/virtual/block/loop1/ --\nsize 8\nloop/backing_file /state/disk.img\n")
	if got := hazards(t, h, "loop1"); len(got) != 0 {
		t.Errorf("before: %q", got)
	}
	h.Protected = []string{"/state"}
	if got, want := hazards(t, h, "loop1"), []string{"system: /state/disk.img must not be erased: it belongs to /state"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func hazardsMounted(t *testing.T) {
	t.Parallel()
	root := "-- proc/1/mountinfo --\n27 1 0:25 / / rw - tmpfs tmpfs rw\n"
	for _, c := range []hazardTest{
		{"desktop", root + "28 27 8:16 / /mnt rw - vfat /dev/sdb rw\n", "sdb", []string{"mounted: sdb is mounted on /mnt (vfat)"}},
		{"desktop", root + "28 27 8:17 / /my\\040data rw - vfat /dev/sdb1 rw\n", "sdb", []string{"mounted: sdb1 is mounted on /my data (vfat)"}},
		{"desktop", root + "28 27 0:44 / /b rw - btrfs /dev/sdb1 rw\n-- sys/fs/btrfs/6fe0/devices/ --\nsda1 -> x\nsdb1 -> x\n", "sda", []string{"mounted: sda1 is mounted on /b (btrfs)"}},
		{"desktop", root + "28 27 0:45 / /b rw - bcachefs /dev/sda1:/dev/sdb1 rw\n", "sdb", []string{"mounted: sdb1 is mounted on /b (bcachefs)"}},
		{"desktop", root + "28 27 8:17 / /m rw - ext4 /dev/sdb1 rw\n" +
			"-- proc/9/ --\ncomm cron\nns/mnt -> mnt:[9]\nfd/\n-- proc/9/mountinfo --\n1 1 8:17 / /m rw - ext4 /dev/sdb1 rw\n2 1 8:17 / /n rw - ext4 /dev/sdb1 rw\n",
			"sdb", []string{"mounted: sdb1 is mounted on /m (ext4)", "mounted: sdb1 is mounted on /n (ext4) in the mount namespace of cron (process 9)"}},
		{"virtual-server", "", "vdb", []string{
			"mounted: vdb is mounted on /srv/my data (ext4)",
			"mounted: vdb is mounted on /var/lib/postgresql (ext4) in the mount namespace of postgres (process 77)",
			"open: vdb is open by postgres (process 77)"}},
		{"desktop", root + "-- sys/fs/ext4/sdb1/ --\n", "sdb",
			[]string{"mounted: sdb1 holds a file system in use (ext4), but no mount of it can be seen from here"}},
		{"desktop", root + "-- sys/fs/btrfs/6fe0/devices/sdb1 -> x --\n", "sdb",
			[]string{"mounted: sdb1 is part of a btrfs file system in use (6fe0), but no mount of it can be seen from here"}},
		{"desktop", root + "-- sys/fs/bcachefs/6fe0/dev-1/block -> ../../../../devices/x/sdb1 --\n", "sdb",
			[]string{"mounted: sdb1 is part of a bcachefs file system in use (6fe0), but no mount of it can be seen from here"}},
	} {
		c.run(t)
	}
}

func hazardsSwap(t *testing.T) {
	t.Parallel()
	const head = "-- proc/swaps --\nFilename Type Size Used Priority\n"
	for _, c := range []hazardTest{
		{"desktop", head + "/dev/sdb1 partition 8 0 -2\n", "sdb", []string{"swap: the machine swaps to sdb1"}},
		{"desktop", "-- proc/1/mountinfo --\n27 1 0:25 / / rw - tmpfs tmpfs rw\n28 27 8:17 / /d rw - ext4 /dev/sdb1 rw\n" + head + "/d/swap\\040file file 8 0 -2\n", "sdb",
			[]string{"mounted: sdb1 is mounted on /d (ext4)", "swap: the machine swaps to /d/swap file, a file on sdb"}},
	} {
		c.run(t)
	}
	got := hazards(t, machine(t, "laptop", ""), "nvme0n1")
	if want := "swap: the machine swaps to dm-2 (LVM volume vg-swap)"; !slices.Contains(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func hazardsHeld(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ host, more, disk, want string }{
		{"laptop", "", "nvme0n1", "held: nvme0n1p2 belongs to dm-0 (encrypted volume (dm-crypt) luks-crypt)"},
		{"storage", "", "sda", "held: sda1 belongs to raid1 array md127"},
		{"storage", "", "sdj", "held: sdj belongs to a bcache set"},
		{"desktop", "-- sys/block/loop0 -> ../devices/virtual/block/loop0 --\n-- sys/devices/virtual/block/loop0/ --\ndev 7:0\nsize 8\nro 0\nqueue/logical_block_size 512\nloop/backing_file /dev/sdb1\n",
			"sdb", "held: sdb1 belongs to loop device loop0"},
		{"desktop", "-- sys/kernel/config/nvmet/subsystems/nqn.test/namespaces/1/ --\nenable 1\ndevice_path /dev/sdb\n", "sdb", "held: sdb is offered by the NVMe target as nqn.test"},
		{"desktop", "-- sys/kernel/config/target/core/iblock_0/disk/udev_path --\n/dev/sdb\n", "sdb", "held: sdb is offered by the SCSI target as iblock_0/disk"},
	} {
		if got := hazards(t, machine(t, c.host, c.more), c.disk); !slices.Contains(got, c.want) {
			t.Errorf("%s of %s: got %q, want %q", c.disk, c.host, got, c.want)
		}
	}
}

func hazardsOpen(t *testing.T) {
	t.Parallel()
	proc := func(pid int, link string) string {
		return fmt.Sprintf("-- proc/%d/ --\ncomm dd\x1b[1m\nns/mnt -> mnt:[4026531841]\nfd/7 -> %s\n", pid, link)
	}
	for _, c := range []hazardTest{
		{"desktop", proc(9, "/dev/sdb"), "sdb", []string{`open: sdb is open by dd\x1b[1m (process 9)`}},
		{"desktop", proc(9, "/dev/sdb1"), "sdb", []string{`open: sdb1 is open by dd\x1b[1m (process 9)`}},
		{"desktop", proc(9, "/dev/sg1"), "sdb", []string{`open: /dev/sg1, the drive of sdb, is open by dd\x1b[1m (process 9)`}},
		{"desktop", proc(9, "/dev/sg0"), "sdb", []string{}},
		{"nvme-multipath", proc(9, "/dev/nvme1"), "nvme0n1", []string{`open: /dev/nvme1, the drive of nvme0n1, is open by dd\x1b[1m (process 9)`}},
		{"nvme-multipath", proc(9, "/dev/ng0n1"), "nvme0n1", []string{`open: /dev/ng0n1, the drive of nvme0n1, is open by dd\x1b[1m (process 9)`}},
		{"desktop", proc(devicetest.PID, "/dev/sdb"), "sdb", []string{}}, // that is ourselves
		{"desktop", "-- sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/block/sdb/inflight --\n       0        3\n", "sdb",
			[]string{"open: sdb is being read or written at this moment"}},
	} {
		c.run(t)
	}
}

func hazardsUnfit(t *testing.T) {
	t.Parallel()
	const volume = ": writing to it does not reach all of the disks behind it"
	for _, c := range []hazardTest{
		{"bench", "", "mmcblk0boot0", []string{"read-only: mmcblk0boot0 is write protected (the kernel protects boot areas; writing 0 to force_ro ends that)"}},
		{"bench", "", "sdc", []string{}}, // it has no serial number: its port identifies it
		{"bench", "-- sys/devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.0/host3/target3:0:0/3:0:0:0/block/sdc/diskseq --\n0\n", "sdc",
			[]string{"no-serial: sdc has no serial number of its own, and no port by which it could be identified"}},
		{"bench", "", "sdf", []string{"no-medium: there is no medium in sdf"}},
		{"storage", "", "sdd", []string{"zoned: sdd must be written zone by zone, and the kernel does not show its zones"}},
		{"storage", "", "sde", []string{"offline: sde is offline"}},
		{"nvme-multipath", "-- sys/devices/pci0000:00/0000:00:03.0/nvme/nvme1/state --\nresetting\n", "nvme0n1", []string{"offline: nvme0n1 is resetting"}},
		{"storage", "", "sdf", []string{"not-physical: sdf is a volume of a RAID adapter (megaraid_sas)" + volume}},
		{"storage", "", "sdk", []string{"not-physical: sdk is a volume of a RAID adapter (smartpqi, RAID-1)" + volume}},
		{"storage", "-- sys/devices/pci0000:00/0000:00:04.0/host4/target4:1:0/4:1:0:0/ --\nraid_level N/A\nmodel X\n-- sys/devices/pci0000:00/0000:00:04.0/host4/scsi_host/host4/proc_name --\nmpt3sas\n",
			"sdk", []string{"not-physical: sdk is a volume of a RAID adapter (mpt3sas)" + volume}},
		{"storage", "-- sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host1/scsi_host/host1/proc_name --\naacraid\n", "sdg",
			[]string{"not-physical: sdg is a volume of a RAID adapter (aacraid)" + volume}},
		{"storage", "-- sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host1/scsi_host/host1/proc_name --\n3w-9xxx\n", "sdg",
			[]string{"not-physical: sdg is a volume of a RAID adapter (3w-9xxx)" + volume}},
		{"live-stick", "-- sys/devices/virtual/block/loop1/ --\nsize 8\nloop/backing_file /dev/sda1\n", "loop1", []string{"not-physical: loop1 is bound to /dev/sda1: name that device"}},
		{"storage", "", "sdh", []string{"not-physical: sdh is on another machine (Fibre Channel)"}},
		{"storage", "", "sdi", []string{"not-physical: sdi is on another machine (iSCSI)"}},
		{"storage", "-- sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host1/scsi_host/host1/proc_name --\nib_srp\n", "sdg", []string{"not-physical: sdg is on another machine (SRP)"}},
		{"nvme-multipath", "", "nvme3n1", []string{"not-physical: nvme3n1 is on another machine (NVMe over tcp)"}},
		{"desktop", "-- sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/block/sdb/queue/logical_block_size --\n4096\n" +
			"-- sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/block/sdb/size --\n156301489\n", "sdb",
			[]string{"capacity-unstable: the size of sdb (80026362368 bytes) is not a multiple of its block size (4096 bytes)"}},
	} {
		c.run(t)
	}
}

func hazardsSizeChanged(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	d := find(t, h, "sdb")
	d.Size -= 512
	got, err := h.Hazards(d)
	if err != nil || len(got) != 1 || got[0].Kind != devices.Unstable {
		t.Errorf("got %v, %v", got, err)
	}
}

func hazardsDuplicate(t *testing.T) {
	t.Parallel()
	for _, c := range []hazardTest{
		{"bench", "", "sda", []string{}}, // two sticks of one number, each on its port
		{"bench", "", "sdb", []string{}},
		// a disk with two ways to it, and no multipath
		{"storage", "-- sys/devices/pci0000:00/0000:00:02.0/0000:02:00.0/host1/target1:0:5/1:0:5:0/vpd_pg83 --\n\x00\x83\x00\x0c\x01\x03\x00\x08\x50\x00\xc5\x00\xb0\x00\x00\x02", "sdg",
			[]string{"duplicate-identity: sdg and sdc have the same world wide name naa.5000c500b0000002: one disk on two paths, or a copied identity"}},
	} {
		c.run(t)
	}
}

func hazardsImage(t *testing.T) {
	t.Parallel()
	file := "-- srv/disk.img --\n" + strings.Repeat("x", 511) + "\n"
	for _, c := range []struct {
		more string
		keep []string
		want []string
	}{
		{file, []string{"/var/lib/rasure", "/srv/other"}, []string{}},
		{file, []string{"/srv"}, []string{"system: /srv/disk.img must not be erased: it belongs to /srv"}},
		{file, []string{"/srv/disk.img"}, []string{"system: /srv/disk.img must not be erased: it belongs to /srv/disk.img"}},
		{file, []string{"/srv/disk.im"}, []string{}},
		{"-- srv/disk.img --\n", nil, []string{"no-medium: /srv/disk.img is empty"}},
		{file + "-- proc/swaps --\nFilename Type\n/srv/disk.img file 8 0 -2\n", nil, []string{"swap: the machine swaps to /srv/disk.img"}},
		{file + "-- proc/9/ --\ncomm qemu\nns/mnt -> mnt:[4026531841]\nfd/7 -> /srv/disk.img\n", nil, []string{"open: disk.img is open by qemu (process 9)"}},
		{file + "-- sys/block/loop0 -> ../devices/virtual/block/loop0 --\n-- sys/devices/virtual/block/loop0/ --\ndev 7:0\nsize 8\nro 0\nqueue/logical_block_size 512\nloop/backing_file /srv/disk.img\n", nil,
			[]string{"held: /srv/disk.img is the file of loop device loop0"}},
	} {
		h := machine(t, "desktop", c.more)
		h.Protected = c.keep
		if got := hazards(t, h, "/srv/disk.img"); !slices.Equal(got, c.want) {
			t.Errorf("%q, keep %v: got %q, want %q", c.more, c.keep, got, c.want)
		}
	}
}

func hazardsWithoutProc(t *testing.T) {
	t.Parallel()
	h := machine(t, "desktop", "")
	d := find(t, h, "sdb")
	h.Root.(*devicetest.Files).Remove("proc")
	if got, err := h.HazardsOf([]devices.Disk{d}); err == nil || len(got) != 1 || got[0] == nil {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := claim(h, d); err == nil {
		t.Error("it was claimed")
	}
}

func hazardsUnreadable(t *testing.T) {
	t.Parallel()
	for _, more := range []string{
		"-- proc/1/mountinfo --\nnonsense\n",
		"-- proc/1/mountinfo --\n",
		"-- sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda/size --\nmany\n", // it may be sdb's twin
	} {
		h := machine(t, "desktop", more)
		if got, err := h.Hazards(find(t, h, "sdb")); err == nil || got == nil {
			t.Errorf("%q: got %v, %v", more, got, err)
		}
	}
}
