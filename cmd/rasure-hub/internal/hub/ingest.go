package hub

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"rasure/cmd/internal/witness"
	"rasure/cmd/message"
	"rasure/logs/durable"
	"rasure/logs/fleet"
)

// Ingest takes the submissions in a directory, such as a stick: the directory itself, or those directly below it. The answers are written beside the
// requests. each is called for each.
func (h *Hub) Ingest(ctx context.Context, dir string, each func(dir string, a Answer)) error {
	dirs, err := submissions(dir)
	if err != nil {
		return err
	}
	for _, d := range dirs {
		a, err := h.ingest(ctx, d)
		if err != nil {
			return message.Errorf("%s: %w", d, err)
		}
		each(d, a)
	}
	return nil
}

// ingest takes one submission. What cannot be read of it is refused, so that the others on the stick are received; the error is the hub's own.
func (h *Hub) ingest(ctx context.Context, dir string) (Answer, error) {
	body, err := durable.ReadFile(filepath.Join(dir, witness.RequestFile), fleet.MaxRequest)
	if err != nil {
		return h.refused(Answer{Status: fleet.Malformed, Err: err})
	}
	stick := &reading{FS: durable.FS(dir)}
	a, err := h.Receive(ctx, body, stick)
	if bad := stick.failed(); err != nil && bad != nil {
		return h.refused(Answer{Status: fleet.FilesWanted, ID: a.ID, Err: bad})
	}
	if err != nil {
		return a, err
	}
	return a, WriteAnswer(dir, a)
}

// reading remembers that files could not be read: a stick fails, and not the hub.
type reading struct {
	fs.FS
	mu  sync.Mutex // guards err
	err error
}

func (r *reading) failed() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

func (r *reading) keep(err error) {
	if err != nil && err != io.EOF && !errors.Is(err, fs.ErrNotExist) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.err = err
	}
}

// Open opens a file.
func (r *reading) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	r.keep(err)
	if err != nil {
		return nil, err
	}
	return &readingFile{f, r}, nil
}

// ReadDir lists a directory.
func (r *reading) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(r.FS, name)
	r.keep(err)
	return list, err
}

type readingFile struct {
	fs.File
	r *reading
}

// Read reads of the file.
func (f *readingFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.r.keep(err)
	return n, err
}

// submissions are the directories with a request.
func submissions(dir string) (dirs []string, err error) {
	is := func(d string) bool {
		_, err := os.Lstat(filepath.Join(d, witness.RequestFile))
		return err == nil
	}
	if is(dir) {
		return []string{dir}, nil
	}
	list, err := os.ReadDir(dir)
	for _, f := range list {
		if d := filepath.Join(dir, f.Name()); f.IsDir() && is(d) {
			dirs = append(dirs, d)
		}
	}
	if err == nil && len(dirs) == 0 {
		err = message.Errorf("%s: no submission is there: rasure log submit makes one", dir)
	}
	return dirs, err
}

// WriteAnswer writes an answer beside its request. A station that was rolled back gets the checkpoint that the hub has cosigned, which shows it.
func WriteAnswer(dir string, a Answer) error {
	if a.Signed != nil {
		if err := durable.WriteFile(filepath.Join(dir, witness.AnswerFile), a.Signed, 0o644); err != nil {
			return err
		}
	}
	refusal := filepath.Join(dir, witness.RefusalFile)
	if a.Err == nil {
		if err := os.Remove(refusal); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return durable.WriteFile(refusal, []byte(strconv.Itoa(int(a.Status))+" "+a.Err.Error()+"\n"), 0o644)
}
