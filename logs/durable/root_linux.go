package durable

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"rasure/cmd/message"
)

// maxLinks is how many symbolic links a path may have, as in path_resolution(7).
const maxLinks = 40

// openRoot opens a directory. It follows a symbolic link only if its owner is root or the user of this process: another user who
// may rename in a directory on the way could lead root anywhere by a link.
func openRoot(path string) (*os.Root, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	want, err := resolve(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	now, err := markOf(root)
	if err == nil && now != want {
		err = message.Errorf("%s was exchanged by another process while it was opened", path)
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

// resolve walks an absolute path and returns the mark of the directory to which it leads.
func resolve(path string) (Mark, error) {
	names := strings.Split(path, "/")
	for range maxLinks + 1 {
		mark, instead, err := walk(names)
		if err != nil || instead == nil {
			return mark, err
		}
		names = instead
	}
	return Mark{}, unix.ELOOP
}

// walk walks a path from the root directory on. At a symbolic link that it trusts, it returns the path to walk instead.
func walk(names []string) (m Mark, instead []string, err error) {
	at, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return m, nil, err
	}
	defer func() { unix.Close(at) }()
	for i, name := range names {
		if name == "" || name == "." {
			continue
		}
		next, err := unix.Openat(at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return m, nil, err
		}
		unix.Close(at)
		at = next
		var st unix.Stat_t
		if err := unix.Fstat(at, &st); err != nil {
			return m, nil, err
		}
		if st.Mode&unix.S_IFMT == unix.S_IFLNK {
			target, err := follow(at, name, st.Uid)
			if err != nil {
				return m, nil, err
			}
			if !filepath.IsAbs(target) {
				instead = append(instead, names[:i]...)
			}
			return m, append(append(instead, strings.Split(target, "/")...), names[i+1:]...), nil
		}
	}
	var st unix.Stat_t
	if err := unix.Fstat(at, &st); err != nil {
		return m, nil, err
	}
	return Mark{Device: uint64(st.Dev), Inode: st.Ino}, nil, nil
}

// follow reads a symbolic link that is open as fd.
func follow(fd int, name string, owner uint32) (target string, err error) {
	if owner != 0 && int(owner) != os.Geteuid() {
		return "", message.Errorf("%q is a symbolic link of user %d, whom this process does not trust: give the path without it", name, owner)
	}
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buf)
	return string(buf[:n]), err
}

// isOurs reports whether the user of this process owns a file.
func isOurs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

func markFrom(info fs.FileInfo) Mark {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return Mark{}
	}
	return Mark{Device: uint64(st.Dev), Inode: st.Ino}
}
