package durable

import (
	"io/fs"
	"os"
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
