package logs

import (
	"errors"
	"io/fs"
	"os"

	"rasure/logs/durable"
)

// Export copies the log to a directory that does not exist yet: checkpoint and tiles, in the layout of the log itself, and not
// intent and lock, which are the station's business. It holds the lock, so the copy is of one moment; the checkpoint is
// written last.
func (l *Log) Export(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return l.locked(func() error {
		to := durable.Open(dir)
		copyFile := func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(l.fsys, name)
			if err != nil {
				return err
			}
			return to.WriteFile(name, data)
		}
		for _, name := range []string{"tile", checkpointFile} {
			err := fs.WalkDir(l.fsys, name, copyFile)
			if err != nil && !(name == "tile" && errors.Is(err, fs.ErrNotExist)) { // an empty log has none
				return err
			}
		}
		return nil
	})
}
