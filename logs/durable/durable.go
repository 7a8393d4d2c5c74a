// Package durable writes files so that a power cut cannot undo them.
//
// What a caller may rely on, on Linux and a file system that keeps the promises
// of fsync(2):
//
//   - A name holds either all of its old content or all of its new content,
//     whenever the process is killed or the power is cut.
//   - When [Dir.WriteFile] has returned nil, the new content is there for good,
//     and so is every directory on the way to it.
//   - When it has returned an error, the old content or the new content may be
//     there. The kernel may have forgotten that a page was never written, so a
//     second fsync proves nothing: the caller must stop and read again from the
//     start what it wants to build on.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

const (
	filePerm = 0o644 // an auditor reads as any user
	dirPerm  = 0o755
)

// Dir is a directory tree of files that are written one at a time. Names are
// slash-separated and relative to it, as in [fs.FS]. A Dir is not safe for
// concurrent use, and two processes must agree by [Dir.Lock] who writes.
type Dir struct {
	path   string
	perm   fs.FileMode     // of the files
	synced map[string]bool // directories whose own name is known to be on the disk

	// Fault, if it is set, is asked before every system call that changes
	// something; an error from it takes the call's place. Tests set it.
	Fault func(call, name string) error
}

// Open returns the directory at path, which need not exist yet; its parent must.
func Open(path string) *Dir {
	return &Dir{path: path, perm: filePerm, synced: map[string]bool{}}
}

// WriteFile gives name the content data, with permissions 0644, and makes the
// directories on the way to it.
//
//	mkdir("tile", 0755)                                 for each directory not known to be durable
//	fsync(open("."))                                    so that the name "tile" is on the disk
//	unlink("tile/.5.tmp")                               what a killed process left
//	open("tile/.5.tmp", O_WRONLY|O_CREAT|O_EXCL) = 3
//	write(3, data)
//	fsync(3)                                            the content, before a name leads to it
//	close(3)
//	rename("tile/.5.tmp", "tile/5")
//	fsync(open("tile"))                                 the name
//
// The temporary name is fixed, so a process killed a thousand times leaves one
// file behind and not a thousand.
func (d *Dir) WriteFile(name string, data []byte) error {
	dir := path.Dir(name)
	if err := d.mkdir(dir); err != nil {
		return err
	}
	tmp := path.Join(dir, "."+path.Base(name)+".tmp")
	if err := d.Remove(tmp); err != nil {
		return err
	}
	if err := d.create(tmp, data); err != nil {
		// Gives a full disk its space back. The first error is the one that matters.
		os.Remove(d.os(tmp))
		return err
	}
	if err := d.call("rename", name); err != nil {
		return err
	}
	if err := os.Rename(d.os(tmp), d.os(name)); err != nil {
		return err
	}
	return d.syncDir(dir)
}

// Remove removes a file, or a directory that is empty. It is no error if there
// is none. It does not fsync: after a power cut the name may be back, until the
// next [Dir.WriteFile] into the same directory has returned.
func (d *Dir) Remove(name string) error {
	if _, err := os.Lstat(d.os(name)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := d.call("unlink", name); err != nil {
		return err
	}
	if err := os.Remove(d.os(name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// RemoveAll removes a directory and what is in it, with the promise of [Dir.Remove].
func (d *Dir) RemoveAll(name string) error {
	if err := d.call("unlink", name); err != nil {
		return err
	}
	return os.RemoveAll(d.os(name))
}

// mkdir makes dir, which is "." for the Dir itself, and puts its name on the
// disk. A directory that is there already may have been made by a process that
// was killed before it could fsync, so the first use always does.
func (d *Dir) mkdir(dir string) error {
	if d.synced[dir] {
		return nil
	}
	parent := filepath.Dir(d.path)
	if dir != "." {
		if err := d.mkdir(path.Dir(dir)); err != nil {
			return err
		}
		parent = d.os(path.Dir(dir))
	}
	if err := d.call("mkdir", dir); err != nil {
		return err
	}
	if err := os.Mkdir(d.os(dir), dirPerm); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := d.call("fsync", path.Dir(dir)); err != nil {
		return err
	}
	if err := syncPath(parent); err != nil {
		return err
	}
	d.synced[dir] = true
	return nil
}

func (d *Dir) create(name string, data []byte) error {
	if err := d.call("open", name); err != nil {
		return err
	}
	f, err := os.OpenFile(d.os(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, d.perm)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := d.call("write", name); err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := d.call("fsync", name); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

func (d *Dir) syncDir(dir string) error {
	if err := d.call("fsync", dir); err != nil {
		return err
	}
	return syncPath(d.os(dir))
}

func syncPath(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func (d *Dir) call(call, name string) error {
	if d.Fault == nil {
		return nil
	}
	if err := d.Fault(call, name); err != nil {
		return &fs.PathError{Op: call, Path: d.os(name), Err: err}
	}
	return nil
}

func (d *Dir) os(name string) string {
	return filepath.Join(d.path, filepath.FromSlash(name))
}
