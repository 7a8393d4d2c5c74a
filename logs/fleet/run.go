package fleet

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"rasure/logs/durable"
)

// run is a file of sorted rows of an [Index].
type run struct {
	from, to int   // batches
	n        int64 // rows
	f        *os.File
}

func (r *run) name() string { return fmt.Sprintf("%d-%d.rows", r.from, r.to) }

// read reads the state of the index and opens the files that it names.
func (x *Index) read() error {
	text, err := durable.ReadFile(filepath.Join(x.dir, stateFile), 1<<30)
	if err != nil {
		return err
	}
	x.size = map[string]int64{}
	lines := strings.Split(string(text), "\n")
	if lines[0] != stateKind {
		return errIndex
	}
	for _, line := range lines[1 : len(lines)-1] {
		r, log, size := &run{}, "", int64(0)
		if _, err := fmt.Sscanf(line, "run %d %d %d", &r.from, &r.to, &r.n); err == nil {
			if r.f, err = os.Open(filepath.Join(x.dir, r.name())); err != nil {
				return err
			}
			x.runs = append(x.runs, r)
			if info, err := r.f.Stat(); err != nil || info.Size() != r.n*rowSize {
				return errIndex
			}
		} else if _, err := fmt.Sscanf(line, "log %s %d", &log, &size); err == nil {
			x.logs, x.size[log] = append(x.logs, log), size
		} else {
			return errIndex
		}
	}
	if !bytes.Equal(stateOf(x.runs, x.logs, x.size), text) {
		return errIndex
	}
	return nil
}

// tidy removes the files that a crash has left.
func (x *Index) tidy() error {
	list, err := os.ReadDir(x.dir)
	if err != nil {
		return err
	}
	for _, f := range list {
		if f.Name() != stateFile && !slices.ContainsFunc(x.runs, func(r *run) bool { return r.name() == f.Name() }) {
			if err := os.RemoveAll(filepath.Join(x.dir, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeRun writes a run of new rows and of runs that it replaces. It holds one block of each in memory. Its name is on the disk when the state of the
// index is.
func writeRun(dir string, from, to int, added []row, merged []*run) (*run, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	r := &run{from: from, to: to}
	path := filepath.Join(dir, r.name())
	var err error
	if r.f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644); err != nil {
		return nil, err
	}
	w := bufio.NewWriterSize(r.f, 1<<16)
	for one, bad := range merge(added, merged) {
		if err = bad; err != nil {
			break
		}
		if _, err = w.Write(one[:]); err != nil {
			break
		}
		r.n++
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = r.f.Sync()
	}
	if err != nil {
		r.f.Close()
		os.Remove(path) // gives a full disk its space back
		return nil, durable.Explain(err)
	}
	return r, nil
}

// merge yields the rows of all in their order.
func merge(added []row, runs []*run) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		type source struct {
			next func() (row, error, bool)
			row
		}
		var all []*source
		fill := func(s *source) (more bool, err error) {
			s.row, err, more = s.next()
			return more, err
		}
		for _, r := range runs {
			next, stop := iter.Pull2(r.rows())
			defer stop()
			all = append(all, &source{next: next})
		}
		all = append(all, &source{next: func() (one row, _ error, ok bool) {
			if len(added) == 0 {
				return row{}, nil, false
			}
			one, added = added[0], added[1:]
			return one, nil, true
		}})
		for i := 0; i < len(all); {
			more, err := fill(all[i])
			if err != nil {
				yield(row{}, err)
				return
			}
			if more {
				i++
			} else {
				all = slices.Delete(all, i, i+1)
			}
		}
		for len(all) > 0 { // few: O(log n)
			least := 0
			for i, s := range all {
				if bytes.Compare(s.row[:], all[least].row[:]) < 0 {
					least = i
				}
			}
			if !yield(all[least].row, nil) {
				return
			}
			more, err := fill(all[least])
			if err != nil {
				yield(row{}, err)
				return
			}
			if !more {
				all = slices.Delete(all, least, least+1)
			}
		}
	}
}

// rows yields all rows of the file.
func (r *run) rows() iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		in := bufio.NewReaderSize(io.NewSectionReader(r.f, 0, r.n*rowSize), 1<<16)
		var one row
		for range r.n {
			if _, err := io.ReadFull(in, one[:]); err != nil {
				yield(row{}, err)
				return
			}
			if !yield(one, nil) {
				return
			}
		}
	}
}

// find appends the rows of a term.
func (r *run) find(sum [8]byte, found []row) ([]row, error) {
	var one row
	var err error
	key := func(i int) []byte {
		if err == nil {
			_, err = r.f.ReadAt(one[:], int64(i)*rowSize)
		}
		return one[:8]
	}
	first := sort.Search(int(r.n), func(i int) bool { return bytes.Compare(key(i), sum[:]) >= 0 })
	in := bufio.NewReader(io.NewSectionReader(r.f, int64(first)*rowSize, (r.n-int64(first))*rowSize))
	for range r.n - int64(first) {
		if err != nil {
			return nil, err
		}
		if _, err = io.ReadFull(in, one[:]); err == nil && [8]byte(one[:8]) != sum {
			break
		}
		found = append(found, one)
	}
	return found, err
}
