package devices

import "fmt"

// LoopStatus is what a loop device is bound to, as LOOP_GET_STATUS64 gives it, loop(4). The kernel knows it by itself: the path
// that sysfs shows may be that of a container, or of a file that has another name by now.
type LoopStatus struct {
	File      FileID // of the file, or of the block device's node
	Disk      Number // the block device that it is bound to; zero where it is a file
	Offset    uint64 // bytes
	SizeLimit uint64 // bytes; 0: up to the end of the file
	Direct    bool   // LO_FLAGS_DIRECT_IO: it reads and writes its file past the page cache
}

// same returns a *[ChangedError] if the status is another than it was. Whether it is direct does not count: the kernel changes that
// by itself.
func (was LoopStatus) same(name string, now LoopStatus) error {
	switch {
	case was.File != now.File || was.Disk != now.Disk:
		return &ChangedError{name, changedFile, was.File.String(), now.File.String()}
	case was.Offset != now.Offset:
		return &ChangedError{name, changedOffset, fmt.Sprint(was.Offset), fmt.Sprint(now.Offset)}
	case was.SizeLimit != now.SizeLimit:
		return &ChangedError{name, changedLimit, fmt.Sprint(was.SizeLimit), fmt.Sprint(now.SizeLimit)}
	}
	return nil
}
