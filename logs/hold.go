package logs

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"rasure/logs/durable"
)

// Hold keeps every process from appending to the log in dir until release is called, so that its files can be copied as they are at one moment. It waits
// for an append that is under way until ctx is done, and for at most wait; then the error is [ErrLocked].
func Hold(ctx context.Context, dir string, wait time.Duration) (release func() error, err error) {
	return durable.Open(dir).LockContext(ctx, lockFile, wait)
}

// CopyCosigned takes over into the log in dir what witnesses have cosigned of the log in another directory, if that has more entries than what is kept in
// dir. It does so also if the log in dir has fewer: it cannot be continued then, which is what the cosigned checkpoint is for. What is damaged in the other
// directory is no checkpoint.
func CopyCosigned(dir string, p Identity, from fs.FS) error {
	theirs, err := ReadCosigned(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	newer, _, err := OpenCheckpoint(p, theirs)
	if err != nil {
		return nil
	}
	if ours, err := ReadCosigned(durable.FS(dir)); err == nil {
		if kept, _, err := OpenCheckpoint(p, ours); err == nil && kept.Size >= newer.Size {
			return nil
		}
	}
	return durable.Open(dir).WriteFile(cosignedFile, theirs)
}
