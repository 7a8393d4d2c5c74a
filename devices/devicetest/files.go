package devicetest

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"
	"time"

	"rasure/devices"
)

// Files is a file system in memory with directories, files and symbolic links, which it follows as Linux does. Each has a
// [devices.FileID]. testing/fstest.MapFS searches all of its names for each directory, which is too slow for a machine with two
// hundred disks. It may be changed while it is read.
type Files struct {
	mu    sync.RWMutex // guards what follows, and everything below root
	root  *entry
	inode uint64 // of the entry made last
}

type entry struct {
	name string
	mode fs.FileMode
	data []byte // a file's content or a link's target
	in   map[string]*entry
	id   devices.FileID
}

// NewFiles makes an empty file system.
func NewFiles() *Files {
	f := &Files{}
	f.root = f.directory(".")
	return f
}

// next is the identity of a new entry: all are on one file system.
func (f *Files) next() devices.FileID {
	f.inode++
	return devices.FileID{Device: 1, Inode: f.inode}
}

func (f *Files) directory(name string) *entry {
	return &entry{name: name, mode: fs.ModeDir | 0o555, in: map[string]*entry{}, id: f.next()}
}

// Write makes a file, in place of what was there before, and the directories above it.
func (f *Files) Write(name, data string) { f.put(name, 0o444, data) }

// Link makes a symbolic link.
func (f *Files) Link(name, to string) { f.put(name, fs.ModeSymlink|0o777, to) }

// Mkdir makes a directory and those above.
func (f *Files) Mkdir(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dir(path.Clean(name))
}

// Remove removes a file, a link, or a directory with all that is in it.
func (f *Files) Remove(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.dir(path.Dir(name)).in, path.Base(name))
}

func (f *Files) put(name string, mode fs.FileMode, data string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dir(path.Dir(name)).in[path.Base(name)] = &entry{name: path.Base(name), mode: mode, data: []byte(data), id: f.next()}
}

// Same gives what is under a path another name: a hard link of a file, a bind mount of a directory.
func (f *Files) Same(name, as string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, err := f.find("link", name, false)
	if err != nil {
		panic(err)
	}
	other := *e
	other.name = path.Base(as)
	f.dir(path.Dir(as)).in[other.name] = &other
}

// dir makes a directory if it is not there. Links in its path are not followed: a fixture writes to real places.
func (f *Files) dir(name string) *entry {
	at := f.root
	for part := range strings.SplitSeq(name, "/") {
		if part == "." {
			continue
		}
		if at.in[part] == nil || at.in[part].in == nil {
			at.in[part] = f.directory(part)
		}
		at = at.in[part]
	}
	return at
}

// find walks down to an entry. The caller holds mu.
func (f *Files) find(op, name string, follow bool) (*entry, error) {
	fail := func(err error) (*entry, error) { return nil, &fs.PathError{Op: op, Path: name, Err: err} }
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	above, todo := []*entry{f.root}, name
	for links := 0; todo != ""; {
		part, rest, _ := strings.Cut(todo, "/")
		todo = rest
		at := above[len(above)-1]
		switch {
		case part == "" || part == ".":
			continue
		case part == "..":
			above = above[:max(len(above)-1, 1)]
			continue
		}
		next := at.in[part]
		switch {
		case next == nil, links > 40:
			return fail(fs.ErrNotExist)
		case next.mode&fs.ModeSymlink == 0 || todo == "" && !follow:
			above = append(above, next)
			continue
		}
		links++
		if to := string(next.data); path.IsAbs(to) {
			above, todo = above[:1], to+"/"+todo
		} else {
			todo = to + "/" + todo
		}
	}
	return above[len(above)-1], nil
}

// Stat, Lstat, ReadLink, ReadFile and ReadDir are those of package os.
func (f *Files) Stat(name string) (fs.FileInfo, error) { return f.info("stat", name, true) }

func (f *Files) Lstat(name string) (fs.FileInfo, error) { return f.info("lstat", name, false) }

func (f *Files) info(op, name string, follow bool) (fs.FileInfo, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	e, err := f.find(op, name, follow)
	if err != nil {
		return nil, err
	}
	return e.info(), nil
}

func (f *Files) ReadLink(name string) (string, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	e, err := f.find("readlink", name, false)
	if err == nil && e.mode&fs.ModeSymlink == 0 {
		err = &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return "", err
	}
	return string(e.data), nil
}

func (f *Files) ReadFile(name string) ([]byte, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	e, err := f.find("open", name, true)
	if err == nil && e.in != nil {
		err = &fs.PathError{Op: "read", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return nil, err
	}
	return bytes.Clone(e.data), nil
}

func (f *Files) ReadDir(name string) ([]fs.DirEntry, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	e, err := f.find("open", name, true)
	if err == nil && e.in == nil {
		err = &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrInvalid}
	}
	if err != nil {
		return nil, err
	}
	list := make([]fs.DirEntry, 0, len(e.in))
	for _, c := range e.in {
		list = append(list, fs.FileInfoToDirEntry(c.info()))
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name() < list[j].Name() })
	return list, nil
}

// Open is for completeness; the other methods are what the package devices uses.
func (f *Files) Open(name string) (fs.File, error) {
	i, err := f.info("open", name, true)
	if err != nil {
		return nil, err
	}
	o := &openFile{info: i}
	if i.IsDir() {
		o.list, err = f.ReadDir(name)
		return o, err
	}
	b, err := f.ReadFile(name)
	o.Reader = bytes.NewReader(b)
	return o, err
}

type openFile struct {
	*bytes.Reader
	info fs.FileInfo
	list []fs.DirEntry
}

func (o *openFile) Stat() (fs.FileInfo, error) { return o.info, nil }
func (o *openFile) Close() error               { return nil }

func (o *openFile) Read(p []byte) (int, error) {
	if o.Reader == nil {
		return 0, &fs.PathError{Op: "read", Path: o.info.Name(), Err: fs.ErrInvalid}
	}
	return o.Reader.Read(p)
}

func (o *openFile) ReadDir(n int) ([]fs.DirEntry, error) {
	list := o.list
	if n > 0 {
		if len(list) == 0 {
			return nil, io.EOF
		}
		list = list[:min(n, len(list))]
	}
	o.list = o.list[len(list):]
	return list, nil
}

type info struct {
	name string
	mode fs.FileMode
	size int64
	id   devices.FileID
}

func (e *entry) info() info { return info{e.name, e.mode, int64(len(e.data)), e.id} }

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return i.id }
