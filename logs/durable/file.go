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

// WriteFile is [Dir.WriteFile] for a single file with other permissions: keys and secrets are 0600. The directory must exist.
// The file is never readable to more than perm says, also not under its temporary name.
func WriteFile(name string, data []byte, perm fs.FileMode) error {
	d := Open(filepath.Dir(name))
	d.perm = perm
	return d.WriteFile(filepath.Base(name), data)
}

// Remove removes a file and puts its absence on the disk. It is no error if there is none.
func Remove(name string) error {
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return err
	}
	return syncPath(filepath.Dir(name))
}

// WriteNew is [WriteFile] for a name that must still be free: a file of that name is left alone, and the error is [fs.ErrExist];
// nil if its content is data, as a killed process may have left it. Of two writers of one name, in whatever process, one gets it.
//
// A file system without hard links (FAT) gives the name before it has the content: there a power cut may leave a part of it.
func WriteNew(name string, data []byte, perm fs.FileMode) error {
	d := Open(filepath.Dir(name))
	d.perm = perm
	return d.WriteNew(filepath.Base(name), data)
}

// WriteNew is the same for a file in the directory, with permissions 0644; see [WriteNew].
func (d *Dir) WriteNew(name string, data []byte) error {
	dir := path.Dir(name)
	if err := d.mkdir(dir); err != nil {
		return err
	}
	// Writers of other contents have other temporary names: none takes the file from under another's hands.
	sum := sha256.Sum256(data)
	tmp := path.Join(dir, fmt.Sprintf(".%s.%x.tmp", path.Base(name), sum[:4]))
	if err := d.Remove(tmp); err != nil {
		return err
	}
	defer os.Remove(d.os(tmp))
	if err := d.create(tmp, data); err != nil {
		return err
	}
	err := d.call("link", name)
	if err == nil {
		err = os.Link(d.os(tmp), d.os(name))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		if err = d.create(name, data); err != nil && !errors.Is(err, fs.ErrExist) {
			os.Remove(d.os(name))
		}
	}
	if errors.Is(err, fs.ErrExist) {
		if have, _ := os.ReadFile(d.os(name)); !bytes.Equal(have, data) {
			return err
		}
		err = syncPath(d.os(name))
	}
	if err != nil {
		return err
	}
	return d.syncDir(dir)
}
