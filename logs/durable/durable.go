// Package durable writes files so that a power cut cannot undo them, and reads files that a stranger may have made.
//
// What a caller may rely on, on Linux and a file system that keeps the promises of fsync(2):
//
//   - A name holds either all of its old content or all of its new content, whenever the process is killed or the power is cut.
//   - When [Dir.WriteFile] has returned nil, the new content is there for good, and so is every directory on the way to it.
//   - When it has returned an error, the old content or the new content may be there. The kernel may have forgotten that a page
//     was never written, so a second fsync proves nothing: the caller must stop, and read again from the start whatever it
//     wants to build on.
//
// The program runs as root and writes where other users may rename things. So a directory is opened once for each call, by
// [Dir.root], and everything happens below its descriptor: a name that is exchanged in the meantime leads nowhere else.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"rasure/cmd/message"
)

const (
	filePerm = 0o644 // an auditor reads as any user
	dirPerm  = 0o755
)

// Dir is a directory tree of files that are written one at a time. Names are slash-separated and relative to it, as in [fs.FS]. A
// Dir is not safe for concurrent use, and two processes must agree by [Dir.Lock] who writes.
type Dir struct {
	path     string
	perm     fs.FileMode     // of the files
	existing bool            // the directory itself is not made
	mark     Mark            // if it is not zero, the directory must be this one
	held     *os.Root        // of a Dir from [Make]: everything happens below it, whatever becomes of the path
	synced   map[string]bool // directories whose own name is known to be on the disk

	// Fault, if it is set, is asked before every system call that changes something; an error from it takes the call's place.
	// Tests set it.
	Fault func(call, name string) error
}

// Open returns the directory at path, which need not exist yet; its parent must.
func Open(path string) *Dir {
	return &Dir{path: path, perm: filePerm, synced: map[string]bool{}}
}

// WriteFile gives name the content data, with permissions 0644, and makes the directories on the way to it. Whatever had the name
// is replaced; a link is not followed.
//
//	mkdir("tile", 0755)                                 for each directory not known to be durable
//	fsync(open("."))                                    so that the name "tile" is on the disk
//	open("tile") = 3                                    what follows is relative to it
//	unlink(".5.tmp")                                    what a killed process left
//	open(".5.tmp", O_WRONLY|O_CREAT|O_EXCL) = 4
//	write(4, data)
//	fsync(4)                                            the content, before a name leads to it
//	close(4)
//	rename(".5.tmp", "5")
//	fsync(3)                                            the name
//
// The directory is open from before the rename: a descriptor that is opened later may miss an error of writing it back.
// The temporary name is fixed, so a process that is killed a thousand times leaves one file behind and not a thousand.
func (d *Dir) WriteFile(name string, data []byte) error {
	return Explain(d.write(name, "."+path.Base(name)+".tmp", data, func(w *writer) error {
		if err := d.call("rename", name); err != nil {
			return err
		}
		if err := w.root.Rename(w.tmp, path.Base(name)); err != nil {
			return err
		}
		return w.isOurs(path.Base(name))
	}))
}

// Remove removes a file, or a directory that is empty. It is no error if there is none. It does not fsync: after a power cut the
// name may be back, until the next [Dir.WriteFile] into the same directory has returned.
func (d *Dir) Remove(name string) error {
	return d.below(name, func(root *os.Root, base string) error { return d.remove(root, name) })
}

// RemoveAll removes a directory and what is in it, with the promise of [Dir.Remove].
func (d *Dir) RemoveAll(name string) error {
	return d.below(name, func(root *os.Root, base string) error {
		if err := d.call("unlink", name); err != nil {
			return err
		}
		return root.RemoveAll(base)
	})
}

func (d *Dir) below(name string, f func(root *os.Root, base string) error) error {
	root, err := d.root(path.Dir(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return Explain(err)
	}
	defer root.Close()
	return Explain(f(root, path.Base(name)))
}

// remove removes name, whose directory root is.
func (d *Dir) remove(root *os.Root, name string) error {
	if _, err := root.Lstat(path.Base(name)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := d.call("unlink", name); err != nil {
		return err
	}
	if err := root.Remove(path.Base(name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// root opens a directory of the tree.
func (d *Dir) root(dir string) (*os.Root, error) {
	if d.held != nil {
		return d.held.OpenRoot(filepath.FromSlash(dir))
	}
	root, err := openRoot(d.path)
	if err == nil && d.mark != (Mark{}) {
		if now, err := markOf(root); err != nil || now != d.mark {
			root.Close()
			return nil, errors.Join(err, message.Errorf("writing to %s: %w", d.path, ErrMoved))
		}
	}
	if err != nil || dir == "." {
		return root, err
	}
	defer root.Close()
	return root.OpenRoot(filepath.FromSlash(dir))
}

// mkdir makes dir, which is "." for the Dir itself, and puts its name on the disk. A directory that is there already may have been
// made by a process that was killed before it could fsync, so the first use always does.
func (d *Dir) mkdir(dir string) error {
	if d.synced[dir] {
		return nil
	}
	if dir == "." && d.existing {
		root, err := d.root(dir)
		if err != nil {
			return err // and not that of the parent: it names the directory
		}
		root.Close()
	}
	parent, err := d.parent(dir)
	if dir == "." && d.existing && errors.Is(err, fs.ErrPermission) {
		return nil // another user owns the parent: the directory's maker has put its name on the disk
	}
	if err != nil {
		return err
	}
	defer parent.Close()
	folder, err := parent.Open(".")
	if err != nil {
		return err
	}
	defer folder.Close()
	if !d.existing || dir != "." {
		if err := d.call("mkdir", dir); err != nil {
			return err
		}
		if err := parent.Mkdir(filepath.Base(d.os(dir)), dirPerm); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if err := d.call("fsync", path.Dir(dir)); err != nil {
		return err
	}
	if err := folder.Sync(); err != nil {
		return err
	}
	d.synced[dir] = true
	return nil
}

// parent opens the directory in which dir is.
func (d *Dir) parent(dir string) (*os.Root, error) {
	if dir == "." {
		return openRoot(filepath.Dir(d.path))
	}
	if err := d.mkdir(path.Dir(dir)); err != nil {
		return nil, err
	}
	return d.root(path.Dir(dir))
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
