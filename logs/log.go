// Package logs keeps entries in an append-only log: a Merkle tree in the files of one directory.
//
// The directory is a tiled transparency log (c2sp.org/tlog-tiles), which any public client can read and any web server can serve.
// FORMAT.md has its layout, the order of writes, and how to check a proof by hand.
//
// [Open] opens a log to append to it. [ReadSnapshot] reads one from its files, without a lock and without writing.
//
// # What is promised
//
// An entry whose index [Log.Append] has returned is in the log for good, through kill -9 and power cuts. Damage is refused and named;
// nothing is ever cut off or repaired. With a [Counter] that nobody can turn back, a log that was cut back or replaced is refused
// where the counter can be read: counter == Base + size, without a gap. Where the counter itself counted too often, a [Step] has another base.
//
// # What is not
//
// Files without the counter cannot show that the newest entries are missing: compare with the counter, or with a checkpoint or proof that was
// given away. A process that can use the log's key and its counter at the time of signing can sign two different logs of the same
// size; only a witness of checkpoints sees that.
//
// An ECDSA signature can be rewritten by anybody into another valid one, (r, n-s) for (r, s). So this package takes the text of a
// checkpoint as its identity, never the bytes of a signature, and callers must do the same with entries.
package logs

import (
	"bytes"
	"errors"
	"io/fs"
	"iter"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

const (
	checkpointFile = "checkpoint"
	intentFile     = "intent"
	lockFile       = "lock"
)

// Options are the identity of a log, and what is needed to append to it.
type Options struct {
	Identity
	Signers []note.Signer // of checkpoints; none: the log is only read
	Counter Counter       // nil for a log without one
	Wait    time.Duration // the longest wait for other processes that append; 0 is 30 s

	// Verified is a checkpoint under which the whole log was verified before; nil: none. [Open] verifies that the log begins with
	// its entries, from O(log n) hash tiles, and reads only what is new. The caller vouches for it: a forged one can hide
	// damage to old entries, though not have them replaced.
	Verified *Checkpoint

	fault func(call, name string) error // see durable.Dir
}

func (o Options) check() error {
	if err := o.Identity.check(); err != nil {
		return err
	}
	if len(o.Signers) > 0 && (o.Counter == nil) != (o.Identity.Counter == nil) {
		return message.New("a log has both a counter and a verifier of its attestations, or neither")
	}
	return nil
}

// Log is a log that is open to be appended to. It holds no file and no lock between calls, so it need not be closed, and several
// processes may append to one log. Its methods may be called concurrently.
type Log struct {
	o     Options
	fsys  fs.FS
	files *durable.Dir

	mu        sync.Mutex // owned by the method that runs; the fields below are its
	cp        Checkpoint
	signed    []byte // cp, as it is in the file
	tree      tree
	records   []byte // of the last bundle, if it is not full
	recovered int64  // index, or -1
	cosigned  []byte // the file, when it was last compared with the log
	err       error  // of a write; nothing more is written
}

func newLog(dir string, o Options) (*Log, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Wait == 0 {
		o.Wait = 30 * time.Second
	}
	dir, err := filepath.Abs(dir) // a process may change its directory
	if err != nil {
		return nil, err
	}
	files := durable.Open(dir)
	files.Fault = o.fault
	return &Log{o: o, fsys: durable.FS(dir), files: files, recovered: -1}, nil
}

// Create makes dir a log without entries. It refuses a directory that already holds a log or part of one, and an origin that could
// be mistaken for a path or a person's role. The counter must be o.Base.
func Create(dir string, o Options) (*Log, error) {
	l, err := newLog(dir, o)
	if err == nil {
		err = checkName(o.Origin)
	}
	if err == nil {
		err = l.locked(l.create)
	}
	if err != nil {
		return nil, message.Errorf("creating a log in %s: %w", dir, err)
	}
	return l, nil
}

func (l *Log) create() error {
	for _, name := range []string{checkpointFile, intentFile, "tile", attestDir} {
		if _, err := fs.Stat(l.fsys, name); !errors.Is(err, fs.ErrNotExist) {
			return &fs.PathError{Op: "create", Path: name, Err: errors.Join(err, fs.ErrExist)}
		}
	}
	if err := l.checkCounter(); err != nil {
		return err
	}
	return l.publish(tree{}, nil)
}

// Open opens the log in dir and checks all entries and tiles up to the signed root, the counter, and those records that the next append
// copies. It finishes an entry that a crash has left unfinished, see [Log.Recovered]. Without Signers it only reads, does not touch what is unfinished, and asks no
// counter; [ReadSnapshot] does the same without reading the entries.
func Open(dir string, o Options) (*Log, error) {
	l, err := newLog(dir, o)
	if err == nil {
		err = l.open()
	}
	if err != nil {
		return nil, message.Errorf("opening the log in %s: %w", dir, err)
	}
	return l, nil
}

func (l *Log) open() error {
	// The long part first and without the lock: refresh reads what others append meanwhile.
	s, err := ReadSnapshot(l.fsys, l.o.Identity)
	if err != nil {
		return err
	}
	first := int64(0)
	if v := l.o.Verified; v != nil {
		if err := s.Extends(*v); err != nil {
			return err
		}
		first = v.Size / tileWidth * tileWidth
	}
	if err := scan(l.fsys, first, s.cp); err != nil {
		return s.name(err)
	}
	l.cp, l.signed = s.cp, s.signed
	if l.tree, err = readEdge(l.fsys, l.cp); err != nil || len(l.o.Signers) == 0 {
		return err
	}
	if l.records, err = edgeRecords(l.fsys, l.o.Identity, l.tree, nil); err != nil {
		return err
	}
	return l.locked(l.prepare)
}

// locked runs f with the lock of the directory.
func (l *Log) locked(f func() error) error {
	unlock, err := l.files.Lock(lockFile, l.o.Wait)
	if err != nil {
		return err
	}
	defer unlock()
	return f()
}

// refresh takes over what another process has appended. It reads the right edge only, and a proof that the new tree begins with the
// old one.
func (l *Log) refresh() error {
	signed, err := readFile(l.fsys, checkpointFile, maxCheckpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return damaged(checkpointFile, err)
	}
	if err != nil {
		return err
	}
	if bytes.Equal(signed, l.signed) {
		return nil
	}
	cp, err := l.o.Identity.open(signed)
	if err != nil {
		return err
	}
	if err := (&Snapshot{l.fsys, cp, signed, l.o.Identity}).Extends(l.cp); err != nil {
		return err
	}
	t, err := readEdge(l.fsys, cp)
	if err != nil {
		return err
	}
	known := l.records
	if l.cp.Size/tileWidth != cp.Size/tileWidth {
		known = nil
	}
	records, err := edgeRecords(l.fsys, l.o.Identity, t, known)
	if err != nil {
		return err
	}
	l.cp, l.signed, l.tree, l.records = cp, signed, t, records
	return nil
}

// Snapshot returns the log as this handle knows it.
func (l *Log) Snapshot() *Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &Snapshot{l.fsys, l.cp, l.signed, l.o.Identity}
}

