package settings

import (
	"context"
	"io/fs"
	"os"
	"time"
)

// LookAgain is how often [Watch] usually looks whether the file has changed. Chosen.
const LookAgain = 2 * time.Second

// Watch reads the settings again by read whenever their file has changed since s was read, and hands them over, until ctx ends. With an error they
// are empty. A file that is written in two steps may be handed over in both.
func Watch(ctx context.Context, s Settings, every time.Duration, read func() (Settings, error), changed func(Settings, error)) {
	was, path := s.file, s.Path
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		now, _ := os.Stat(path)
		if same(was, now) {
			continue
		}
		is, err := read()
		if was = is.file; err != nil || was == nil {
			was = now
		}
		changed(is, err)
	}
}

// same reports whether a file is as it was; nil is one that is not there.
func same(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
