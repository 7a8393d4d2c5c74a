package job

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rasure/certify"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/health"
	"rasure/logs/durable"
	"rasure/wipe"
)

// jobsDir is the directory of job files in the state directory. Only root enters it.
const jobsDir = "jobs"

// file is the saved state of a job, so that another process can resume it: jobs/ID.json, mode 0600, because it holds the keys of passes
// that are not certified yet. It is removed when the job's last certificate is in the log. The holder of its lock owns the job.
type file struct {
	record

	dir     string         // of this file
	after   *health.Report // of the drive when the wipe had ended; nil if it was not asked. It is not saved: a later process did not see it
	of      *job           // of a batch, on the same disk; nil: none
	release func() error
}

// lock makes the job this process's own, until unlock, remove or the end of the process.
func (f *file) lock(wait time.Duration) (err error) {
	f.release, err = durable.Open(f.dir).Lock(f.Facts.ID+".lock", wait)
	return err
}

// unlock lets others have the job. It may be called more than once.
func (f *file) unlock() {
	if f.release != nil {
		f.release()
		f.release = nil
	}
}

func unlockAll(files []*file) {
	for _, f := range files {
		f.unlock()
	}
}

func (f *file) path() string { return filepath.Join(f.dir, f.Facts.ID+".json") }

func (f *file) save() error {
	if f.Version = fileDrawn; f.seeded() {
		f.Version = fileSeeded
	}
	text, err := json.Marshal(f.record)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(f.path(), text, 0o600); err != nil {
		return message.Errorf("saving the state of the job: %w", err)
	}
	return nil
}

// remove removes the file, and what a process left that was killed while it wrote it. The job cannot be resumed then.
func (f *file) remove() error {
	os.Remove(filepath.Join(f.dir, "."+f.Facts.ID+".json.tmp"))
	err := durable.Remove(f.path())
	os.Remove(filepath.Join(f.dir, f.Facts.ID+".lock"))
	f.unlock()
	return err
}

// unowned returns the jobs of the directory that no process owns, and locks them. A job file that cannot be read is an error that names
// it: somebody's disk is half erased.
func unowned(dir string) (files []*file, err error) {
	defer func() {
		if err != nil {
			unlockAll(files)
		}
	}()
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		id := jobOf(e.Name())
		if id == "" || slices.ContainsFunc(files, func(f *file) bool { return f.Facts.ID == id }) {
			continue
		}
		f := &file{dir: dir}
		f.Facts.ID = id
		if err := f.lock(0); errors.Is(err, durable.ErrLocked) {
			continue // another process runs it
		} else if err != nil {
			return files, err
		}
		if err := f.read(); errors.Is(err, fs.ErrNotExist) { // it ended meanwhile, or was killed before its begin or after its end
			if err := f.remove(); err != nil {
				return files, err
			}
			continue
		} else if err != nil {
			f.unlock()
			return files, err
		}
		files = append(files, f)
	}
	return files, nil
}

// jobOf returns the id of the job that a file belongs to: its state, its lock, or a state that was not written completely; "" if none.
func jobOf(name string) string {
	for _, suffix := range []string{".json", ".lock", ".json.tmp"} {
		if id, ok := strings.CutSuffix(strings.TrimPrefix(name, "."), suffix); ok {
			return id
		}
	}
	return ""
}

// read reads what an earlier process has saved.
func (f *file) read() error {
	text, err := os.ReadFile(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var r record
	if err == nil {
		r, err = decode(text, f.Facts.ID)
	}
	if err != nil {
		return f.corruptError(message.Errorf("cannot read the state of an unfinished job, %s: %w", f.path(), err))
	}
	f.record = r
	return nil
}

// corruptError adds to what is wrong with a job file what can be done about it.
func (f *file) corruptError(err error) error {
	return fault.WithHint(err, "remove the file to abandon the job; rasure audit will list the disk")
}

// isLike reports whether the job was on a disk such as this one: by identity, size and block, never by the serial number alone. An image is
// known by its path. If the disk has no serial number of its own, others are like it: see [job.recognises].
func (f *file) isLike(d devices.Disk) bool {
	was := f.Disk
	if len(was.Namespaces) > 0 && len(d.Namespaces) == 0 { // of joined namespaces the first is the disk
		was.Size = was.Namespaces[0].Size
	}
	return was.Identity == d.Identity && was.Size == d.Size && was.LogicalBlock == d.LogicalBlock && (d.IdentifiedBy() != devices.ByImage || d.Serial != "" || was.Path == d.Path)
}

// hasNamespace reports whether a disk is one of the namespaces that the job has joined.
func (f *file) hasNamespace(d devices.Disk) bool {
	return f.Disk.Serial == d.Serial && f.Disk.Model == d.Model &&
		slices.ContainsFunc(f.Disk.Namespaces, func(n devices.Namespace) bool { return n.Size == d.Size && n.WWN == d.WWN })
}

// interrupted records that the job ended early, or lost its terminal.
func (f *file) interrupted(reason string) {
	i := certify.Interruption{Reason: reason, Noticed: station.Now()}
	if f.Wipe != nil {
		i.Pass, i.Low = len(f.Wipe.Report.Passes), f.Wipe.WrittenTo
	}
	f.Facts.Interruptions = append(f.Facts.Interruptions, i)
	f.endSession(reason)
}

// aborted is what the file knows of the wipe, for the certificate of a job that nobody resumes.
func (f *file) aborted(detail message.Text) wipe.Report {
	r := wipe.Report{Plan: f.Plan, Disk: f.Disk, Passes: []wipe.PassReport{}, Started: station.Now()}
	if f.Wipe != nil {
		r = f.Wipe.Report
	}
	r.Outcome, r.Ended = wipe.Interrupted, station.Now()
	r.Exceptions = append(r.Exceptions, wipe.Exception{Code: wipe.CodeInterrupted, Detail: detail.String()})
	return r
}
