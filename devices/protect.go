package devices

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"rasure/cmd/message"
)

// maxProtected bounds the walk below the protected directories. The log of a station holds 256 entries a file.
const maxProtected = 1 << 20

// protected is what lies at and below the protected paths of a Host, by what it is: our state is our state under every name that a bind
// mount, a hard link or another path gives it.
type protected struct {
	files map[FileID]string // -> the protected path that it belongs to
	dirs  []string          // where links below the protected paths lead to, outside of them
}

// protect walks through the protected paths. Those that do not exist yet hold nothing.
func (h *Host) protect() (protected, error) {
	p := protected{files: map[FileID]string{}}
	for _, file := range h.Protected {
		if err := h.protectTree(&p, file, file); err != nil {
			return p, message.Errorf("looking for the files of %s: %w", Printable(file), err)
		}
	}
	return p, nil
}

// protectTree adds a file, or a directory with all that is in it, under the name of the protected path that it belongs to. A directory that
// we may not enter is passed by: nobody who may not enter it can write to a file in it through us.
func (h *Host) protectTree(p *protected, file, of string) error {
	info, err := fs.Stat(h.Root, strings.TrimPrefix(file, "/"))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil
	case err != nil:
		return err
	}
	if id, ok := fileIDOf(info); ok {
		if _, been := p.files[id]; been {
			return nil
		}
		p.files[id] = of
	}
	if len(p.files) > maxProtected {
		return message.Errorf("there are more than %d", maxProtected)
	}
	if !info.IsDir() {
		return nil
	}
	entries, err := fs.ReadDir(h.Root, strings.TrimPrefix(file, "/"))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil
	case err != nil:
		return err
	}
	for _, e := range entries {
		next := path.Join(file, e.Name())
		switch {
		case e.Type()&fs.ModeSymlink != 0:
			real, err := h.resolve(next)
			if err != nil {
				continue // it leads nowhere
			}
			if !within(real, of) {
				p.dirs = append(p.dirs, real)
			}
			next = real
		case !e.IsDir() && !e.Type().IsRegular():
			continue
		}
		if err := h.protectTree(p, next, of); err != nil {
			return err
		}
	}
	return nil
}

// owner returns the protected path that a file is, or lies in, by its path or by what it is; "" if none.
func (p protected) owner(h *Host, file string, id FileID) string {
	for _, dir := range append(h.Protected[:len(h.Protected):len(h.Protected)], p.dirs...) {
		if within(file, dir) {
			return dir
		}
	}
	if id == (FileID{}) {
		return ""
	}
	return p.files[id]
}
