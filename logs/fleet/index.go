package fleet

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

// Term is what an entry can be found by, such as {"serial", "S-1"}.
type Term struct{ Kind, Value string }

// row is a term and an entry that has it: the first 8 bytes of the SHA-256 of the term, and the index of the entry. Two terms can have one row: who
// reads the entry sees whether it has the term.
type row [rowSize]byte

const rowSize = 16

func newRow(t Term, index int64) (r row) {
	sum := t.sum()
	copy(r[:8], sum[:])
	binary.BigEndian.PutUint64(r[8:], uint64(index))
	return r
}

func (t Term) sum() [8]byte {
	sum := sha256.Sum256([]byte(t.Kind + "\x00" + t.Value))
	return [8]byte(sum[:8])
}

func (r row) index() int64 { return int64(binary.BigEndian.Uint64(r[8:])) }

// Index finds the entries of one log by their terms. It is derived from the mirror, and only a cache: what it has forgotten is found by making it
// again. It is a directory of runs, which are files FROM-TO.rows of the sorted rows of the entries from FROM up to TO. A run is never
// changed; a run that is as long as the one before it is merged with it, so that there are O(log n).
type Index struct{ dir string }

// OpenIndex returns the index in a directory, which need not exist; its parent must.
func OpenIndex(dir string) *Index { return &Index{dir} }

type run struct {
	from, to int64
	path     string
}

// runs lists the runs that follow one another from entry 0 on, the widest where two begin at one entry. What a crash has left beside them is ignored.
func (x *Index) runs() (all []run, err error) {
	list, err := os.ReadDir(x.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	widest := map[int64]run{}
	for _, f := range list {
		r := run{path: filepath.Join(x.dir, f.Name())}
		if _, err := fmt.Sscanf(f.Name(), "%d-%d.rows", &r.from, &r.to); err != nil || f.Name() != r.name() {
			continue
		}
		if r.to > widest[r.from].to {
			widest[r.from] = r
		}
	}
	for at := int64(0); ; {
		r, ok := widest[at]
		if !ok {
			return all, nil
		}
		all, at = append(all, r), r.to
	}
}

func (r run) name() string { return fmt.Sprintf("%d-%d.rows", r.from, r.to) }

// Size returns how many entries of the log the index has.
func (x *Index) Size() (int64, error) {
	all, err := x.runs()
	if err != nil || len(all) == 0 {
		return 0, err
	}
	return all[len(all)-1].to, nil
}

// Rows are the rows of new entries, to be added to an [Index].
type Rows struct{ rows []row }

// Add adds the terms of an entry.
func (r *Rows) Add(index int64, terms []Term) {
	for _, t := range terms {
		r.rows = append(r.rows, newRow(t, index))
	}
}

func (r *Rows) sorted() []row {
	slices.SortFunc(r.rows, func(a, b row) int { return bytes.Compare(a[:], b[:]) })
	r.rows = slices.Compact(r.rows)
	return r.rows
}

// Add adds the rows of the entries from the index's size up to to.
func (x *Index) Add(to int64, rows *Rows) error {
	all, err := x.runs()
	if err != nil {
		return err
	}
	from := int64(0)
	if len(all) > 0 {
		from = all[len(all)-1].to
	}
	if to <= from {
		return nil
	}
	var merged []run
	for len(all) > 0 {
		last := all[len(all)-1]
		if last.to-last.from > 2*(to-from) {
			break
		}
		old, err := readRun(last)
		if err != nil {
			return err
		}
		rows.rows = append(rows.rows, old...)
		from, all, merged = last.from, all[:len(all)-1], append(merged, last)
	}
	sorted := rows.sorted()
	data := make([]byte, 0, len(sorted)*rowSize)
	for _, r := range sorted {
		data = append(data, r[:]...)
	}
	files := durable.Open(x.dir)
	if err := files.WriteFile(run{from: from, to: to}.name(), data); err != nil {
		return err
	}
	for _, old := range merged {
		if old.from != from || old.to != to {
			if err := files.Remove(old.name()); err != nil {
				return err
			}
		}
	}
	return nil
}

var errIndex = message.New("the index is damaged: make it again")

func readRun(r run) ([]row, error) {
	data, err := os.ReadFile(r.path)
	if err != nil {
		return nil, err
	}
	if len(data)%rowSize != 0 {
		return nil, errIndex
	}
	rows := make([]row, 0, len(data)/rowSize)
	for b := range slices.Chunk(data, rowSize) {
		rows = append(rows, row(b))
	}
	return rows, nil
}

// Find returns the indices of the entries that may have a term, in their order.
func (x *Index) Find(t Term) ([]int64, error) {
	all, err := x.runs()
	if err != nil {
		return nil, err
	}
	var found []int64
	for _, r := range all {
		if found, err = r.find(t.sum(), found); err != nil {
			return nil, err
		}
	}
	slices.Sort(found)
	return found, nil
}

func (r run) find(sum [8]byte, found []int64) ([]int64, error) {
	f, err := os.Open(r.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	n := int(info.Size() / rowSize)
	var one row
	read := func(i int) {
		if err == nil {
			_, err = f.ReadAt(one[:], int64(i)*rowSize)
		}
	}
	at := sort.Search(n, func(i int) bool { read(i); return bytes.Compare(one[:8], sum[:]) >= 0 })
	for ; at < n; at++ {
		if read(at); err != nil || [8]byte(one[:8]) != sum {
			break
		}
		found = append(found, one.index())
	}
	return found, err
}

// Compare compares the index with rows that were made again from the whole mirror. The error says that entries are missing from the index or
// too many are in it.
func (x *Index) Compare(to int64, rows *Rows) error {
	all, err := x.runs()
	if err != nil {
		return err
	}
	size := int64(0)
	var have Rows
	for _, r := range all {
		more, err := readRun(r)
		if err != nil {
			return err
		}
		have.rows, size = append(have.rows, more...), r.to
	}
	want := rows.sorted()
	if got := have.sorted(); size != to || !slices.Equal(got, want) {
		return message.Errorf("the index has %d rows of %d entries, and the mirror has %d rows of %d entries", len(got), size, len(want), to)
	}
	return nil
}

// Remove removes the index, to be made again.
func (x *Index) Remove() error {
	files := durable.Open(filepath.Dir(x.dir))
	return files.RemoveAll(filepath.Base(x.dir))
}

// SortTerms sorts terms and removes those that are there twice or have no value.
func SortTerms(all []Term) []Term {
	all = slices.DeleteFunc(all, func(t Term) bool { return t.Value == "" })
	slices.SortFunc(all, func(a, b Term) int { return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Value, b.Value)) })
	return slices.Compact(all)
}
