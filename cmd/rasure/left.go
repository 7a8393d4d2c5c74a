package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/wipe"
)

// erases reports whether the job's drive was told to erase itself and nobody has judged what became of it.
func (f *jobFile) erases() bool {
	return f.Wipe != nil && f.Wipe.Report.Firmware != nil && f.Wipe.Report.Firmware.Stage == wipe.StageBegun
}

// leftErasing refuses to begin anew on a drive that may still be erasing itself, or be locked in the middle of it: what would be
// written now would be lost, or refused.
func leftErasing(mine []*jobFile, d devices.Disk) error {
	for _, f := range mine {
		if f.erases() {
			return fault.WithHint(fault.Refusef("%s was told to erase itself (%s) by job %s, and nobody has seen the end of it",
				devices.Printable(d.Name), f.Wipe.Report.Firmware.Method.ID, f.Facts.ID), "rasure wipe --resume %s waits for it, unlocks it if it must be, and judges it", d.Path)
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
			j.Plan.Method.AlsoErases = m.AlsoErases
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
		if j.Plan.Method == nil || len(j.Plan.Method.AlsoErases) == 0 {
			continue
		}
		if err := j.renameOthers(ctx); err != nil {
			return err
		}
		for _, name := range j.Plan.Method.AlsoErases {
			for _, other := range jobs {
				if other.Disk.Name == name {
					return fault.Usagef("%s and %s are one drive, which %s erases as a whole: name one of them", j.Disk.Name, name, j.Plan.Method.ID)
				}
			}
			d, err := h.Find(name)
			if err != nil {
				return explain(err)
			}
			t, err := h.Claim(ctx, d, devices.ClaimOptions{})
			if err != nil {
				return fault.WithHint(err, "%s erases all of the drive, %s too, so nobody may be using that", j.Plan.Method.ID, name)
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
