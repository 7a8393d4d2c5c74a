package devices

import (
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// lights are the attributes that switch the locate light of a slot: of an enclosure, by NPEM, and of a slot for hot-plugging.
var lights = regexp.MustCompile(`^(sys/devices/.*/enclosure/.*/locate|sys/devices/.*/leds/[^/]*:enclosure:locate/brightness|sys/bus/pci/slots/[^/]+/attention)$`)

// switchLight writes an attribute of [lights], and no other file: a number below 16.
func switchLight(name, value string) error {
	if n, err := strconv.ParseUint(value, 10, 4); err != nil || !lights.MatchString(name) || strconv.FormatUint(n, 10) != value {
		return &fs.PathError{Op: "switch", Path: name, Err: fs.ErrInvalid}
	}
	return writeAttr(name, value)
}

// rescan writes the rescan attribute of a SCSI device, and no other file: the kernel then asks the drive for its size.
func rescan(name string) error {
	if !strings.HasPrefix(name, "sys/devices/") || path.Base(name) != "rescan" || !strings.Contains(name, "/target") {
		return &fs.PathError{Op: "rescan", Path: name, Err: fs.ErrInvalid}
	}
	return writeAttr(name, "1")
}

// writeAttr writes an attribute:
//
//	open(/sys/devices/…, O_WRONLY|O_NOFOLLOW|O_CLOEXEC)
//	fstatfs                                               it is a file of sysfs
//	write(value)
func writeAttr(name, value string) error {
	if !fs.ValidPath(name) {
		return &fs.PathError{Op: "write", Path: name, Err: fs.ErrInvalid}
	}
	file := "/" + name
	fd, err := retry(func() (int, error) { return unix.Open(file, unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0) })
	if err != nil {
		return &fs.PathError{Op: "open", Path: file, Err: err}
	}
	defer unix.Close(fd)
	var files unix.Statfs_t
	if err := unix.Fstatfs(fd, &files); err != nil || files.Type != unix.SYSFS_MAGIC {
		return &fs.PathError{Op: "write", Path: file, Err: fs.ErrInvalid}
	}
	if _, err := retry(func() (int, error) { return unix.Write(fd, []byte(value)) }); err != nil {
		return &fs.PathError{Op: "write", Path: file, Err: err}
	}
	return nil
}
