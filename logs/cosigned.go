package logs

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"rasure/cmd/message"
	"rasure/logs/durable"
)

// cosignedFile has the newest checkpoint of the log that a witness has cosigned, with the lines of the witnesses.
const cosignedFile = "cosigned"

// ReadCosigned reads the newest cosigned checkpoint that is kept with the log in dir, a signed note, without verifying it. Without one the
// error is [fs.ErrNotExist].
func ReadCosigned(dir fs.FS) ([]byte, error) { return readFile(dir, cosignedFile, maxCheckpoint) }

// KeepCosigned verifies a cosigned checkpoint of the log in dir and keeps it, durable. It needs the station's lines and that of the cosigner by. An older one is
// refused with [ErrNewer]; the lines of several cosigners of one checkpoint are kept together.
//
// It is kept also if the log has fewer entries, or others: that is what it is for. From then on the log cannot be opened to append to it.
func KeepCosigned(dir string, p Identity, signed []byte, by *Cosigner, wait time.Duration) (Checkpoint, error) {
	cp, _, err := OpenCheckpoint(p, signed)
	if err == nil {
		_, err = by.CosignedAt(signed)
	}
	if err != nil {
		return Checkpoint{}, err
	}
	files := durable.Open(dir)
	unlock, err := files.Lock(lockFile, wait)
	if err != nil {
		return Checkpoint{}, err
	}
	defer unlock()
	kept, err := ReadCosigned(durable.FS(dir))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return cp, files.WriteFile(cosignedFile, signed)
	case err != nil:
		return Checkpoint{}, err
	}
	old, _, err := OpenCheckpoint(p, kept)
	switch {
	case err != nil:
		return Checkpoint{}, damaged(cosignedFile, err)
	case old.Size > cp.Size:
		return Checkpoint{}, message.Errorf("%w: a witness has cosigned %d entries already, and this is %d", ErrNewer, old.Size, cp.Size)
	case old == cp:
		signed = merged(kept, signed)
	case old.Size == cp.Size:
		return Checkpoint{}, kindf(ErrCutBack, "the log was cut back or replaced: two different states of %d entries are signed", cp.Size)
	}
	return cp, files.WriteFile(cosignedFile, signed)
}

// merged returns a note with the lines of both that are by different keys; of one key's two lines, the one on add is kept.
func merged(note, add []byte) []byte {
	key := func(line string) string { return line[:min(len(line), strings.LastIndexByte(line, ' ')+6)] } // the name and most of the key id
	out, seen := bytes.Clone(add), []string{}
	_, lines, _ := strings.Cut(string(add), "\n\n")
	for line := range strings.Lines(lines) {
		seen = append(seen, key(line))
	}
	_, lines, _ = strings.Cut(string(note), "\n\n")
	for line := range strings.Lines(lines) {
		if !slices.Contains(seen, key(line)) {
			out = append(out, line...)
		}
	}
	return out
}

// CosignedAt verifies the cosigner's line on a checkpoint, and returns its time.
func (c *Cosigner) CosignedAt(signed []byte) (time.Time, error) {
	n, err := note.Open(signed, note.VerifierList(c))
	if none := new(note.UnverifiedNoteError); errors.As(err, &none) {
		n, err = none.Note, nil
	}
	if err != nil {
		return time.Time{}, message.Errorf("checkpoint: %w", err)
	}
	sig, ok := signature(n, c)
	if !ok {
		return time.Time{}, message.Errorf("checkpoint: not cosigned by %s", c.name)
	}
	return timeOf(sig), nil
}

// CosignedProof returns when the cosigner cosigned the checkpoint in a proof, by the cosigner's clock. The error says that the line is not
// there or not valid. Everything else in the proof is for [Verify].
func CosignedProof(proof []byte, by *Cosigner) (time.Time, error) {
	p, err := parseProof(proof)
	if err != nil {
		return time.Time{}, err
	}
	return by.CosignedAt(p.signed)
}

// ProveCosigned is [Snapshot.Prove] under the newest checkpoint that a witness has cosigned, if that has the entry, and otherwise under the newest.
func (s *Snapshot) ProveCosigned(index int64) ([]byte, error) {
	kept, err := ReadCosigned(s.fsys)
	if errors.Is(err, fs.ErrNotExist) {
		return s.Prove(index)
	}
	if err != nil {
		return nil, err
	}
	cp, err := s.CheckCosigned(kept)
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= cp.Size {
		return s.Prove(index)
	}
	return (&Snapshot{s.fsys, cp, kept, s.id}).Prove(index)
}

// CheckCosigned verifies that the log begins with what a witness has cosigned: [ErrNotCosigned] if it does not.
func (s *Snapshot) CheckCosigned(kept []byte) (Checkpoint, error) {
	cp, _, err := OpenCheckpoint(s.id, kept)
	if err != nil {
		return cp, damaged(cosignedFile, err)
	}
	if cp.Size > s.cp.Size {
		err = kindf(ErrCutBack, "the log was cut back or replaced: a witness has cosigned %d entries of it, and it has %d", cp.Size, s.cp.Size)
	} else {
		err = s.Extends(cp)
	}
	if errors.Is(err, ErrCutBack) {
		err = &kindError{err, ErrNotCosigned}
	}
	return cp, err
}

// checkCosigned refuses a log that is not what a witness has cosigned.
func (l *Log) checkCosigned() error {
	kept, err := ReadCosigned(l.fsys)
	if errors.Is(err, fs.ErrNotExist) || err == nil && bytes.Equal(kept, l.cosigned) {
		return nil
	}
	if err == nil {
		_, err = (&Snapshot{l.fsys, l.cp, l.signed, l.o.Identity}).CheckCosigned(kept)
	}
	if err == nil {
		l.cosigned = kept
	}
	return err
}
