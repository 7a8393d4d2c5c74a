package logs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/note"
)

// Append appends an entry, at most 65,535 bytes, and returns its index. Once it
// has returned an index, the entry is in the log for good. In this order, under
// the lock:
//
//	intent       the entry, and the checkpoint it will have   durable
//	counter      +1
//	tiles        entry bundle, then hashes                     durable
//	checkpoint   signed with the new counter                   durable: the entry is in
//	             narrower tiles removed, then the intent
//
// With an error that is [ErrUnfinished], index is where the entry will be: the
// next [Open], or an Append by another process, puts it there. Open the log anew
// and look at [Log.Entry] before appending it once more; only a power cut right
// after the error can have made it vanish. With any other error it is not in the
// log. After a failed write this handle writes no more.
func (l *Log) Append(entry []byte) (index int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.o.Signers) == 0 {
		return 0, errors.New("appending to a log that was opened without signers")
	}
	if len(entry) > maxEntry {
		return 0, fmt.Errorf("appending an entry of %d bytes: the most is %d", len(entry), maxEntry)
	}
	if l.err != nil {
		return 0, fmt.Errorf("appending after a failed write: %v", l.err) // of another entry
	}
	if err := l.locked(func() error { return l.append(entry) }); errors.Is(err, ErrUnfinished) {
		return l.cp.Size, fmt.Errorf("appending: %w", err)
	} else if err != nil {
		return 0, fmt.Errorf("appending: %w", err)
	}
	return l.cp.Size - 1, nil
}

func (l *Log) append(entry []byte) error {
	if err := l.prepare(); err != nil {
		return err
	}
	if l.cp.Size == maxSize {
		return errors.New("the log is full")
	}
	next, files := l.tree.add(entry)
	in := intent{l.checkpointOf(next), entry}
	if err := l.files.WriteFile(intentFile, in.bytes()); err != nil {
		// The last step of it, fsync, may have failed: then the intent counts.
		if _, there := fs.Stat(l.fsys, intentFile); there == nil {
			err = fmt.Errorf("%w %d: %w", ErrUnfinished, l.cp.Size, err)
		}
		return l.fail(err)
	}
	if err := l.commit(next, files, true); err != nil {
		return l.fail(fmt.Errorf("%w %d: %w", ErrUnfinished, l.cp.Size, err))
	}
	// The entry is in. If this fails, the intent is still there, and whoever
	// comes next tries again and reports it.
	_ = l.clean()
	return nil
}

// prepare brings the handle up to date, finishes what a crash has left, and
// compares the counter.
func (l *Log) prepare() error {
	if err := l.refresh(); err != nil {
		return err
	}
	if err := l.settle(); err != nil {
		return err
	}
	return l.counted()
}

// settle finishes the entry of an intent.
func (l *Log) settle() error {
	data, err := readFile(l.fsys, intentFile, maxIntent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	in, err := parseIntent(data)
	if err != nil {
		return damaged(intentFile, err)
	}
	if in.checkpoint == l.cp {
		return l.settled(in)
	}
	if in.checkpoint.Size != l.cp.Size+1 {
		return damaged(intentFile, fmt.Errorf("it is for entry %d, and the log has %d", in.checkpoint.Size-1, l.cp.Size))
	}
	next, files := l.tree.add(in.entry)
	if l.checkpointOf(next) != in.checkpoint {
		return damaged(intentFile, errors.New("its entry and its checkpoint do not agree"))
	}
	ahead, err := l.ahead()
	if err != nil {
		return err
	}
	if ahead != 0 && ahead != 1 {
		return l.refusal(ahead)
	}
	if err := l.commit(next, files, ahead == 0); err != nil {
		return l.fail(fmt.Errorf("finishing entry %d: %w", l.cp.Size, err))
	}
	l.recovered = l.cp.Size - 1
	return l.clean()
}

// settled removes the intent of the log's last entry.
func (l *Log) settled(in intent) error {
	last, err := (&Snapshot{l.fsys, l.cp, l.signed}).Entry(l.cp.Size - 1)
	if err != nil {
		return err
	}
	if !bytes.Equal(last, in.entry) {
		return damaged(intentFile, fmt.Errorf("its entry is not entry %d", l.cp.Size-1))
	}
	if err := l.counted(); err != nil {
		return err
	}
	return l.clean()
}

// commit writes what follows an intent. Each step may be done twice.
func (l *Log) commit(next tree, files []file, count bool) error {
	if count {
		if err := l.count(next.size); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := l.files.WriteFile(f.name, f.data); err != nil {
			return err
		}
	}
	return l.publish(next)
}

// publish signs the checkpoint of a tree and puts it into its place.
func (l *Log) publish(t tree) error {
	cp := l.checkpointOf(t)
	signed, err := note.Sign(&note.Note{Text: cp.Text()}, l.o.Signers...)
	if err != nil {
		return fmt.Errorf("signing the checkpoint: %w", err)
	}
	// A signer that does not suit the policy must not make a log unreadable.
	if _, err := l.o.Identity.open(signed); err != nil {
		return fmt.Errorf("checking what was signed: %w", err)
	}
	if err := l.files.WriteFile(checkpointFile, signed); err != nil {
		return err
	}
	l.cp, l.signed, l.tree = cp, signed, t
	return nil
}

// clean removes what the last entry has made useless. Removing twice is no error.
func (l *Log) clean() error {
	for _, name := range obsolete(l.cp.Size) {
		if err := l.files.RemoveAll(name); err != nil {
			return err
		}
	}
	return l.files.Remove(intentFile)
}

func (l *Log) checkpointOf(t tree) Checkpoint {
	return Checkpoint{Origin: l.o.Origin, Size: t.size, Root: t.root()}
}

// fail keeps the first error of a write. After a failed fsync nobody knows what
// is on the disk, so nothing may be built on it by this handle.
func (l *Log) fail(err error) error {
	if l.err == nil {
		l.err = err
	}
	return err
}
