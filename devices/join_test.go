package devices_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"rasure/devices"
	"rasure/devices/devicetest"
)

// twoNamespaces is the laboratory, whose NVMe drive has a second namespace, of half the size.
const twoNamespaces = `-- sys/block/nvme0n2 -> ../devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n2 --
-- sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n2/ --
dev 259:9
size 65536
removable 0
ro 0
hidden 0
diskseq 90
nsid 3
wwid eui.0000000000000002
queue/logical_block_size 512
queue/rotational 0
queue/zoned none
device -> ../../nvme0
`

// namespaces claims disks of the laboratory, each with a drive of memory.
func namespaces(t *testing.T, more string, names ...string) (*devices.Host, []*devices.Target, []*devicetest.Drive) {
	t.Helper()
	h := machine(t, "laboratory", more)
	var targets []*devices.Target
	var drives []*devicetest.Drive
	for _, name := range names {
		d := find(t, h, name)
		drive := devicetest.NewDrive(d.Size, d.LogicalBlock)
		drive.SetState(devices.State{Number: d.Number, Seq: d.Seq, Size: d.Size})
		devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return drive.Open(), nil })
		target, err := claim(h, d)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { target.Close() })
		targets, drives = append(targets, target), append(drives, drive)
	}
	return h, targets, drives
}

// TestTargetJoin: the bytes of joined namespaces are one behind the other, also for a transfer that reaches over a boundary.
func TestTargetJoin(t *testing.T) {
	t.Parallel()
	h, targets, drives := namespaces(t, twoNamespaces, "nvme0n1", "nvme0n2")
	first, second := targets[0].Disk(), targets[1].Disk()
	if err := targets[0].Join(targets[1:]); err != nil {
		t.Fatal(err)
	}
	d := targets[0].Disk()
	if d.Size != first.Size+second.Size || d.Name != "nvme0n1" || len(d.Namespaces) != 2 || d.Namespaces[0] != (devices.Namespace{1, "nvme0n1", first.Size, first.WWN}) ||
		d.Namespaces[1] != (devices.Namespace{3, "nvme0n2", second.Size, second.WWN}) {
		t.Errorf("%+v", d)
	}
	want := devicetest.Aligned(4096, 0)
	for i := range want {
		want[i] = byte(i>>8 + 1)
	}
	if n, err := targets[0].WriteAt(want, first.Size-1024); n != 4096 || err != nil {
		t.Fatal(n, err)
	}
	a, b, got := make([]byte, 1024), make([]byte, 3072), devicetest.Aligned(4096, 0)
	drives[0].Peek(a, first.Size-1024)
	drives[1].Peek(b, 0)
	if n, err := targets[0].ReadAt(got, first.Size-1024); n != 4096 || err != nil || !bytes.Equal(got, want) || !bytes.Equal(append(a, b...), want) {
		t.Error(n, err)
	}
	if n, err := targets[0].ReadAt(got, d.Size-512); n != 512 || err == nil {
		t.Errorf("over the end: %d, %v", n, err)
	}
	if err := targets[0].Sync(); err != nil {
		t.Error(err)
	}

	again, err := h.Rejoin(second, d.Namespaces)
	if err != nil || again.Name != "nvme0n1" || again.Size != d.Size {
		t.Fatalf("%+v, %v", again, err)
	}
	port, err := h.OpenRead(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	clear(got)
	if n, err := port.ReadAt(got, first.Size-1024); n != 4096 || err != nil || !bytes.Equal(got, want) || port.Close() != nil {
		t.Error(n, err)
	}
	files := h.Root.(*devicetest.Files)
	files.Write("sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n2/nsid", "4\n")
	if _, err := h.OpenRead(t.Context(), again); err == nil || !strings.Contains(err.Error(), "nvme0n2 is no longer namespace 3") {
		t.Errorf("the name has gone to another namespace: %v", err)
	}
	files.Write("sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n2/nsid", "3\n")
	other := d.Namespaces[1]
	other.Size += 512
	if _, err := h.Rejoin(first, []devices.Namespace{d.Namespaces[0], other}); err == nil || !strings.Contains(err.Error(), "no namespace 3") {
		t.Errorf("of another size: %v", err)
	}
}

// A joined target is lost with each of its namespaces.
func TestTargetJoin_Lost(t *testing.T) {
	t.Parallel()
	_, targets, drives := namespaces(t, twoNamespaces, "nvme0n1", "nvme0n2")
	if err := errors.Join(targets[0].Join(targets[1:]), targets[0].Check()); err != nil {
		t.Fatal(err)
	}
	drives[1].SetState(devices.State{})
	if err := targets[0].Check(); !devices.Lost(err) {
		t.Errorf("Check() = %v", err)
	}
}

// rereading is a port that counts how often the kernel was asked to read its partition table.
type rereading struct {
	devices.Port
	times *int
}

func (r rereading) RereadPartitions() error { *r.times++; return nil }

// Each namespace has a partition table of its own.
func TestTargetJoin_RereadPartitions(t *testing.T) {
	t.Parallel()
	h, first, drives := namespaces(t, twoNamespaces, "nvme0n1", "nvme0n2")
	var times [2]int
	var targets []*devices.Target
	for i, was := range first {
		d := was.Disk()
		was.Close()
		devicetest.Attach(h, d.Path, func(bool) (devices.Port, error) { return rereading{drives[i].Open(), &times[i]}, nil })
		target, err := claim(h, d)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { target.Close() })
		targets = append(targets, target)
	}
	if err := errors.Join(targets[0].Join(targets[1:]), targets[0].RereadPartitions()); err != nil || times != [2]int{1, 1} {
		t.Errorf("%v; read %d times", err, times)
	}
}

