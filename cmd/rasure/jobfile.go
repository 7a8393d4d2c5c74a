package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rasure/certify/issue"
	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/logs/durable"
	"rasure/wipe"
)

// jobFile is what is kept of a job while it runs, so that another process can go on with it: jobs/ID.json, mode 0600,
// for it holds the keys of passes that are not certified yet. It is removed when the job's certificate is in the log.
type jobFile struct {
	Facts   issue.Facts  `json:"facts"`
	Begin   []byte       `json:"begin"` // the signed begin; in the log as Facts.Begin.Index, if that is not 0
	Disk    devices.Disk `json:"disk"`
	Plan    wipe.Plan    `json:"plan"`
	Dir     string       `json:"directory"`         // where certificate and proof go
	Wipe    *wipe.State  `json:"wipe,omitempty"`    // how far the writing is
	Running bool         `json:"running"`           // false: it was told to stop, or lost its disk, and has noted that
	Sealed  []byte       `json:"sealed,omitempty"`  // a signed certificate on its way into the log
	Base    string       `json:"base,omitempty"`    // of its files
	Outcome wipe.Outcome `json:"outcome,omitempty"` // in it
	Halted  string       `json:"halted,omitempty"`  // why the job can be gone on with after that certificate; "" if it cannot

	dir    string // of this file
	unlock func() error
}

const jobsDir = "jobs"

// hold makes the job this process's own, until drop or the end of the process.
func (f *jobFile) hold(wait time.Duration) (err error) {
	f.unlock, err = durable.Open(f.dir).Lock(f.Facts.ID+".lock", wait)
	return err
}

func (f *jobFile) path() string { return filepath.Join(f.dir, f.Facts.ID+".json") }

func (f *jobFile) save() error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(f.path(), text, 0o600); err != nil {
		return fmt.Errorf("keeping the state of the job: %w", err)
	}
	return nil
}

// drop removes the file, and what a process that was killed while it wrote it has left: nothing is left to go on with.
func (f *jobFile) drop() error {
	os.Remove(filepath.Join(f.dir, "."+f.Facts.ID+".json.tmp"))
	err := durable.Remove(f.path())
	os.Remove(filepath.Join(f.dir, f.Facts.ID+".lock"))
	f.release()
	return err
}

// release lets others have the job.
func (f *jobFile) release() {
	if f.unlock != nil {
		f.unlock()
		f.unlock = nil
	}
}

// leftJobs returns the jobs that nobody runs any more, and holds them. A job file that cannot be read is an error that names
// it: somebody's disk is half erased.
func (a *app) leftJobs() ([]*jobFile, error) {
	dir := a.statePath(jobsDir)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	left := []*jobFile{}
	for _, e := range entries {
		id := jobOf(e.Name())
		if id == "" || slices.ContainsFunc(left, func(f *jobFile) bool { return f.Facts.ID == id }) {
			continue
		}
		f := &jobFile{dir: dir, Facts: issue.Facts{ID: id}}
		if err := f.hold(0); errors.Is(err, durable.ErrLocked) {
			continue // it is being done
		} else if err != nil {
			return left, err
		}
		if err := f.read(); errors.Is(err, fs.ErrNotExist) { // it ended meanwhile, or was killed before it began or after its end
			err = f.drop()
			if err != nil {
				return left, err
			}
			continue
		} else if err != nil {
			f.release()
			return left, err
		}
		left = append(left, f)
	}
	return left, nil
}

// jobOf is the job that a file belongs to: its state, its lock, or a state that was not written to its end; "" if to none.
func jobOf(name string) string {
	for _, suffix := range []string{".json", ".lock", ".json.tmp"} {
		if id, ok := strings.CutSuffix(strings.TrimPrefix(name, "."), suffix); ok {
			return id
		}
	}
	return ""
}

// read reads what an earlier process has kept.
func (f *jobFile) read() error {
	id := f.Facts.ID
	text, err := os.ReadFile(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil {
		f.Facts.ID = ""
		err = json.Unmarshal(text, f)
	}
	if err == nil && (f.Facts.ID != id || len(f.Begin) == 0) { // never taken for a job that did not begin
		err = errors.New("it is not of this job")
	}
	if err != nil {
		f.Facts.ID = id
		return f.spoilt("cannot be read", err)
	}
	return nil
}

func (f *jobFile) spoilt(how string, err error) error {
	return fault.WithHint(fmt.Errorf("%s, the state of an unfinished job, %s: %w", f.path(), how, err),
		"move the file away to go on without it; rasure audit then names the disk that must be erased anew")
}

// of says whether the job was on this very disk: by identity, size and block, never by serial number alone. What has no
// serial number (an image) is known by its path.
func (f *jobFile) of(d devices.Disk) bool {
	was := f.Disk
	return was.Identity == d.Identity && was.Size == d.Size && was.LogicalBlock == d.LogicalBlock && (d.Serial != "" || was.Path == d.Path)
}

// report is what the file knows of the wipe, for a certificate of a job that nobody goes on with.
func (f *jobFile) report(detail string) wipe.Report {
	r := wipe.Report{Plan: f.Plan, Disk: f.Disk, Passes: []wipe.PassReport{}, Started: now()}
	if f.Wipe != nil {
		r = f.Wipe.Report
	}
	r.Outcome, r.Ended = wipe.Interrupted, now()
	r.Exceptions = append(r.Exceptions, wipe.Exception{Code: wipe.CodeInterrupted, Detail: detail})
	return r
}
