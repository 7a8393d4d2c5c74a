package logs

import (
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// Audit checks the log in dir from its files alone: the checkpoint's signatures
// and counter, every entry, every hash, the root, and, if since is not nil, that
// the log only grew since that checkpoint. It calls each, which may be nil, for
// every entry in order; each sees no entry that is not under the signed root, and
// may keep it but not change it. An error from each ends the audit and is returned;
// after any error, what each has seen is part of a log that does not hold.
//
// Every file is read once: first the hashes, which must have the root, then the
// entries, which must have the hashes.
//
// Entries that are appended meanwhile are not looked at. Files alone cannot show
// that the newest entries were cut off: since can.
func Audit(dir fs.FS, p Identity, since *Checkpoint, each func(index int64, entry []byte) error) (Checkpoint, error) {
	cp, _, err := readCheckpoint(dir, p)
	if err != nil {
		return Checkpoint{}, err
	}
	leaves, err := listed(dir, cp)
	if err != nil {
		// From the bottom up, what is wrong can be named.
		if _, named := scan(dir, cp); named != nil {
			err = named
		}
		return Checkpoint{}, err
	}
	if since != nil {
		if err := consistent(dir, *since, cp); err != nil {
			return Checkpoint{}, err
		}
	}
	if each == nil {
		each = func(int64, []byte) error { return nil }
	}
	if err := walk(dir, leaves, each); err != nil {
		return Checkpoint{}, err
	}
	return cp, nil
}

// listed returns the hashes of the entries as the tiles have them, if all tiles
// agree with one another and with the root.
func listed(fsys fs.FS, cp Checkpoint) ([]tlog.Hash, error) {
	var leaves []tlog.Hash
	for n := int64(0); int64(len(leaves)) < cp.Size; n++ {
		data, err := readHashes(fsys, 0, n, bundleLen(n, cp.Size))
		if err != nil {
			return nil, err
		}
		for h := range slices.Chunk(data, tlog.HashSize) {
			leaves = append(leaves, tlog.Hash(h))
		}
	}
	return leaves, climb(fsys, leaves, 1, cp)
}

// consistent checks that the tree of one checkpoint begins with that of another.
func consistent(fsys fs.FS, old, now Checkpoint) error {
	switch {
	case old.Origin != now.Origin:
		return fmt.Errorf("a checkpoint of %q cannot precede one of %q", old.Origin, now.Origin)
	case old.Size > now.Size:
		return fmt.Errorf("%w: it had %d entries, now it has %d", ErrCutBack, old.Size, now.Size)
	case old.Size == 0:
		return nil
	}
	p, err := tlog.ProveTree(now.Size, old.Size, hashes(fsys, now))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := tlog.CheckTree(p, now.Size, now.Root, old.Size, old.Root); err != nil {
		return fmt.Errorf("%w: its first %d entries are not what they were", ErrCutBack, old.Size)
	}
	return nil
}

// walk reads the entries and calls each for them, if they have the hashes that were
// found to be right. One bundle is read ahead while each works.
func walk(fsys fs.FS, leaves []tlog.Hash, each func(int64, []byte) error) error {
	type bundle struct {
		entries [][]byte
		err     error
	}
	ahead := make(chan bundle, 1)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	wg.Go(func() {
		defer close(ahead)
		n := int64(0)
		for hs := range slices.Chunk(leaves, tileWidth) {
			entries, err := checkedBundle(fsys, n, int64(len(leaves)), hs)
			select {
			case ahead <- bundle{entries, err}:
			case <-stop:
				return
			}
			n++
		}
	})
	index := int64(0)
	for b := range ahead {
		if b.err != nil {
			return b.err
		}
		for _, entry := range b.entries {
			if err := each(index, entry); err != nil {
				return err
			}
			index++
		}
	}
	return nil
}
