package durable

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// OpenExisting is [Open] for a directory that must exist: it is never made, for it may be the place where a stick was mounted.
// Files get the permissions perm.
func OpenExisting(path string, perm fs.FileMode) *Dir {
	d := Open(path)
	d.perm, d.existing = perm, true
	return d
}

// WriteFile is [Dir.WriteFile] for a single file with other permissions: keys and secrets are 0600. The directory must exist.
// Nobody whom perm excludes can read the file at any time, under its temporary name either.
func WriteFile(name string, data []byte, perm fs.FileMode) error {
	return OpenExisting(filepath.Dir(name), perm).WriteFile(filepath.Base(name), data)
}

// WriteNew is [WriteFile] for a name that must still be free, see [Dir.WriteNew]. The directory must exist.
func WriteNew(name string, data []byte, perm fs.FileMode) error {
	return OpenExisting(filepath.Dir(name), perm).WriteNew(filepath.Base(name), data)
}

// Remove removes a file and puts its absence on the disk. It is no error if there is none.
func Remove(name string) error {
	d := Open(filepath.Dir(name))
	return d.below(filepath.Base(name), func(root *os.Root, base string) error {
		folder, err := root.Open(".")
		if err != nil {
			return err
		}
		defer folder.Close()
		if err := root.Remove(base); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return folder.Sync()
	})
}

// WriteNew writes a file whose name must still be free. What has the name, be it a file, a link, a FIFO or a directory, is neither
// changed nor followed, and the error is [fs.ErrExist]; nil if it is a regular file whose content is data, as a killed
// process may have left it. Of two writers of one name, in whatever process, one gets it.
//
// A file system without hard links (FAT) gives the name before it has the content: there a power cut may leave a part of it.
func (d *Dir) WriteNew(name string, data []byte) error {
	// Writers of other contents have other temporary names, so that none removes the file of another.
	sum := sha256.Sum256(data)
	tmp := fmt.Sprintf(".%s.%x.tmp", path.Base(name), sum[:4])
	return Explain(d.write(name, tmp, data, func(w *writer) error {
		defer w.root.Remove(tmp)
		base := path.Base(name)
		err := d.call("link", name)
		if err == nil {
			err = w.root.Link(tmp, base)
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			if w.made, err = w.create(base, data); err != nil && !errors.Is(err, fs.ErrExist) {
				w.root.Remove(base)
			}
		}
		if errors.Is(err, fs.ErrExist) {
			return w.holds(base, data, err)
		}
		if err != nil {
			return err
		}
		return w.isOurs(base)
	}))
}

// holds returns nil if the file that has the name already is regular and holds data, and taken if it does not.
func (w *writer) holds(base string, data []byte, taken error) error {
	if info, err := w.root.Lstat(base); err != nil || !info.Mode().IsRegular() {
		return taken
	}
	f, err := openIn(w.root, base)
	if err != nil {
		return taken
	}
	defer f.Close()
	if have, err := readAll(f, base, int64(len(data))); err != nil || !bytes.Equal(have, data) {
		return taken
	}
	return f.Sync()
}
