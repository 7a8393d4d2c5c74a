package devices_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// imageFile makes an image of that many bytes, all zero.
func imageFile(t *testing.T, size int64) string {
	t.Helper()
	image := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, size); err != nil {
		t.Fatal(err)
	}
	return image
}

// loopDevice makes an image of that many bytes and binds it to a loop device, until the test ends.
func loopDevice(t *testing.T, size int64) (dev, image string) {
	t.Helper()
	image = imageFile(t, size)
	return bind(t, image, 0), image
}

// bind binds a file or node to a free loop device.
func bind(t *testing.T, file string, flags uint32) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("loop devices need root")
	}
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no loop devices here: %v", err)
	}
	defer control.Close()
	backing, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer backing.Close()
	for range 50 { // others take loop devices too, between the asking and the binding
		n, _, errno := unix.Syscall(unix.SYS_IOCTL, control.Fd(), unix.LOOP_CTL_GET_FREE, 0)
		if errno != 0 {
			t.Fatal(errno)
		}
		dev := fmt.Sprintf("/dev/loop%d", n)
		f, err := os.OpenFile(dev, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		config := unix.LoopConfig{Fd: uint32(backing.Fd())}
		config.Info.Flags = flags
		_, _, errno = unix.Syscall(unix.SYS_IOCTL, f.Fd(), unix.LOOP_CONFIGURE, uintptr(unsafe.Pointer(&config)))
		f.Close()
		if errno == unix.EBUSY {
			continue
		}
		if errno != 0 {
			t.Fatal(errno)
		}
		t.Cleanup(func() { unbind(t, dev, file) })
		return dev
	}
	t.Fatal("no free loop device in 50 tries")
	return ""
}

// unbind takes the file from a loop device, unless the device has gone to somebody else with another file.
func unbind(t *testing.T, dev, file string) {
	bound, _ := os.ReadFile("/sys/block/" + filepath.Base(dev) + "/loop/backing_file")
	if strings.TrimSuffix(strings.TrimSpace(string(bound)), " (deleted)") != file {
		return
	}
	f, err := os.Open(dev)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), unix.LOOP_CLR_FD, 0); errno != 0 && errno != unix.ENXIO {
		t.Errorf("unbinding %s: %v", dev, errno)
	}
}

// run runs a program that the test needs, and skips the test where it is missing.
func run(t *testing.T, name string, arg ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	out, err := exec.Command(path, arg...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, arg, err, out)
	}
	return strings.TrimSpace(string(out))
}

// ext4 makes a file system and mounts it.
func ext4(t *testing.T, dev string) (dir string) {
	t.Helper()
	run(t, "mkfs.ext4", "-q", "-F", dev)
	dir = t.TempDir()
	if err := unix.Mount(dev, dir, "ext4", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) {
			t.Error(err)
		}
	})
	return dir
}

// sleeper starts a process that lives until the test ends, and waits until it is sleep, no shell any more, and ready says so.
func sleeper(t *testing.T, ready func() bool, name string, arg ...string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(path, arg...)
	cmd.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	asleep := func() bool { // before that it is still the shell
		comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", cmd.Process.Pid))
		return string(comm) == "sleep\n"
	}
	for end := time.Now().Add(time.Minute); !ready() || !asleep(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s %v did not get ready", name, arg)
		}
	}
}

// addPartition makes a partition known to the kernel, which need not read a table for that: not every kernel can.
func addPartition(t *testing.T, dev string, start, size int64) {
	addPartitions(t, dev, [2]int64{start, size})
}

// addPartitions adds partitions 1, 2 and so on, each with its start and size in bytes. They go when the test ends: the kernel keeps them
// although the loop device has another file.
func addPartitions(t *testing.T, dev string, parts ...[2]int64) {
	t.Helper()
	blkpg := func(op int32, p unix.BlkpgPartition) error {
		f, err := os.Open(dev)
		if err != nil {
			return err
		}
		defer f.Close()
		arg := unix.BlkpgIoctlArg{Op: op, Datalen: int32(unsafe.Sizeof(p)), Data: (*byte)(unsafe.Pointer(&p))}
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), unix.BLKPG, uintptr(unsafe.Pointer(&arg))); errno != 0 {
			return errno
		}
		return nil
	}
	for i, p := range parts {
		part := unix.BlkpgPartition{Start: p[0], Length: p[1], Pno: int32(i + 1)}
		if err := blkpg(unix.BLKPG_ADD_PARTITION, part); err != nil {
			t.Skipf("no partitions on loop devices here: %v", err)
		}
		t.Cleanup(func() {
			err := blkpg(unix.BLKPG_DEL_PARTITION, part)
			for n := 0; errors.Is(err, unix.EBUSY) && n < 100; n++ { // a test of another package lists the disks, and looks into them
				time.Sleep(100 * time.Millisecond)
				err = blkpg(unix.BLKPG_DEL_PARTITION, part)
			}
			if err != nil {
				t.Errorf("removing partition %d of %s: %v", part.Pno, dev, err)
			}
		})
	}
}
