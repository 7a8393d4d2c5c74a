package devices

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"rasure/cmd/message"
	"rasure/devices/mmc"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
	"rasure/devices/tcg"
)

func machine() fs.FS { return liveRoot{"/"} }

// Linux, include/uapi/linux/fs.h; the first is not in x/sys.
const (
	blkGetDiskSeq = 0x80081280
	blkGetSize64  = unix.BLKGETSIZE64
	blkFlushBuf   = unix.BLKFLSBUF
)

// node is an open block device or image file.
type node struct {
	*os.File
	block  bool
	loop   bool
	direct DirectIO
	limit  int64 // of an image file, in bytes: a file would grow under a write beyond its end, a disk does not
	scsi   scsi.Transport
	nvme   nvme.Transport
	mmc    mmc.Transport
}

// openPort opens a block device or a regular file:
//
//	stat(path)                                       anything else is not opened: opening a tape or a watchdog acts on it
//	openat(path, O_RDWR|O_EXCL|O_DIRECT|O_CLOEXEC|O_NOFOLLOW)   O_EXCL without O_CREAT is the claim on a block device
//	fstat                                            it is still what it was
//	flock(LOCK_EX|LOCK_NB)                           udev leaves a locked disk alone
//
// Without write it is O_RDONLY, without O_EXCL and lock.
func openPort(path string, write bool) (Port, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	_, block := nodeOf(info)
	if !block && !info.Mode().IsRegular() {
		return nil, message.Errorf("%s is neither a block device nor a file", Printable(path))
	}
	flags := unix.O_RDONLY
	if write {
		flags = unix.O_RDWR | unix.O_EXCL
	}
	if !block {
		flags |= unix.O_NONBLOCK // a FIFO may have taken the name; a regular file does not care
	}
	direct := block || info.Size()%512 == 0
	n, err := openNode(path, flags, direct)
	if !block && direct && errors.Is(err, unix.EINVAL) { // some file systems cannot; DirectIO reports it
		n, err = openNode(path, flags, false)
	}
	if err != nil {
		return nil, err
	}
	if err := n.inspect(path, block, write); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// OpenFile opens a disk or image for reading through the page cache, without a claim, and makes sure by device number, disk sequence and
// size that it is d: after a re-plug another disk can have its name. It returns when ctx ends. The caller closes the file.
func (h *Host) OpenFile(ctx context.Context, d Disk) (*os.File, error) {
	f, err := await(ctx, func() (*os.File, error) {
		info, err := os.Lstat(d.Path)
		if err != nil {
			return nil, err
		}
		_, block := nodeOf(info)
		flags := unix.O_RDONLY
		if !block {
			flags |= unix.O_NONBLOCK
		}
		n, err := openNode(d.Path, flags, false)
		if err != nil {
			return nil, err
		}
		if err = n.inspect(d.Path, block, false); err == nil {
			var s State
			if s, err = n.State(); err == nil {
				err = sameState(d, s)
			}
		}
		if err != nil {
			return nil, errors.Join(err, n.Close())
		}
		return n.File, nil
	}, func(f *os.File) { f.Close() })
	if err != nil {
		return nil, message.Errorf("opening %s: %w", Printable(d.Name), limitOf(err))
	}
	return f, nil
}

func openNode(path string, flags int, direct bool) (*node, error) {
	if direct {
		flags |= unix.O_DIRECT
	}
	fd, err := retry(func() (int, error) { return unix.Open(path, flags|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0) })
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	n := &node{File: os.NewFile(uintptr(fd), path), direct: DirectNo}
	if direct {
		n.direct = DirectUnknown // until inspect knows better
	}
	if err := n.tryRead(); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

// tryRead finds out whether a file system that took O_DIRECT also serves a block of 512 bytes: some want 4096.
func (n *node) tryRead() error {
	info, err := n.Stat()
	if err != nil || n.direct == DirectNo || !info.Mode().IsRegular() || info.Size() == 0 {
		return err
	}
	block, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return err
	}
	defer unix.Munmap(block)
	_, err = n.ReadAt(block[:512], 0)
	return err
}

// inspect makes sure that the open file is what it was, locks it, and finds out what it can do.
func (n *node) inspect(path string, block, write bool) error {
	info, err := n.Stat()
	if err != nil {
		return err
	}
	if _, n.block = nodeOf(info); n.block != block || !block && !info.Mode().IsRegular() {
		return message.Errorf("%s became another file while it was opened", Printable(path))
	}
	if write {
		if err := n.lock(); err != nil {
			return &fs.PathError{Op: "flock", Path: path, Err: err}
		}
	}
	if !block {
		n.limit = info.Size()
		n.direct = n.fileDirect()
		return nil
	}
	if n.loop = isLoop(info); !n.loop { // a loop device writes to its file as it likes
		n.direct = DirectYes
	}
	// NVMe's ioctls are not tried on a disk that takes SCSI commands: RAID drivers use the same numbers for others.
	switch {
	case scsi.HasSGIO(n.File):
		n.scsi = scsi.SGIO(n.File)
	case nvme.HasIoctl(n.File):
		n.nvme = nvme.Ioctl(n.File)
	case mmc.HasIoctl(n.File):
		n.mmc = mmc.Ioctl(n.File)
	}
	return nil
}

// lock waits a moment for udev, which takes the lock while it looks at a new disk.
func (n *node) lock() error {
	for try := 1; ; try++ {
		_, err := retry(func() (int, error) { return 0, unix.Flock(int(n.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
		if err == nil || try == claimAttempts {
			return err
		}
		time.Sleep(claimRetryDelay)
	}
}

func (n *node) DirectIO() DirectIO   { return n.direct }
func (n *node) SCSI() scsi.Transport { return n.scsi }
func (n *node) NVMe() nvme.Transport { return n.nvme }
func (n *node) MMC() mmc.Transport   { return n.mmc }

// RevertPSID is IOC_OPAL_PSID_REVERT_TPR.
func (n *node) RevertPSID(psid string) error { return tcg.RevertPSID(n.File, psid) }

// RereadPartitions is BLKRRPART; the exclusive holder may ask for it (block/genhd.c).
func (n *node) RereadPartitions() error { return n.ioctl(unix.BLKRRPART, nil) }

func (n *node) WriteAt(p []byte, off int64) (int, error) {
	if left := n.limit - off; !n.block && int64(len(p)) > left {
		m, err := n.File.WriteAt(p[:max(left, 0)], off)
		if err == nil {
			err = &fs.PathError{Op: "write", Path: n.Name(), Err: unix.ENOSPC} // as a block device answers
		}
		return m, err
	}
	return n.File.WriteAt(p, off)
}

// fileDirect asks the file system whether O_DIRECT holds, statx(2). One that journals data takes O_DIRECT and buffers all the same, and
// says so; one that says nothing (tmpfs, kernels before 6.1) leaves it unknown.
func (n *node) fileDirect() DirectIO {
	var stat unix.Statx_t
	if n.direct == DirectNo || unix.Statx(int(n.Fd()), "", unix.AT_EMPTY_PATH, unix.STATX_DIOALIGN, &stat) != nil || stat.Mask&unix.STATX_DIOALIGN == 0 {
		return n.direct
	}
	if stat.Dio_mem_align == 0 || stat.Dio_offset_align == 0 {
		return DirectNo
	}
	return DirectYes
}

// isLoop reports whether a node is a loop device: those have the major number 7 (Documentation/admin-guide/devices.txt).
func isLoop(info fs.FileInfo) bool {
	number, ok := nodeOf(info)
	return ok && number.Major == 7
}

// LoopStatus asks a loop device what it is bound to; the zero value for another node.
func (n *node) LoopStatus() (LoopStatus, error) {
	if !n.loop {
		return LoopStatus{}, nil
	}
	return loopStatusOf(int(n.Fd()), n.Name())
}

func (n *node) DropCache() error {
	if n.block {
		if err := n.ioctl(blkFlushBuf, nil); err != nil {
			return &fs.PathError{Op: "BLKFLSBUF", Path: n.Name(), Err: err}
		}
		return nil
	}
	if err := n.Sync(); err != nil { // only clean pages are dropped
		return err
	}
	if err := unix.Fadvise(int(n.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil || n.direct == DirectYes {
		return err
	}
	return n.cacheDropped()
}

// cacheDropped returns an error if pages of an image that is read through the page cache are still in memory, as when another
// program has locked them there: what is read back then would not come from the device. posix_fadvise(2) reports success for that too.
// On a file system that is memory, and before Linux 6.5, nothing can be known.
func (n *node) cacheDropped() error {
	var system unix.Statfs_t
	var cache unix.Cachestat_t
	if unix.Fstatfs(int(n.Fd()), &system) != nil || system.Type == unix.TMPFS_MAGIC || uint32(system.Type) == unix.RAMFS_MAGIC {
		return nil
	}
	if unix.Cachestat(uint(n.Fd()), &unix.CachestatRange{}, &cache, 0) != nil || cache.Cache == 0 {
		return nil
	}
	return message.Errorf("%d pages of %s stay in memory", cache.Cache, Printable(n.Name()))
}

func (n *node) State() (State, error) {
	info, err := n.Stat()
	if err != nil {
		return State{}, err
	}
	if !n.block {
		return State{Number: fileNumber(info), Size: info.Size()}, nil
	}
	s := State{}
	s.Number, _ = nodeOf(info)
	var size uint64
	if err := n.ioctl(blkGetSize64, unsafe.Pointer(&size)); err != nil {
		return State{}, &fs.PathError{Op: "BLKGETSIZE64", Path: n.Name(), Err: err}
	}
	s.Size = int64(size)
	if err := n.ioctl(blkGetDiskSeq, unsafe.Pointer(&s.Seq)); err != nil && !errors.Is(err, unix.ENOTTY) {
		return State{}, &fs.PathError{Op: "BLKGETDISKSEQ", Path: n.Name(), Err: err}
	}
	return s, nil
}

func (n *node) ioctl(request uint, arg unsafe.Pointer) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, n.Fd(), uintptr(request), uintptr(arg))
	if errno != 0 {
		return errno
	}
	return nil
}
