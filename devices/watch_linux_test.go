package devices_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rasure/devices"
)

// listening opens the uevents of this machine until the test ends.
func listening(t *testing.T) devices.Uevents {
	t.Helper()
	from, err := devices.Live().Uevents()
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPROTONOSUPPORT) {
		t.Skipf("no uevents here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { from.Close() })
	return from
}

// receive reads messages until one is found, for at most two minutes.
func receive(t *testing.T, from devices.Uevents, what string, found func(message string, sender uint32, err error) bool) {
	t.Helper()
	late := time.AfterFunc(2*time.Minute, func() { from.Close() })
	defer late.Stop()
	for {
		message, sender, err := from.Receive()
		if found(string(message), sender, err) {
			return
		}
		if err != nil && !errors.Is(err, devices.ErrMissed) {
			t.Fatalf("waiting for %s: %v", what, err)
		}
	}
}

func TestLiveWatch(t *testing.T) {
	listening(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	h := devices.Live()
	h.LookAgain = time.Hour // so that only the kernel's message makes it look
	there := func(dev string) bool {
		size, err := os.ReadFile("/sys/block/" + filepath.Base(dev) + "/size")
		return err == nil && strings.TrimSpace(string(size)) != "0"
	}
	var dev, image string
	step := 0
	err := h.Watch(ctx, func() error {
		switch {
		case step == 0:
			dev, image = loopDevice(t, mib)
		case step == 1 && there(dev):
			unbind(t, dev, image)
		case step == 2 && !there(dev):
			cancel()
		default:
			return nil // somebody else's device
		}
		step++
		return nil
	})
	if err != nil || step != 3 {
		t.Errorf("Watch() = %v after step %d of 3", err, step)
	}
}

func TestLiveUevents(t *testing.T) {
	t.Run("sender of the kernel is zero", liveSender)
	t.Run("lost messages are reported", liveMissed)
	t.Run("socket is closed on exec", liveSocketCloseOnExec)
}

func liveSender(t *testing.T) {
	from := listening(t)
	dev, _ := loopDevice(t, mib)
	path := "/devices/virtual/block/" + filepath.Base(dev)
	receive(t, from, "the kernel", func(message string, sender uint32, err error) bool {
		e, bad := devices.ParseUevent([]byte(message))
		return err == nil && bad == nil && e.Path == path && sender == 0
	})
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	// A device that does not exist, so that nobody who believes it does anything.
	const forged = "change@/devices/virtual/block/nosuch\x00ACTION=change\x00DEVPATH=/devices/virtual/block/nosuch\x00SUBSYSTEM=block\x00"
	if err := unix.Sendto(fd, []byte(forged), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1}); err != nil {
		t.Skipf("forging is not allowed here: %v", err)
	}
	receive(t, from, "the forgery", func(message string, sender uint32, err error) bool {
		if message == forged && sender == 0 {
			t.Fatal("the kernel seems to have sent what we did")
		}
		return err == nil && message == forged
	})
}

func liveMissed(t *testing.T) {
	from := listening(t)
	dev, _ := loopDevice(t, mib)
	f, err := os.OpenFile("/sys/block/"+filepath.Base(dev)+"/uevent", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("events cannot be made here: %v", err)
	}
	defer f.Close()
	for _, fd := range sockets(t) { // a short queue, or others who listen would have to read thousands of events too
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4096); err != nil {
			t.Fatal(err)
		}
	}
	for range 50 {
		if _, err := f.WriteString("change"); err != nil {
			t.Fatal(err)
		}
	}
	receive(t, from, "the loss", func(_ string, _ uint32, err error) bool { return errors.Is(err, devices.ErrMissed) })
	// It goes on, once what is in the queue has been read.
	const after = "11111111-2222-3333-4444-555555555555"
	receive(t, from, "what came after the loss", func(message string, _ uint32, _ error) bool {
		if strings.Contains(message, "SYNTH_UUID="+after) {
			return true
		}
		if _, err := f.WriteString("change " + after); err != nil {
			t.Fatal(err)
		}
		return false
	})
}

func liveSocketCloseOnExec(t *testing.T) {
	listening(t)
	for _, fd := range sockets(t) {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("descriptor %d has flags %o, %v", fd, flags, err)
		}
	}
}

// sockets returns the descriptors of our netlink sockets; there is at least one.
func sockets(t *testing.T) (fds []int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if of, err := unix.Getsockname(fd); err == nil {
			if _, ok := of.(*unix.SockaddrNetlink); ok {
				fds = append(fds, fd)
			}
		}
	}
	if len(fds) == 0 {
		t.Fatal("no socket was found")
	}
	return fds
}
