package backup

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"rasure/cmd/internal/station"
	"rasure/logs/durable"
)

// step does a step that changes the directory.
func (r *restore) step(name string, do func() error) error {
	if err := r.o.Fault(name); err != nil {
		return err
	}
	return do()
}

// setAside moves what is in the directory into one of its own.
func (r *restore) setAside(names []string) (string, error) {
	to := r.path(station.ReplacedPrefix + time.Now().UTC().Format("20060102T150405.000000000Z"))
	if err := r.step("mkdir", func() error { return os.Mkdir(to, 0o700) }); err != nil {
		return "", durable.Explain(err)
	}
	if names[0] == station.StateFile { // from here on there is no station
		if err := r.move(r.dir, to, names[:1]); err != nil {
			return to, err
		}
		names = names[1:]
	}
	return to, r.move(r.dir, to, names)
}

// moveIn moves what was unpacked into the directory, station.json last.
func (r *restore) moveIn() error {
	from := r.path(station.RestoringDir)
	entries, err := os.ReadDir(from)
	if err != nil {
		return durable.Explain(err)
	}
	names := []string{}
	for _, e := range entries {
		if e.Name() != station.StateFile {
			names = append(names, e.Name())
		}
	}
	if err := r.move(from, r.dir, names); err != nil {
		return err
	}
	if err := r.move(from, r.dir, []string{station.StateFile}); err != nil {
		return err
	}
	return r.step("remove", func() error { return os.Remove(from) })
}

// move renames files into another directory, and puts that on the disk.
func (r *restore) move(from, to string, names []string) error {
	for _, name := range names {
		err := r.step("move "+name, func() error { return os.Rename(filepath.Join(from, name), filepath.Join(to, name)) })
		if err != nil {
			return durable.Explain(err)
		}
	}
	return errors.Join(syncDir(to), syncDir(from))
}
