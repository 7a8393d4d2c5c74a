package logs

import (
	"slices"

	"golang.org/x/mod/sumdb/note"

	"rasure/cmd/message"
)

// ProveFixed returns a proof under the checkpoint that fixed the entry at index: the one of which it was the last entry, with what the
// counter attested then. The log's key signs that checkpoint again if the log has grown since. Where no record of the counter was
// kept, it is [Log.Prove].
func (l *Log) ProveFixed(index int64) ([]byte, error) {
	s, err := l.snapshotWith(index)
	if err != nil {
		return nil, err
	}
	if index >= 0 && index < s.cp.Size-1 {
		if s, err = l.fixed(s, index+1); err != nil {
			return nil, message.Errorf("proving entry %d: %w", index, err)
		}
	}
	return s.Prove(index)
}

// fixed returns the snapshot of the log when it had size entries, signed again; s if that is not possible.
func (l *Log) fixed(s *Snapshot, size int64) (*Snapshot, error) {
	head, record, err := s.Record(size)
	if err != nil || len(l.o.Signers) == 0 || l.o.Identity.Counter != nil && record == nil {
		return s, err
	}
	signers := slices.Clone(l.o.Signers)
	if c := l.o.Identity.Counter; c != nil {
		line, err := l.o.Identity.VerifyRecord(head, record)
		if err != nil {
			return nil, err
		}
		for i, by := range signers {
			if by.Name() == c.Name() && by.KeyHash() == c.KeyHash() {
				signers[i] = recorded{by, line}
			}
		}
	}
	signed, err := note.Sign(&note.Note{Text: head.Text()}, signers...)
	if err != nil {
		return nil, err
	}
	if _, err := l.o.Identity.open(signed); err != nil {
		return nil, err
	}
	return &Snapshot{l.fsys, head, signed, l.o.Identity}, nil
}

// recorded is a signer whose line was recorded.
type recorded struct {
	note.Signer
	line []byte
}

// Sign returns the line.
func (r recorded) Sign([]byte) ([]byte, error) { return r.line, nil }
