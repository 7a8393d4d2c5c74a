package digest

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"rasure/certify/audit"
	"rasure/logs/durable"
)

// Source has the logs.
type Source interface {
	State(id string) (*audit.State, error)
	Pin(id string) (audit.Pin, bool)
}

// Keeper keeps the digests of many stations, in memory and in files of a directory.
type Keeper struct {
	dir    string
	source Source
	now    func() time.Time

	work sync.Mutex // held while a log is read: one at a time

	mu   sync.Mutex // guards byID
	byID map[string]*Digest
}

// NewKeeper returns the keeper of a directory, which is made if it is missing.
func NewKeeper(dir string, source Source, now func() time.Time) (*Keeper, error) {
	return &Keeper{dir: dir, source: source, now: now, byID: map[string]*Digest{}}, os.MkdirAll(dir, 0o755)
}

// Get returns the digest of a station whose log has so many entries. If it is of fewer, it is made again, unless another one is being made just
// now: then the older one is returned, nil if there is none.
func (k *Keeper) Get(id string, entries int64) (*Digest, error) {
	d := k.known(id)
	if d != nil && d.Entries == entries || entries == 0 || !k.work.TryLock() {
		return d, nil
	}
	defer k.work.Unlock()
	return k.make(id)
}

// Update makes those digests again that are of another day, because tasks become overdue, or of fewer entries than the log has.
func (k *Keeper) Update(ctx context.Context, entries map[string]int64) error {
	var errs []error
	for id, n := range entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		d := k.known(id)
		if n == 0 || d != nil && d.Entries == n && sameDay(d.At, k.now()) {
			continue
		}
		k.work.Lock()
		_, err := k.make(id)
		k.work.Unlock()
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func sameDay(a, b time.Time) bool {
	return a.UTC().Format(time.DateOnly) == b.UTC().Format(time.DateOnly)
}

// known is the digest as it was made last.
func (k *Keeper) known(id string) *Digest {
	k.mu.Lock()
	defer k.mu.Unlock()
	if d, ok := k.byID[id]; ok {
		return d
	}
	d := new(Digest)
	text, err := durable.ReadFile(k.file(id), 1<<27)
	if err != nil || json.Unmarshal(text, d) != nil || d.Version != version {
		d = nil // it is only a cache
	}
	k.byID[id] = d
	return d
}

func (k *Keeper) file(id string) string { return filepath.Join(k.dir, id+".json") }

func (k *Keeper) make(id string) (*Digest, error) {
	pin, ok := k.source.Pin(id)
	if !ok {
		return nil, fs.ErrNotExist
	}
	s, err := k.source.State(id)
	if err != nil {
		return nil, err
	}
	r, err := s.Report(pin, k.now())
	if err != nil {
		return nil, err
	}
	d := Of(r)
	if err := errors.Join(d.software(r), d.receivers(r)); err != nil {
		return nil, err
	}
	text, err := json.Marshal(d)
	if err == nil {
		err = durable.WriteFile(k.file(id), text, 0o644)
	}
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byID[id] = d
	return d, nil
}
