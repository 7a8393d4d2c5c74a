package devices

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"rasure/cmd/message"
)

const (
	kernelGroup = 1        // include/linux/kobject.h: messages of the kernel; what udev has made of them goes to group 2
	ueventBytes = 16 << 10 // our choice: the kernel's own limit for the properties is 2048 bytes (UEVENT_BUFFER_SIZE)
	ueventQueue = 8 << 20  // our choice; the default of some 200 KB is full after the partitions of a few disks
)

// ueventSocket is a netlink socket that Go's poller waits for, so that Close ends a Receive.
type ueventSocket struct {
	file *os.File
	conn syscall.RawConn
	buf  [ueventBytes]byte
}

// openUevents listens to the kernel. Only the longer queue needs a privilege.
//
//	socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC|SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT)
//	setsockopt(SOL_SOCKET, SO_RCVBUFFORCE, 8 MiB)
//	bind({AF_NETLINK, groups 1})
func openUevents() (Uevents, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, message.Errorf("opening the kernel's device messages: %w", err)
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, ueventQueue) != nil {
		// Not root: as much as anybody may have. If it is too little, messages are missed, and that is noticed.
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, ueventQueue)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernelGroup}); err != nil {
		unix.Close(fd)
		return nil, message.Errorf("listening to the kernel's device messages: %w", err)
	}
	s := &ueventSocket{file: os.NewFile(uintptr(fd), "uevents")}
	if s.conn, err = s.file.SyscallConn(); err != nil {
		s.file.Close()
		return nil, message.Errorf("listening to the kernel's device messages: %w", err)
	}
	return s, nil
}

func (s *ueventSocket) Close() error { return s.file.Close() }

func (s *ueventSocket) Receive() ([]byte, uint32, error) {
	var (
		n, flags int
		from     unix.Sockaddr
		failed   error
	)
	err := s.conn.Read(func(fd uintptr) bool {
		_, failed = retry(func() (_ int, err error) {
			n, _, flags, from, err = unix.Recvmsg(int(fd), s.buf[:], nil, 0)
			return n, err
		})
		return failed != unix.EAGAIN
	})
	if err == nil {
		err = failed
	}
	sender, _ := from.(*unix.SockaddrNetlink) // there is always one: netlink(7)
	switch {
	case err == unix.ENOBUFS || err == nil && (sender == nil || flags&unix.MSG_TRUNC != 0):
		return nil, 0, ErrMissed
	case err != nil:
		return nil, 0, message.Errorf("reading the kernel's device messages: %w", err)
	}
	return s.buf[:n], sender.Pid, nil
}
