package logs

import (
	"bytes"
	"errors"
	"io/fs"

	"golang.org/x/mod/sumdb/note"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

// Append appends an entry, at most 65,535 bytes, and returns its index. Once it has returned an index, the entry is in the log for
// good. In this order, under the lock:
//
//	intent       the entry, and the checkpoint it will have   durable
//	counter      +1
//	             the checkpoint is signed with the new counter
//	tiles        entry bundle and hashes                       durable
//	attest       record of the counter's line                  durable
//	checkpoint                                                 durable: the entry is in
//	             narrower tiles and records removed, then the intent
//
// With an error that is [ErrUnfinished], index is where the entry will be: the next [Open], or an Append by another process, puts
// it there. Open the log again and look at [Log.Entry] before appending it once more; only a power cut right after the error can
// have made it vanish. With any other error it is not in the log. After a failed write this handle writes no more.
//
// Two entries with the same content are two entries: whether a statement is in the log already is for the caller to decide.
func (l *Log) Append(entry []byte) (index int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.o.Signers) == 0 {
		return 0, message.New("the log was opened without signers, so nothing can be appended")
	}
	if len(entry) > maxEntry {
		return 0, message.Errorf("the entry has %d bytes, more than %d", len(entry), maxEntry)
	}
	if l.err != nil {
		return 0, message.Errorf("appending after a failed write: %v", l.err) // of another entry
	}
	if err := l.locked(func() error { return l.append(entry) }); errors.Is(err, ErrUnfinished) {
		return l.cp.Size, message.Errorf("appending to the log: %w", err)
	} else if err != nil {
		return 0, message.Errorf("appending to the log: %w", err)
	}
	return l.cp.Size - 1, nil
}

func (l *Log) append(entry []byte) error {
	if err := l.prepare(); err != nil {
		return err
	}
	if l.cp.Size == maxSize {
		return message.New("the log is full")
	}
	next, files := l.tree.add(entry)
	in := intent{l.checkpointOf(next), entry}
	if err := l.files.WriteFile(intentFile, in.bytes()); err != nil {
		// The last step of it, fsync, may have failed: then the intent counts. So it does if nobody can see whether it is there.
		if _, there := fs.Stat(l.fsys, intentFile); !errors.Is(there, fs.ErrNotExist) {
			err = l.unfinished(err)
		}
		return l.fail(err)
	}
	if err := l.commit(next, files, true); err != nil {
		return l.fail(l.unfinished(err))
	}
	// The entry is in. If this fails, the intent is still there, and the next process tries again and reports it.
	_ = l.clean()
	return nil
}

func (l *Log) unfinished(err error) error {
	return kindf(ErrUnfinished, "entry %d is unfinished: %w", l.cp.Size, err)
}

// prepare brings the handle up to date, compares the log with what a witness has cosigned, finishes what a crash has left, and compares the
// counter.
func (l *Log) prepare() error {
	if err := l.refresh(); err != nil {
		return err
	}
	if err := l.checkCosigned(); err != nil {
		return err
	}
	if err := l.finishIntent(); err != nil {
		return err
	}
	return l.checkCounter()
}

// finishIntent finishes the entry of an intent.
func (l *Log) finishIntent() error {
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
		return l.removeIntent(in)
	}
	if in.checkpoint.Size != l.cp.Size+1 {
		return damaged(intentFile, message.Errorf("it is for entry %d, and the log has %d", in.checkpoint.Size-1, l.cp.Size))
	}
	next, files := l.tree.add(in.entry)
	if l.checkpointOf(next) != in.checkpoint {
		return damaged(intentFile, message.New("its entry and its checkpoint do not agree"))
	}
	lead, err := l.lead()
	if err != nil {
		return err
	}
	if lead != 0 && lead != 1 {
		return contradiction(lead, l.cp.Size)
	}
	if err := l.commit(next, files, lead == 0); err != nil {
		return l.fail(message.Errorf("finishing entry %d: %w", l.cp.Size, err))
	}
	l.recovered = l.cp.Size - 1
	return l.clean()
}

// removeIntent removes the intent of the log's last entry.
func (l *Log) removeIntent(in intent) error {
	last, err := (&Snapshot{l.fsys, l.cp, l.signed, l.o.Identity}).Entry(l.cp.Size - 1)
	if err != nil {
		return err
	}
	if !bytes.Equal(last, in.entry) {
		return damaged(intentFile, message.Errorf("its entry is not entry %d", l.cp.Size-1))
	}
	if err := l.checkCounter(); err != nil {
		return err
	}
	return l.clean()
}

// commit writes what follows an intent. Each step may be done twice.
func (l *Log) commit(next tree, files []file, count bool) error {
	if count {
		if err := l.incrementCounter(next.size); err != nil {
			return err
		}
	}
	return l.publish(next, files)
}

// publish signs the checkpoint of a tree and writes it, after the files that the tree needs and the record of the line that attests the
// counter. A crash in between leaves a record to which no checkpoint leads; it is written again for the same tree, and either is true.
func (l *Log) publish(t tree, files []file) error {
	cp := l.checkpointOf(t)
	signed, err := note.Sign(&note.Note{Text: cp.Text()}, l.o.Signers...)
	if err != nil {
		return message.Errorf("signing the checkpoint: %w", err)
	}
	// A signer that does not fit the identity must not make a log unreadable.
	_, line, err := l.o.Identity.openLine(signed)
	if err != nil {
		return message.Errorf("checking the signed checkpoint: %w", err)
	}
	var records []byte
	if l.o.Records != nil && cp.Size > 0 {
		var f file
		if records, f, err = l.addRecord(cp.Size, line); err != nil {
			return err
		}
		files = append(files, f)
	}
	var all []durable.File
	for _, f := range files {
		all = append(all, durable.File{Name: f.name, Data: f.data})
	}
	if err := l.files.WriteFiles(all...); err != nil {
		return err
	}
	if err := l.files.WriteFile(checkpointFile, signed); err != nil {
		return err
	}
	l.cp, l.signed, l.tree, l.records = cp, signed, t, records
	return nil
}

// clean removes what the last entry has made obsolete. Removing twice is no error.
func (l *Log) clean() error {
	records, err := l.obsoleteRecords()
	if err != nil {
		return err
	}
	for _, name := range append(obsolete(l.cp.Size), records...) {
		if err := l.files.RemoveAll(name); err != nil {
			return err
		}
	}
	return l.files.Remove(intentFile)
}

func (l *Log) checkpointOf(t tree) Checkpoint {
	return Checkpoint{Origin: l.o.Origin, Size: t.size, Root: t.root()}
}

// fail keeps the first error of a write. After a failed fsync nobody knows what is on the disk, so this handle builds nothing more
// on it.
func (l *Log) fail(err error) error {
	err = durable.Explain(err)
	if l.err == nil {
		l.err = err
	}
	return err
}
