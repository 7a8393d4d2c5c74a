package durable

import (
	"io/fs"
	"os"
	"path"

	"rasure/cmd/message"
)

// writer is a file on its way to its name.
type writer struct {
	d    *Dir
	root *os.Root // the directory of the file
	dir  string   // its name below d
	tmp  string   // the file's temporary name in it
	made fs.FileInfo
}

// write writes data under a temporary name in the directory of name, has finish give it its name, and puts that on the disk.
func (d *Dir) write(name, tmp string, data []byte, finish func(*writer) error) error {
	w := &writer{d: d, dir: path.Dir(name), tmp: tmp}
	if err := d.mkdir(w.dir); err != nil {
		return err
	}
	var err error
	if w.root, err = d.root(w.dir); err != nil {
		return err
	}
	defer w.root.Close()
	folder, err := w.root.Open(".")
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := d.remove(w.root, path.Join(w.dir, tmp)); err != nil {
		return err
	}
	if w.made, err = w.create(tmp, data); err != nil {
		// Gives a full disk its space back. The first error matters.
		w.root.Remove(tmp)
		return err
	}
	if err := finish(w); err != nil {
		return err
	}
	if err := d.call("fsync", w.dir); err != nil {
		return err
	}
	return folder.Sync()
}

// create makes a file that was not there, and puts its content on the disk.
func (w *writer) create(base string, data []byte) (fs.FileInfo, error) {
	d, name := w.d, path.Join(w.dir, base)
	if err := d.call("open", name); err != nil {
		return nil, err
	}
	f, err := w.root.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_EXCL, d.perm)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := d.call("write", name); err != nil {
		return nil, err
	}
	if _, err := f.Write(data); err != nil {
		return nil, err
	}
	if err := d.call("fsync", name); err != nil {
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return info, f.Close()
}

// isOurs checks that the name leads to the file that was made. Who may rename in the directory may have exchanged it.
func (w *writer) isOurs(base string) error {
	now, err := w.root.Lstat(base)
	if err != nil {
		return err
	}
	if !os.SameFile(w.made, now) {
		return message.Errorf("%s was exchanged by another process while it was written", w.d.os(path.Join(w.dir, base)))
	}
	return nil
}
