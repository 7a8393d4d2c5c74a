package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"rasure/devices"
	"rasure/wipe"
)

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
	began, err := f.began(st)
	if err != nil {
		return false, err
	}
	if !began {
		return false, f.drop()
	}
	if f.Sealed == nil {
		return true, nil
	}
	over := f.Halted == ""
	index, path, _, err := f.settle(st)
	if err != nil {
		return false, fmt.Errorf("job %s, of serial %s, had been left unfinished: %w", f.Facts.ID, dash(f.Disk.Serial), err)
	}
	a.note("the certificate of job %s had been left unfinished: it is entry %d of the log, and in %s\n", f.Facts.ID, index, path)
	return !over, nil
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
	err := refusal{fmt.Errorf("no interrupted job of %s (serial %s) is left", d.Name, dash(d.Serial))}
	for _, f := range left {
		if d.Serial != "" && f.Disk.Serial == d.Serial {
			return withHint(err, "one was on a disk with the same serial number that is another: %s %s, %s", f.Disk.Vendor, f.Disk.Model, sizeText(f.Disk.Size))
		}
	}
	return withHint(err, "erase it from the beginning, without --resume")
}

// close certifies that a job which nobody goes on with ended early, because its disk is about to be erased anew.
func (a *app) close(st *station, f *jobFile) error {
	if !f.Running { // its end has a certificate already
		return f.drop()
	}
	if err := f.seal(st, f.report("the job ended without a certificate, and its disk is erased anew")); err != nil {
		return err
	}
	f.Halted = ""
	index, path, _, err := f.settle(st)
	if err == nil {
		a.note("the interrupted job %s is not resumed: entry %d of the log says so, and %s\n", f.Facts.ID, index, path)
	}
	return err
}

// erases reports whether the job's drive was told to erase itself and nobody has judged what became of it.
func (f *jobFile) erases() bool {
	return f.Wipe != nil && f.Wipe.Report.Firmware != nil && f.Wipe.Report.Firmware.Stage == wipe.StageBegun
}

// leftErasing refuses to begin anew on a drive that may still be erasing itself, or be locked in the middle of it: what would be
// written now would be lost, or refused.
func leftErasing(mine []*jobFile, d devices.Disk) error {
	for _, f := range mine {
		if f.erases() {
			return withHint(refusal{fmt.Errorf("%s was told to erase itself (%s) by job %s, and nobody has seen the end of it",
				devices.Printable(d.Name), f.Wipe.Report.Firmware.Method.ID, f.Facts.ID)}, "rasure wipe --resume %s waits for it, unlocks it if it must be, and judges it", d.Path)
		}
	}
	return nil
}

// noteErasing tells of drives that were left erasing, or locked in the middle of it, and are not the business of this command.
func (a *app) noteErasing(left []*jobFile) {
	for _, f := range left {
		if f.erases() {
			a.note("the drive %s, serial %s, was left erasing itself (%s) since %s: rasure wipe --resume goes on with it\n", f.Disk.Model, dash(f.Disk.Serial),
				f.Wipe.Report.Firmware.Method.ID, f.Wipe.Report.Firmware.Began.Format("2006-01-02 15:04 UTC"))
		}
	}
}

// renameOthers asks the drive of a resumed job which disks it erases: since the job began they may have got other names.
func (j *job) renameOthers(ctx context.Context) error {
	if !j.resume {
		return nil
	}
	all, err := j.target.Methods(ctx)
	for _, m := range all {
		if m.ID == j.Plan.Method.ID {
			j.Plan.Method.Others = m.Others
			return nil
		}
	}
	if err == nil {
		err = errors.New("the drive does not offer it any more")
	}
	return fmt.Errorf("asking %s which disks %s erases with it: %w", j.Disk.Name, j.Plan.Method.ID, err)
}

// claimOthers claims what a drive's own erase destroys beside the disk that was named: further namespaces, units, partitions. A
// hazard of any of them stands against it.
func (a *app) claimOthers(ctx context.Context, jobs []*job) error {
	h := a.liveHost()
	for _, j := range jobs {
		if j.Plan.Method == nil || len(j.Plan.Method.Others) == 0 {
			continue
		}
		if err := j.renameOthers(ctx); err != nil {
			return err
		}
		for _, name := range j.Plan.Method.Others {
			for _, other := range jobs {
				if other.Disk.Name == name {
					return usageError{fmt.Errorf("%s and %s are one drive, which %s erases as a whole: name one of them", j.Disk.Name, name, j.Plan.Method.ID)}
				}
			}
			d, err := h.Find(name)
			if err != nil {
				return explain(err)
			}
			t, err := h.Claim(ctx, d, devices.ClaimOptions{})
			if err != nil {
				return withHint(err, "%s erases all of the drive, %s too, so nobody may be using that", j.Plan.Method.ID, name)
			}
			j.others = append(j.others, t)
		}
	}
	return nil
}

// noteJobs tells of drives that were told to erase themselves, for those who only look: without a lock, so that it stands in nobody's
// way, and as far as the state can be read.
func (a *app) noteJobs() {
	files, _ := filepath.Glob(a.statePath(jobsDir) + "/*.json")
	for _, name := range files {
		var f jobFile
		if text, err := os.ReadFile(name); err != nil || json.Unmarshal(text, &f) != nil || !f.erases() {
			continue
		}
		fw := f.Wipe.Report.Firmware
		a.note("the drive %s, serial %s, was told to erase itself (%s) on %s: that job is running, or rasure wipe --resume goes on with it%s\n", devices.Printable(f.Disk.Model),
			dash(devices.Printable(f.Disk.Serial)), fw.Method.ID, fw.Began.Format("2006-01-02 15:04 UTC"), lockedBy(f.Wipe.Secret))
	}
}

func lockedBy(s devices.Secret) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("; if it lost power it is locked by the password %q", string(s))
}