// A process that opens any of the joined namespaces counts, and one that opens the drive counts once.
func TestTargetJoin_OtherOpeners(t *testing.T) {
	t.Parallel()
	h, targets, _ := namespaces(t, twoNamespaces, "nvme0n1", "nvme0n2")
	if err := targets[0].Join(targets[1:]); err != nil {
		t.Fatal(err)
	}
	if all, err := targets[0].OtherOpeners(t.Context()); err != nil || len(all) != 0 {
		t.Fatalf("%+v, %v", all, err)
	}
	files := h.Root.(*devicetest.Files)
	files.Write("proc/9/comm", "dd\n")
	files.Link("proc/9/ns/mnt", "mnt:[4026531841]")
	files.Link("proc/9/fd/3", "/dev/nvme0n2")
	files.Write("proc/9/fdinfo/3", "flags:\t0100001\n")
	files.Link("proc/9/fd/4", "/dev/nvme0")
	all, err := targets[0].OtherOpeners(t.Context())
	if err != nil || len(all) != 2 || all[0].ReadOnly || all[0].PID != 9 || !strings.HasPrefix(all[0].Detail.String(), "/dev/nvme0,") || all[1].ReadOnly || !strings.HasPrefix(all[1].Detail.String(), "nvme0n2 is open") {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestTargetJoin_Refused: only what is one drive is joined.
func TestTargetJoin_Refused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ with, more, want string }{
		{"sda", twoNamespaces, "is no namespace of the drive"},
		{"nvme0n2", strings.Replace(twoNamespaces, "size 512", "size 4096", 1) + "-- sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n2/queue/logical_block_size --\n4096\n", "blocks of 4096 bytes"},
		{"nvme0n2", twoNamespaces + "-- sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n2/nsid --\n1\n", "joined twice"},
		{"nvme0n2", twoNamespaces + "-- sys/devices/pci0000:00/0000:00:01.0/nvme/nvme0/nvme0n2/device -> ../../nvme7 --\n-- sys/devices/pci0000:00/0000:00:01.0/nvme/nvme7/ --\nmodel QEMU NVMe Ctrl\nserial OTHER\nstate live\n", "is no namespace of the drive"},
	} {
		_, targets, _ := namespaces(t, c.more, "nvme0n1", c.with)
		if err := targets[0].Join(targets[1:]); err == nil || !strings.Contains(err.Error(), c.want) || targets[0].Disk().Namespaces != nil {
			t.Errorf("%s: %v, want %q", c.with, err, c.want)
		}
	}
	_, targets, _ := namespaces(t, twoNamespaces, "nvme0n1", "nvme0n2")
	if err := targets[0].Join(slices.Repeat(targets[1:], 64)); err == nil || !strings.Contains(err.Error(), "65 namespaces are more than") {
		t.Errorf("65 namespaces: %v", err)
	}
}
