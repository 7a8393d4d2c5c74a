package durable

import (
	"errors"
	"os"
	"path"
	"sync"
)

// File is a file for [Dir.WriteFiles].
type File struct {
	Name string
	Data []byte
}

// WriteFiles is [Dir.WriteFile] of several files, no two with the same name. When it has returned nil, all are there for good; after an
// error, each may be there or not.
//
//	as WriteFile, up to the write, of each file
//	fsync of all contents, at once
//	rename of each
//	fsync of all directories, at once
//
// Fsyncs at once share the disk's flushes: three files took about half of the time that they took one after the other.
func (d *Dir) WriteFiles(files ...File) error { return Explain(d.writeFiles(files)) }

func (d *Dir) writeFiles(files []File) (err error) {
	var all []*several
	defer func() {
		for _, s := range all {
			s.close(err != nil)
		}
	}()
	for _, f := range files {
		s := &several{writer: writer{d: d, dir: path.Dir(f.Name), tmp: "." + path.Base(f.Name) + ".tmp"}, base: path.Base(f.Name)}
		all = append(all, s)
		if err := s.begin(f.Data); err != nil {
			return err
		}
	}
	for _, s := range all {
		if err := d.call("fsync", path.Join(s.dir, s.tmp)); err != nil {
			return err
		}
	}
	if err := together(all, (*several).sync); err != nil {
		return err
	}
	for _, s := range all {
		if err := s.rename(); err != nil {
			return err
		}
	}
	for _, s := range all {
		if err := d.call("fsync", s.dir); err != nil {
			return err
		}
	}
	return together(all, func(s *several) error { return s.folder.Sync() })
}

// together does a step for all at once, and waits for all: the disk can do them with one flush.
func together(all []*several, step func(*several) error) error {
	errs := make([]error, len(all)) // each owned by its goroutine
	var wg sync.WaitGroup
	for i, s := range all {
		wg.Go(func() { errs[i] = step(s) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// several is one of several files on their way to their names.
type several struct {
	writer
	base   string
	folder *os.File // of the directory
	f      *os.File // under the temporary name
}

// begin writes the content under the temporary name, and does not wait for the disk.
func (s *several) begin(data []byte) error {
	if err := s.d.mkdir(s.dir); err != nil {
		return err
	}
	var err error
	if s.root, err = s.d.root(s.dir); err != nil {
		return err
	}
	if s.folder, err = s.root.Open("."); err != nil {
		return err
	}
	name := path.Join(s.dir, s.tmp)
	if err := s.d.remove(s.root, name); err != nil {
		return err
	}
	if err := s.d.call("open", name); err != nil {
		return err
	}
	if s.f, err = s.root.OpenFile(s.tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, s.d.perm); err != nil {
		return err
	}
	if err := s.d.call("write", name); err != nil {
		return err
	}
	_, err = s.f.Write(data)
	return err
}

// sync puts the content on the disk.
func (s *several) sync() error {
	if err := s.f.Sync(); err != nil {
		return err
	}
	var err error
	if s.made, err = s.f.Stat(); err != nil {
		return err
	}
	f := s.f
	s.f = nil
	return f.Close()
}

// rename gives the file its name.
func (s *several) rename() error {
	if err := s.d.call("rename", path.Join(s.dir, s.base)); err != nil {
		return err
	}
	if err := s.root.Rename(s.tmp, s.base); err != nil {
		return err
	}
	return s.isOurs(s.base)
}

// close lets go of everything. After an error it removes the temporary file, which gives a full disk its space back.
func (s *several) close(failed bool) {
	for _, f := range []*os.File{s.f, s.folder} {
		if f != nil {
			f.Close()
		}
	}
	if s.root == nil {
		return
	}
	if failed {
		_ = s.root.Remove(s.tmp) // the first error matters
	}
	s.root.Close()
}
