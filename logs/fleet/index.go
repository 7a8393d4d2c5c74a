package fleet

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

// Term is what an entry can be found by, such as {"serial", "S-1"}.
type Term struct{ Kind, Value string }

// Place is an entry of one of the logs.
type Place struct {
	Log   string // ID of the log
	Index int64
}

// Index finds the entries of all logs by their terms. It is derived from the mirrors, and only a cache: what it has forgotten is found by making it
// again. It is a directory:
//
//	0-8.rows    the sorted rows of the batches 0 to 7, see [row]
//	8-9.rows
//	state       which of these files count, and how many entries of each log they have
//
// A file of rows is never changed. One that is not much longer than what is added behind it is merged with it, so that there are O(log n). "state" is
// replaced last, by one rename, and what it does not name is removed.
//
// Its methods may be called concurrently.
type Index struct {
	dir string

	adding sync.Mutex // held while the files are changed

	mu   sync.RWMutex // guards what follows; held for writing only while it is exchanged
	runs []*run
	logs []string // by number
	size map[string]int64
}

// OpenIndex opens the index in a directory, which need not exist; its parent must. One that is damaged is emptied. One process may have it open.
func OpenIndex(dir string) (*Index, error) {
	x := &Index{dir: dir}
	if err := x.read(); err == nil {
		return x, x.tidy()
	}
	x.close()
	return x, x.Remove()
}

// Close closes the files.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.close()
	return nil
}

func (x *Index) close() {
	for _, r := range x.runs {
		r.f.Close()
	}
	x.runs, x.logs, x.size = nil, nil, map[string]int64{}
}

// Remove removes the index, to be made again.
func (x *Index) Remove() error {
	x.adding.Lock()
	defer x.adding.Unlock()
	x.Close()
	return durable.Open(filepath.Dir(x.dir)).RemoveAll(filepath.Base(x.dir))
}

// Size returns how many entries of a log the index has.
func (x *Index) Size(log string) int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.size[log]
}

// row is a term and an entry that has it: the first 8 bytes of the SHA-256 of the term, and 8 bytes of the entry: the number of its log (3 bytes)
// and its index there (5 bytes). Two terms can have one row: who reads the entry sees whether it has the term.
type row [rowSize]byte

const (
	rowSize   = 16
	indexBits = 40
	maxLogs   = 1 << 24
)

func (t Term) sum() [8]byte {
	sum := sha256.Sum256([]byte(t.Kind + "\x00" + t.Value))
	return [8]byte(sum[:8])
}

// Rows are the rows of new entries of one log.
type Rows struct{ rows []row } // without the log

// Add adds the terms of an entry. They were sorted by [SortTerms].
func (r *Rows) Add(index int64, terms []Term) {
	for _, t := range terms {
		var one row
		sum := t.sum()
		copy(one[:8], sum[:])
		binary.BigEndian.PutUint64(one[8:], uint64(index))
		r.rows = append(r.rows, one)
	}
}

// Len returns the number of rows.
func (r *Rows) Len() int { return len(r.rows) }

