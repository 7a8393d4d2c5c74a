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
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/logs/durable"
	"rasure/wipe"
)

// fileVersion is that of the job files that this program writes. Version 1, of rasure 0.1.0, had no number; it is read, and becomes
// version 2 when it is next saved. A rename in Go must not change a name in this file: see TestJobFileNames.
const fileVersion = 2

// phase is how far a job has come.
type phase string

const (
	starting phase = "starting" // the begin is signed, and may be in the log
	running  phase = "running"  // the begin is in the log; no certificate says how this run of the job ended
	sealed   phase = "sealed"   // a certificate is signed, and may be in the log
	halted   phase = "halted"   // its certificate is in the log, and the job can be resumed
)

// jobFile is the saved state of a job, so that another process can resume it: jobs/ID.json, mode 0600, because it holds the keys of
// passes that are not certified yet. It is removed when the job's last certificate is in the log.
type jobFile struct {
	Version int          `json:"version"`
	Phase   phase        `json:"phase"`
	Facts   issue.Facts  `json:"facts"`
	Begin   []byte       `json:"begin_statement"` // signed; in the log as Facts.Begin.Index, unless that is 0. Not the "begin" of version 1: rasure 0.1.0 must refuse this file
	Disk    devices.Disk `json:"disk"`
	Plan    wipe.Plan    `json:"plan"`
	Dir     string       `json:"directory"`             // of certificate and proof
	Wipe    *wipe.State  `json:"wipe,omitempty"`        // how much is written
	Sealed  []byte       `json:"sealed,omitempty"`      // phase sealed: the signed certificate
	Base    string       `json:"base,omitempty"`        // of its files
	Outcome wipe.Outcome `json:"outcome,omitempty"`     // in it
	Reason  string       `json:"interrupted,omitempty"` // why the job can be resumed after that certificate: an Interruption.Reason; "" if it cannot

	dir    string // of this file
	unlock func() error
}

// version1 has the fields of a job file of rasure 0.1.0 that are called something else now.
type version1 struct {
	Begin   []byte `json:"begin"`
	Running bool   `json:"running"`
	Halted  string `json:"halted"`
}

func (f *jobFile) upgrade(old version1) {
	f.Version, f.Begin, f.Reason = fileVersion, old.Begin, old.Halted
	switch {
	case len(f.Sealed) > 0:
		f.Phase = sealed
	case f.Facts.Begin.Index == 0:
		f.Phase = starting
	case old.Running:
		f.Phase = running
	default:
		f.Phase = halted
	}
}

// consistent reports whether the fields that a phase needs are there.
func (f *jobFile) consistent() bool {
	switch f.Phase {
	case starting:
		return f.Facts.Begin.Index == 0 && len(f.Sealed) == 0
	case running:
		return f.Facts.Begin.Index != 0 && len(f.Sealed) == 0
	case sealed:
		return len(f.Sealed) > 0
	case halted:
		return len(f.Sealed) == 0 && f.Facts.Resumes != nil
	}
	return false
}

const jobsDir = "jobs"

// hold makes the job this process's own, until drop or the end of the process.
func (f *jobFile) hold(wait time.Duration) (err error) {
	f.unlock, err = durable.Open(f.dir).Lock(f.Facts.ID+".lock", wait)
	return err
}

func (f *jobFile) path() string { return filepath.Join(f.dir, f.Facts.ID+".json") }

func (f *jobFile) save() error {
	f.Version = fileVersion
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
		err = f.decode(text, id)
	}
	if err != nil {
		f.Facts.ID = id
		return f.spoilt("cannot be read", err)
	}
	return nil
}

func (f *jobFile) decode(text []byte, id string) error {
	var v struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	if v.Version > fileVersion {
		return message.Errorf("version %d of it was written by a newer rasure, and this one reads up to version %d", v.Version, fileVersion)
	}
	f.Facts.ID = ""
	if err := json.Unmarshal(text, f); err != nil {
		return err
	}
	if v.Version < fileVersion {
		var old version1
		if err := json.Unmarshal(text, &old); err != nil {
			return err
		}
		f.upgrade(old)
	}
	if f.Facts.ID != id || len(f.Begin) == 0 || !f.consistent() { // never taken for a job that did not begin
		return message.New("it does not describe this job")
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
