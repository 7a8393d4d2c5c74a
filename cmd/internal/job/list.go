package job

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rasure/cmd/message"
	"rasure/devices"
	"rasure/logs/durable"
	"rasure/wipe"
)

// Listed is a job that has a file: it runs, or it ended early.
type Listed struct {
	ID        string
	Disk      devices.Disk // as it was when the job ran last
	Owned     bool         // a process owns it
	PID       int          // of that process; 0 if it is not known
	Resumable bool         // nobody owns it, and it can be resumed
	Since     time.Time    // when the session began that runs, or ran last; zero if that is not known
	Operator  string
	Medium    string // its number in the register; "" if it has none
	Plan      wipe.Plan
	Pass      int   // when its state was last saved; 0 before the first
	Done      int64 // bytes written and read back when its state was last saved
	Total     int64 // bytes of all passes
}

// IsOf reports whether the job was on this disk. Of a disk without a serial number of its own that is known while it stays in its port; later only
// the bytes on it show it, and nothing is read here.
func (l Listed) IsOf(d devices.Disk) bool {
	f := file{record: record{Disk: l.Disk}}
	if f.hasNamespace(d) {
		return true
	}
	if l.Disk.IdentifiedBy() == devices.ByPort || d.IdentifiedBy() == devices.ByPort {
		return f.isLike(d) && l.Disk.Port == d.Port && l.Disk.Seq == d.Seq
	}
	return f.isLike(d)
}

// List lists the jobs of a state directory, for callers that only look: it takes no lock, so that it blocks nobody. The error names what cannot be
// read; all that can is listed beside it.
func List(stateDir string) (all []Listed, err error) {
	dir := filepath.Join(stateDir, jobsDir)
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist): // no job has begun yet
		err = nil
	case err != nil:
		err = message.Errorf("reading which jobs there are: %w", err)
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || strings.HasPrefix(id, ".") {
			continue
		}
		text, failed := os.ReadFile(filepath.Join(dir, e.Name()))
		if errors.Is(failed, fs.ErrNotExist) { // it has ended since
			continue
		}
		var r record
		if failed == nil {
			r, failed = decode(text, id)
		}
		if failed != nil {
			err = errors.Join(err, message.Errorf("cannot read the state of an unfinished job, %s: %w", filepath.Join(dir, e.Name()), failed))
			continue
		}
		l := Listed{ID: id, Disk: r.Disk, Operator: r.Facts.Operator, Plan: r.Plan}
		l.PID, l.Owned = durable.Open(dir).Holder(id + ".lock")
		l.Resumable = !l.Owned && (r.Phase == running || r.Phase == halted || r.Phase == sealed && r.Reason != "")
		if n := len(r.Sessions); n > 0 {
			l.Since = r.Sessions[n-1].Started
		}
		if m := r.Facts.Register; m != nil {
			l.Medium = m.Number
		}
		l.Pass, l.Done, l.Total = r.progress()
		all = append(all, l)
	}
	return all, err
}

// progress is how far the job was when its state was saved.
func (r *record) progress() (pass int, done, total int64) {
	for i, p := range r.Plan.Scheme.Passes {
		total += r.Disk.Size
		if p.Verify && r.Plan.Verify == wipe.Full {
			total += r.Disk.Size
		}
		if r.Wipe == nil || i >= len(r.Wipe.Report.Passes) {
			continue
		}
		was := r.Wipe.Report.Passes[i]
		pass = i + 1
		if done += was.Written; p.Verify && r.Plan.Verify == wipe.Full {
			done += was.Verified
		}
	}
	return pass, done, total
}
