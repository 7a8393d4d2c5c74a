package main

import (
	"fmt"
	"os"

	"rasure/cmd/internal/fault"
	"rasure/devices"
)

// openLeft opens the station, with the jobs that earlier processes have left, in order and held. They are looked for before the log
// is opened, which then holds all that their processes have put there.
func (a *app) openLeft() (*station, []*jobFile, error) {
	left, err := a.leftJobs()
	if err != nil {
		releaseAll(left)
		return nil, nil, err
	}
	st, err := a.openStation()
	if err != nil {
		releaseAll(left)
		return nil, nil, err
	}
	if left, err = a.tidy(st, left); err != nil {
		st.Close()
		return nil, nil, err
	}
	return st, left, nil
}

// tidy brings every job that somebody left into an order from which it can be gone on with: a certificate that was signed
// is logged, a job that never began is forgotten. It returns those that are unfinished, and holds them.
func (a *app) tidy(st *station, left []*jobFile) ([]*jobFile, error) {
	var err error
	open := []*jobFile{}
	for _, f := range left {
		if err != nil {
			f.release()
			continue
		}
		var keep bool
		if keep, err = a.tidyJob(st, f); keep && err == nil {
			open = append(open, f)
		} else {
			f.release()
		}
	}
	if err != nil {
		releaseAll(open)
		return nil, err
	}
	return open, nil
}

func (a *app) tidyJob(st *station, f *jobFile) (unfinished bool, err error) {
	if err := f.genuine(st); err != nil {
		return false, f.spoilt("does not fit what was signed", err)
	}
	began, err := f.began(st)
	if err != nil {
		return false, err
	}
	if !began {
		return false, f.drop()
	}
	if f.Phase != sealed {
		return true, nil
	}
	over := f.Reason == ""
	index, path, err := a.settleLeft(st, f)
	if err != nil {
		return false, fmt.Errorf("job %s, of serial %s, had been left unfinished: %w", f.Facts.ID, dash(f.Disk.Serial), err)
	}
	a.note("the certificate of job %s had been left unfinished: it is entry %d of the log, and in %s\n", f.Facts.ID, index, path)
	return !over, nil
}

// settleLeft settles the job of an earlier process. Where its directory takes no files any more (the stick was pulled out), they
// go to the station's own: a job that cannot be settled would stand in the way of every later one.
func (a *app) settleLeft(st *station, f *jobFile) (index int64, path string, err error) {
	index, path, _, err = f.settle(st)
	own := a.statePath(certificateDir)
	if err == nil || index < 0 || f.Dir == own { // below 0 it is the log that takes nothing
		return index, path, err
	}
	a.note("%v: the files of job %s go to %s instead\n", err, f.Facts.ID, own)
	f.Dir = own
	if err := os.MkdirAll(own, 0o755); err != nil {
		return index, "", err
	}
	index, path, _, err = f.settle(st)
	return index, path, err
}

func releaseAll(files []*jobFile) {
	for _, f := range files {
		f.release()
	}
}

// take parts the jobs of this disk, the newest last, from the others. There can be several: one was left out of account
// because another process was just looking at it.
func take(left []*jobFile, d devices.Disk) (mine, others []*jobFile) {
	for _, f := range left {
		if f.of(d) {
			mine = append(mine, f)
		} else {
			others = append(others, f)
		}
	}
	return mine, others
}

// nothingToResume explains why no job of d is left, with what comes nearest.
func nothingToResume(left []*jobFile, d devices.Disk) error {
	err := fault.Refusef("no interrupted job of %s (serial %s) is left", d.Name, dash(d.Serial))
	for _, f := range left {
		if d.Serial != "" && f.Disk.Serial == d.Serial {
			return fault.WithHint(err, "one was on a disk with the same serial number that is another: %s %s, %s", f.Disk.Vendor, f.Disk.Model, sizeText(f.Disk.Size))
		}
	}
	return fault.WithHint(err, "erase it from the beginning, without --resume")
}

// close certifies that a job which nobody goes on with ended early, because its disk is about to be erased anew.
func (a *app) close(st *station, f *jobFile) error {
	if f.Phase == halted { // its end has a certificate already
		return f.drop()
	}
	index, path, err := a.end(st, f, "the job ended without a certificate, and its disk is erased anew")
	if err == nil {
		a.note("the interrupted job %s is not resumed: entry %d of the log says so, and %s\n", f.Facts.ID, index, path)
	}
	return err
}

// end certifies, from what was kept of a job, that it ended early.
func (a *app) end(st *station, f *jobFile, detail string) (index int64, path string, err error) {
	if _, err := os.Stat(f.Dir); err != nil {
		f.Dir = a.statePath(certificateDir) // where the list of extents goes already now
	}
	if err := f.seal(st, f.report(detail)); err != nil {
		return -1, "", err
	}
	f.Reason = ""
	return a.settleLeft(st, f)
}
