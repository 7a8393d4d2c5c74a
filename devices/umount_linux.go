package devices

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// umount unmounts what is mounted on a directory, if that is the mount with this id:
//
//	statx(point, AT_SYMLINK_NOFOLLOW|AT_NO_AUTOMOUNT, STATX_MNT_ID)   it is the mount that was found in the table
//	umount2(point, UMOUNT_NOFOLLOW)                                   not MNT_DETACH, not MNT_FORCE
func umount(point string, id int) error {
	var stat unix.Statx_t
	flags := unix.AT_SYMLINK_NOFOLLOW | unix.AT_NO_AUTOMOUNT | unix.AT_STATX_DONT_SYNC
	if err := unix.Statx(unix.AT_FDCWD, point, flags, unix.STATX_MNT_ID, &stat); err != nil {
		return &fs.PathError{Op: "statx", Path: point, Err: err}
	}
	if stat.Mask&unix.STATX_MNT_ID == 0 { // before Linux 5.8
		return &fs.PathError{Op: "statx", Path: point, Err: unix.ENOTSUP}
	}
	if stat.Mnt_id != uint64(id) {
		return &fs.PathError{Op: "umount", Path: point, Err: errOtherMount}
	}
	_, err := retry(func() (int, error) { return 0, unix.Unmount(point, unix.UMOUNT_NOFOLLOW) })
	if err != nil {
		return &fs.PathError{Op: "umount", Path: point, Err: err}
	}
	return nil
}
