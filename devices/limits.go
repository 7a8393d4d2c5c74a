package devices

import (
	"io/fs"
	"sync"
)

// Most attributes may be missing, so that what cannot be read is taken for missing. Where the reason is that this process has no
// descriptor left that would be a lie: a disk would be "gone", a hazard not seen. So every look at the machine goes through a
// limitedRoot, which remembers such an error, and the look fails with it.

// limitedRoot is the Root of a Host during one look.
type limitedRoot struct {
	fs.FS
	mu    sync.Mutex // guards first
	first error
}

// limited returns h for one look, and what turns the result of the look into a *[LimitError] if it ran into a limit.
func (h *Host) limited() (*Host, func(error) error) {
	root, ok := h.Root.(*limitedRoot)
	if !ok {
		root = &limitedRoot{FS: h.Root}
		within := *h
		within.Root = root
		h = &within
	}
	return h, func(err error) error {
		root.mu.Lock()
		defer root.mu.Unlock()
		if root.first != nil {
			return &LimitError{root.first}
		}
		return limitOf(err)
	}
}

// limitOf names a limit as what it is, where an error has that cause.
func limitOf(err error) error {
	if limitErrno(err) {
		return &LimitError{err}
	}
	return err
}

func (r *limitedRoot) seen(err error) {
	if err == nil || !limitErrno(err) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.first == nil {
		r.first = err
	}
}

func (r *limitedRoot) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	r.seen(err)
	return f, err
}

func (r *limitedRoot) ReadFile(name string) ([]byte, error) {
	b, err := fs.ReadFile(r.FS, name)
	r.seen(err)
	return b, err
}

func (r *limitedRoot) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(r.FS, name)
	r.seen(err)
	return list, err
}

func (r *limitedRoot) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(r.FS, name)
	r.seen(err)
	return info, err
}

func (r *limitedRoot) Lstat(name string) (fs.FileInfo, error) {
	info, err := fs.Lstat(r.FS, name)
	r.seen(err)
	return info, err
}

func (r *limitedRoot) ReadLink(name string) (string, error) {
	to, err := fs.ReadLink(r.FS, name)
	r.seen(err)
	return to, err
}
