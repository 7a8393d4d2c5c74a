package job

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"rasure/devices"
	"rasure/logs/durable"
	"rasure/wipe"
)

// Listed is a job that has a file: it runs, or it ended early.
type Listed struct {
	ID        string
	Disk      devices.Disk // as it was when the job ran last
	PID       int          // of the process that owns it; 0 if none does
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
	if l.Disk.IdentifiedBy() == devices.ByPort || d.IdentifiedBy() == devices.ByPort {
		return f.isLike(d) && l.Disk.Port == d.Port && l.Disk.Seq == d.Seq
	}
	return f.isLike(d)
}

// List lists the jobs of a state directory, for callers that only look: it takes no lock, so that it blocks nobody, and skips what cannot
// be read.
func List(stateDir string) (all []Listed) {
	dir := filepath.Join(stateDir, jobsDir)
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	for _, name := range files {
		id := strings.TrimSuffix(filepath.Base(name), ".json")
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		r, err := decode(text, id)
		if err != nil {
			continue
		}
		l := Listed{ID: id, Disk: r.Disk, PID: durable.Open(dir).Holder(id + ".lock"), Operator: r.Facts.Operator, Plan: r.Plan}
		l.Resumable = l.PID == 0 && (r.Phase == running || r.Phase == halted || r.Phase == sealed && r.Reason != "")
		if n := len(r.Sessions); n > 0 {
			l.Since = r.Sessions[n-1].Started
		}
		if m := r.Facts.Register; m != nil {
			l.Medium = m.Number
		}
		l.Pass, l.Done, l.Total = r.progress()
		all = append(all, l)
	}
	return all
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
