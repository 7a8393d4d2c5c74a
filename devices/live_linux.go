package devices

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// liveRoot is "/" as an fs.FS. It is not os.DirFS because that opens files through Go's poller, and some attributes in sysfs never
// become ready for it.
type liveRoot struct{ dir string }

func (l liveRoot) path(op, name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return filepath.Join(l.dir, name), nil
}

func (l liveRoot) Open(name string) (fs.File, error) {
	p, err := l.path("open", name)
	if err != nil {
		return nil, err
	}
	return os.Open(p)
}

func (l liveRoot) ReadDir(name string) ([]fs.DirEntry, error) {
	p, err := l.path("readdir", name)
	if err != nil {
		return nil, err
	}
	return os.ReadDir(p)
}

func (l liveRoot) Stat(name string) (fs.FileInfo, error) {
	p, err := l.path("stat", name)
	if err != nil {
		return nil, err
	}
	return os.Stat(p)
}

func (l liveRoot) Lstat(name string) (fs.FileInfo, error) {
	p, err := l.path("lstat", name)
	if err != nil {
		return nil, err
	}
	return os.Lstat(p)
}

func (l liveRoot) ReadLink(name string) (string, error) {
	p, err := l.path("readlink", name)
	if err != nil {
		return "", err
	}
	return os.Readlink(p)
}

// ReadFile reads an attribute of sysfs with one read(2), as the kernel made it in one piece, and other files to their end. Such is the event log of the firmware in
// securityfs, which is mounted in sysfs: each read returns as many events as a page holds.
func (l liveRoot) ReadFile(name string) ([]byte, error) {
	p, err := l.path("read", name)
	if err != nil {
		return nil, err
	}
	fd, err := retry(func() (int, error) { return unix.Open(p, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0) })
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: p, Err: err}
	}
	defer unix.Close(fd)
	once := strings.HasPrefix(name, "sys/") && !strings.HasPrefix(name, "sys/kernel/security/")
	buf := make([]byte, 4096)
	for n := 0; ; {
		m, err := retry(func() (int, error) { return unix.Read(fd, buf[n:]) })
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: p, Err: err}
		}
		n += m
		if m == 0 || once && n < len(buf) {
			return buf[:n], nil
		}
		if n == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
		}
	}
}

// loopStatus asks a loop device by LOOP_GET_STATUS64, loop(4). It is opened for reading only, which claims nothing and makes udev do nothing.
func loopStatus(loop string) (LoopStatus, error) {
	fd, err := retry(func() (int, error) { return unix.Open(loop, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return LoopStatus{}, &fs.PathError{Op: "open", Path: loop, Err: err}
	}
	defer unix.Close(fd)
	return loopStatusOf(fd, loop)
}

func loopStatusOf(fd int, name string) (LoopStatus, error) {
	info, err := unix.IoctlLoopGetStatus64(fd)
	if err != nil {
		return LoopStatus{}, &fs.PathError{Op: "LOOP_GET_STATUS64", Path: name, Err: err}
	}
	return LoopStatus{
		File:   FileID{info.Device, info.Inode},
		Disk:   Number{unix.Major(info.Rdevice), unix.Minor(info.Rdevice)},
		Offset: info.Offset, SizeLimit: info.Sizelimit, Direct: info.Flags&unix.LO_FLAGS_DIRECT_IO != 0,
	}, nil
}

func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}
