package logs

import (
	"rasure/cmd/message"

	"golang.org/x/mod/sumdb/tlog"
)

// ProveConsistency returns the hashes that show that the log begins with its first old entries (RFC 6962, 2.1.2), none if old is 0 or the
// size. A witness checks them with [CheckConsistency].
func (s *Snapshot) ProveConsistency(old int64) ([]tlog.Hash, error) {
	switch {
	case old < 0 || old > s.cp.Size:
		return nil, noEntry(old-1, s.cp.Size)
	case old == 0 || old == s.cp.Size:
		return nil, nil
	}
	p, err := tlog.ProveTree(s.cp.Size, old, hashes(s.fsys, s.cp))
	return p, s.name(inTiles(err))
}

// CheckConsistency checks a proof that the log of the checkpoint now began with the tree of old. The error is [ErrCutBack] if it does not
// show that, which an honest log with a wrong proof gets too.
func CheckConsistency(old, now Checkpoint, proof []tlog.Hash) error {
	switch {
	case old.Origin != now.Origin:
		return message.Errorf("a checkpoint of log %q cannot precede one of log %q", old.Origin, now.Origin)
	case old.Size > now.Size:
		return kindf(ErrCutBack, "the log was cut back or replaced: it had %d entries, now it has %d", old.Size, now.Size)
	case old.Size == 0 && len(proof) == 0:
		return nil
	case old.Size == 0 || tlog.CheckTree(proof, now.Size, now.Root, old.Size, old.Root) != nil:
		return kindf(ErrCutBack, "the log was cut back or replaced: its first %d entries are not the same as before", old.Size)
	}
	return nil
}
