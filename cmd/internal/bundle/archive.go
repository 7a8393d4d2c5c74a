package bundle

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"rasure/cmd/internal/archive"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/interrupt"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

// IsArchive reports whether a file has the name of a packed bundle.
func IsArchive(name string) bool {
	if !archive.Named(name) {
		return false
	}
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// Open reads a packed bundle until ctx ends. The caller does not close what it returns: the file is open as long as the process runs.
func Open(ctx context.Context, name string) (fs.FS, error) {
	file, err := durable.OpenFile(name)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	files, err := archive.Open(name, interrupt.ReaderAt(ctx, file), info.Size())
	if err == nil {
		return files, nil
	}
	file.Close()
	if !errors.Is(err, fault.ErrInterrupted) {
		err = fault.NotVerified(message.Errorf("reading the bundle: %w", err))
	}
	return nil, err
}
