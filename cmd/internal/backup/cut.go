package backup

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/logs"
)

// cut is a state directory at one moment.
type cut struct {
	station *station.Kept
	members []member
	others  []string // names of what is no file and no directory, or has a name that sha256sum would escape: not saved
	secret  []string // names of members that nobody else may read
}

// member is a file or directory of the state.
type member struct {
	name string
	info fs.FileInfo
	data []byte // nil if the file is read later
}

// take reads the state in a directory as it is at one moment. The long part, verifying the log, comes before others are kept waiting.
func take(ctx context.Context, dir string) (*cut, error) {
	k, err := station.ReadKept(dir)
	if errors.Is(err, logs.ErrDamaged) || fault.Code(err) == fault.Unverified {
		return nil, fault.WithHint(err, "a damaged log is not backed up: bring back an earlier backup with rasure station restore FILE --replace; cp -a copies the directory for those who examine it")
	}
	if err != nil {
		return nil, err
	}
	release, err := station.Hold(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer release()
	now, err := logs.ReadSnapshot(os.DirFS(filepath.Join(dir, station.LogDir)), k.Log.Identity())
	if err == nil {
		err = now.Extends(k.Log.Checkpoint())
	}
	if err != nil {
		return nil, err
	}
	k.Log = now
	c := &cut{station: k}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return c, fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err == nil && !saved(name) && d.IsDir():
			return fs.SkipDir
		case err == nil && !saved(name), name == ".":
			return err
		case err == nil && (!d.IsDir() && !d.Type().IsRegular() || strings.ContainsAny(name, "\\\n")):
			c.others = append(c.others, name)
			return nil
		case err == nil:
			err = c.add(root, name)
		}
		if errors.Is(err, fs.ErrNotExist) { // an annex that was forgotten, a job that has ended
			return nil
		}
		return err
	})
}

// add adds a file or directory, and reads it if it can change.
func (c *cut) add(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	m := member{name: name}
	if m.info, err = f.Stat(); err != nil {
		return err
	}
	if m.info.Mode().IsRegular() && m.info.Mode().Perm()&0o077 == 0 {
		c.secret = append(c.secret, name)
	}
	if m.info.Mode().IsRegular() && !fixed(name) {
		if m.data, err = io.ReadAll(f); err != nil {
			return err
		}
		if m.data == nil {
			m.data = []byte{}
		}
	}
	c.members = append(c.members, m)
	return nil
}

// open opens a member of the state in a directory for reading.
func (m member) open(dir string) (io.ReadCloser, error) {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(m.name)))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Size() != m.info.Size()) {
		err = message.Errorf("%s was changed while it was read", m.name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