// Entries iterates over the entries that this handle knows of, see [Snapshot.Entries].
func (l *Log) Entries(from int64) iter.Seq2[Entry, error] { return l.Snapshot().Entries(from) }

// snapshotWith returns a snapshot that has an entry at index, if the log has one.
func (l *Log) snapshotWith(index int64) (*Snapshot, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if index >= l.cp.Size {
		if err := l.refresh(); err != nil {
			return nil, err
		}
	}
	return &Snapshot{l.fsys, l.cp, l.signed, l.o.Identity}, nil
}

// Entry is [Snapshot.Entry]; it takes over what others have appended if the entry is not known yet.
func (l *Log) Entry(index int64) ([]byte, error) {
	s, err := l.snapshotWith(index)
	if err != nil {
		return nil, err
	}
	return s.Entry(index)
}

// Prove is [Snapshot.Prove]; it takes over what others have appended if the entry is not known yet.
func (l *Log) Prove(index int64) ([]byte, error) {
	s, err := l.snapshotWith(index)
	if err != nil {
		return nil, err
	}
	return s.Prove(index)
}

// Size returns the number of entries that this handle knows of.
func (l *Log) Size() int64 { return l.Snapshot().Size() }

// Checkpoint returns the signed checkpoint of the log as this handle knows it, a signed note.
func (l *Log) Checkpoint() ([]byte, error) { return l.Snapshot().Signed(), nil }

// Recovered returns the index of the last entry that a crash had left unfinished and this handle has finished, in [Open] or in
// [Log.Append]. The process that appended it may not know that it is in the log.
func (l *Log) Recovered() (index int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.recovered, l.recovered >= 0
}
