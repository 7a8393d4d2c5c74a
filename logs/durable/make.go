package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"rasure/cmd/message"
)

// Make makes a directory, which must not exist yet, and holds its descriptor until [Dir.Close]: other users who can rename in the directory
// above cannot lead the writer to another one. It refuses a directory that was put in the place of the new one before it was
// opened, which another user owns or which is not empty. The parent must exist.
func Make(path string) (*Dir, error) {
	d, err := makeDir(path)
	return d, Explain(err)
}

func makeDir(path string) (*Dir, error) {
	path, err := filepath.Abs(path) // without a slash at its end, which Mkdir would refuse
	if err != nil {
		return nil, err
	}
	parent, err := openRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	folder, err := parent.Open(".")
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	base := filepath.Base(path)
	if err := parent.Mkdir(base, dirPerm); err != nil {
		return nil, err
	}
	if err := folder.Sync(); err != nil {
		return nil, err
	}
	d := Open(path)
	d.synced["."] = true
	if d.held, err = parent.OpenRoot(base); err != nil {
		return nil, err
	}
	if err := isNew(d.held); err != nil {
		d.held.Close()
		return nil, message.Errorf("%s was exchanged by another process while it was made: %w", path, err)
	}
	return d, nil
}

// isNew checks that a directory is ours and empty.
func isNew(root *os.Root) error {
	folder, err := root.Open(".")
	if err != nil {
		return err
	}
	defer folder.Close()
	info, err := folder.Stat()
	if err != nil {
		return err
	}
	if !isOurs(info) {
		return message.New("another user owns it")
	}
	if _, err := folder.Readdirnames(1); !errors.Is(err, io.EOF) {
		return errors.Join(message.New("it is not empty"), err)
	}
	return nil
}

// Close lets go of the directory of [Make]. Other Dirs need not be closed.
func (d *Dir) Close() error {
	if d.held == nil {
		return nil
	}
	return d.held.Close()
}