// sorted returns the rows with the number of their log.
func (r *Rows) sorted(log int) []row {
	all := slices.Clone(r.rows)
	for i := range all {
		binary.BigEndian.PutUint64(all[i][8:], uint64(log)<<indexBits|binary.BigEndian.Uint64(all[i][8:]))
	}
	slices.SortFunc(all, func(a, b row) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(all)
}

// Sum is of rows, in whatever order. It is equal for equal rows.
type Sum struct {
	Rows int64
	sum  [4]uint64
}

func (s *Sum) add(one row) {
	h := sha256.Sum256(one[:])
	for i := range s.sum {
		s.sum[i] += binary.BigEndian.Uint64(h[8*i:])
	}
	s.Rows++
}

// Add adds rows.
func (s *Sum) Add(r *Rows) {
	for _, one := range r.rows {
		s.add(one)
	}
}

// Sums returns the sum of the rows of each log, as they are on the disk.
func (x *Index) Sums() (map[string]Sum, error) {
	x.adding.Lock() // so that the files stay
	defer x.adding.Unlock()
	sums := make([]Sum, len(x.logs))
	for _, r := range x.runs {
		for one, err := range r.rows() {
			if err != nil {
				return nil, err
			}
			log, index := one.place()
			if log >= len(sums) {
				return nil, errIndex
			}
			binary.BigEndian.PutUint64(one[8:], uint64(index))
			sums[log].add(one)
		}
	}
	all := map[string]Sum{}
	for i, s := range sums {
		all[x.logs[i]] = s
	}
	return all, nil
}

func (r row) place() (log int, index int64) {
	v := binary.BigEndian.Uint64(r[8:])
	return int(v >> indexBits), int64(v & (1<<indexBits - 1))
}

var errIndex = message.New("the index is damaged: make it again")

// Add adds the rows of the entries of a log from the index's size up to to.
func (x *Index) Add(log string, to int64, rows *Rows) error {
	x.adding.Lock()
	defer x.adding.Unlock()
	if to <= x.size[log] {
		return nil
	}
	names, number := x.logs, slices.Index(x.logs, log)
	if number < 0 {
		names, number = append(slices.Clip(names), log), len(names)
	}
	if number >= maxLogs || to > 1<<indexBits {
		return message.New("the index is full")
	}
	added, kept, batch := rows.sorted(number), x.runs, 0
	n := int64(len(added))
	if len(kept) > 0 {
		batch = kept[len(kept)-1].to
	}
	from := batch
	var merged []*run
	for len(kept) > 0 && kept[len(kept)-1].n <= 2*n {
		last := kept[len(kept)-1]
		merged, kept, n, from = append(merged, last), kept[:len(kept)-1], n+last.n, last.from
	}
	one, err := writeRun(x.dir, from, batch+1, added, merged)
	if err != nil {
		return err
	}
	size := map[string]int64{log: to}
	for _, name := range x.logs {
		if name != log {
			size[name] = x.size[name]
		}
	}
	runs := append(slices.Clip(kept), one)
	if err := durable.Open(x.dir).WriteFile(stateFile, stateOf(runs, names, size)); err != nil {
		one.f.Close()
		return err
	}
	x.mu.Lock()
	x.runs, x.logs, x.size = runs, names, size
	x.mu.Unlock()
	for _, old := range merged {
		old.f.Close() // nobody reads it: who looks for a term holds the lock
		if err := durable.Open(x.dir).Remove(old.name()); err != nil {
			return err
		}
	}
	return nil
}

// Find returns the entries that may have a term: by log in the order in which the logs came to the index, and by index.
func (x *Index) Find(t Term) ([]Place, error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var found []row
	for _, r := range x.runs {
		var err error
		if found, err = r.find(t.sum(), found); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b row) int { return bytes.Compare(a[:], b[:]) })
	all := make([]Place, 0, len(found))
	for _, one := range found {
		log, index := one.place()
		if log >= len(x.logs) {
			return nil, errIndex
		}
		all = append(all, Place{x.logs[log], index})
	}
	return all, nil
}

// Several are the terms that entries of several logs have, and others of the same hash.
type Several map[[8]byte]bool

// Has reports whether entries of several logs may have a term.
func (s Several) Has(t Term) bool { return s[t.sum()] }

// Several looks through all rows for terms that entries of several logs have.
func (x *Index) Several() (Several, error) {
	x.adding.Lock() // so that the files stay
	defer x.adding.Unlock()
	all := Several{}
	var last row
	for one, err := range merge(nil, x.runs) {
		if err != nil {
			return nil, err
		}
		if sum := [8]byte(one[:8]); sum == [8]byte(last[:8]) && [3]byte(one[8:11]) != [3]byte(last[8:11]) {
			all[sum] = true
		}
		last = one
	}
	return all, nil
}

// SortTerms sorts terms and removes those that are there twice or have no value.
func SortTerms(all []Term) []Term {
	all = slices.DeleteFunc(all, func(t Term) bool { return t.Value == "" })
	slices.SortFunc(all, func(a, b Term) int { return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Value, b.Value)) })
	return slices.Compact(all)
}

// stateOf is the text of "state".
func stateOf(runs []*run, logs []string, size map[string]int64) []byte {
	text := []byte(stateKind + "\n")
	for _, r := range runs {
		text = fmt.Appendf(text, "run %d %d %d\n", r.from, r.to, r.n)
	}
	for _, log := range logs {
		text = fmt.Appendf(text, "log %s %d\n", log, size[log])
	}
	return text
}

const (
	stateFile = "state"
	stateKind = "rasure/fleet-index/v1"
)
