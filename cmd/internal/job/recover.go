package job

import (
	"context"
	"errors"
	"os"

	"rasure/cmd/internal/annex"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/logs"
)

// Manager is the one owner of the jobs of a station: their files, their locks, their claims and the space for their certificates. It
// prints nothing and asks nobody.
type Manager struct {
	st   *station.Station
	host *devices.Host

	Bays func(devices.Disk) string // returns the name of the bay that a disk is in, "" if it has none; nil: no port has a name
}

// New returns the manager of a station's jobs on a machine.
func New(st *station.Station, host *devices.Host) *Manager { return &Manager{st: st, host: host} }

func (m *Manager) dir() string { return m.st.Path(jobsDir) }

// Recovered is a certificate that an earlier process had signed and not published, or of a job that ends without being resumed.
type Recovered struct {
	ID    string // of the job
	Index int64  // of the certificate in the log
	Path  string // of its file
	Moved error  // why the file is not in the directory that the job was given; nil if it is there
}

// Recover brings every job that a process has left into a state from which it can be resumed: a certificate that was signed is
// published, a job that never began is forgotten. It returns what it published, also with an error.
func (m *Manager) Recover(ctx context.Context) ([]Recovered, error) {
	files, done, err := m.unfinished(ctx)
	unlockAll(files)
	return done, err
}

// unfinished does the work of [Manager.Recover], and returns the files of jobs that can be resumed, locked. The log is read after them: it
// has all that the processes put there that left them.
func (m *Manager) unfinished(ctx context.Context) (open []*file, done []Recovered, err error) {
	files, err := unowned(m.dir())
	if err != nil || len(files) == 0 {
		return nil, nil, err
	}
	log, err := m.st.Snapshot()
	for _, f := range files {
		var resumable bool
		var r *Recovered
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			resumable, r, err = m.recover(f, log)
		}
		if r != nil {
			done = append(done, *r)
		}
		if resumable && err == nil {
			open = append(open, f)
		} else {
			f.unlock()
		}
	}
	if err != nil {
		unlockAll(open)
		return nil, done, err
	}
	return open, done, nil
}

func (m *Manager) recover(f *file, log *logs.Snapshot) (resumable bool, _ *Recovered, err error) {
	if err := f.checkSigned(m.st, log); err != nil {
		return false, nil, f.corruptError(message.Errorf("the state of an unfinished job, %s, does not match what was signed: %w", f.path(), err))
	}
	began, err := f.findBegin(log)
	if err != nil {
		return false, nil, err
	}
	if !began {
		return false, nil, errors.Join(f.remove(), annex.Forget(m.st.Path("."), f.Begin))
	}
	if f.Phase != sealed {
		return true, nil, nil
	}
	resumable = f.Reason != ""
	p, moved, err := m.publishSomewhere(f)
	if err != nil {
		return false, nil, message.Errorf("recovering the certificate of job %s, serial number %s: %w", f.Facts.ID, dash(f.Disk.Serial), err)
	}
	return resumable, &Recovered{f.Facts.ID, p.index, p.certificate, moved}, nil
}

// publishSomewhere publishes the certificate of an earlier process. If the job's directory takes no files any more (the stick was
// unplugged), they go to the station's own: a job whose certificate cannot be published would block every later one.
func (m *Manager) publishSomewhere(f *file) (p published, moved, err error) {
	p, err = f.publish(m.st)
	own := m.st.Path(station.CertificateDir)
	if err == nil || p.index < 0 || f.Dir == own { // below 0 it is the log that takes nothing
		return p, nil, err
	}
	moved = err
	f.Dir, f.FileSystem = own, ""
	if err := os.MkdirAll(own, 0o755); err != nil {
		return p, moved, err
	}
	p, err = f.publish(m.st)
	return p, moved, err
}

// supersede certifies that a job ended early that is not resumed, because its disk is about to be erased from the beginning.
func (m *Manager) supersede(f *file) (*Recovered, error) {
	if f.Phase == halted { // its end has a certificate already
		return nil, f.remove()
	}
	p, err := m.certifyAborted(f, message.Of("the job ended without a certificate, and its disk is erased from the beginning"))
	if err != nil {
		return nil, err
	}
	return &Recovered{ID: f.Facts.ID, Index: p.index, Path: p.certificate}, nil
}

// certifyAborted certifies, from what was saved of a job, that it ended early.
func (m *Manager) certifyAborted(f *file, detail message.Text) (published, error) {
	if f.checkDir() != nil {
		f.Dir, f.FileSystem = m.st.Path(station.CertificateDir), "" // the list of extents goes there, too
		if err := os.MkdirAll(f.Dir, 0o755); err != nil {
			return published{index: -1}, err
		}
	}
	f.endSession("vanished")
	if err := f.seal(m.st, f.aborted(detail)); err != nil {
		return published{index: -1}, err
	}
	f.Reason = ""
	p, _, err := m.publishSomewhere(f)
	return p, err
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return devices.Printable(s)
}
