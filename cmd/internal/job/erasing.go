package job

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// Erasing is a drive that a job commanded to erase itself, and whose result no job has seen.
type Erasing struct {
	Model  string           `json:"model"`  // printable
	Serial string           `json:"serial"` // printable
	Method devices.MethodID `json:"method"`
	Since  time.Time        `json:"since"`
	Secret devices.Secret   `json:"-"` // that the drive is locked with if it lost power meanwhile; "" where it is not
}

// erasing reports whether the job's drive was commanded to erase itself and the result is not judged yet.
func (r *record) erasing() bool {
	return r.Wipe != nil && r.Wipe.Report.Firmware != nil && r.Wipe.Report.Firmware.Stage == wipe.StageBegun
}

func (r *record) describeErasing() Erasing {
	fw := r.Wipe.Report.Firmware
	return Erasing{devices.Printable(r.Disk.Model), dash(r.Disk.Serial), fw.Method.ID, fw.Began, r.Wipe.Secret}
}

// Of reports whether it is the drive of that disk, as far as model and serial number tell.
func (e Erasing) Of(d devices.Disk) bool {
	return e.Model == devices.Printable(d.Model) && e.Serial == dash(d.Serial)
}

// ListErasing lists the drives that were commanded to erase themselves, by the job files of a state directory, for callers that only look: it
// takes no lock, so that it blocks nobody, and skips what cannot be read.
func ListErasing(stateDir string) (all []Erasing) {
	files, _ := filepath.Glob(filepath.Join(stateDir, jobsDir, "*.json"))
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if r, err := decode(text, strings.TrimSuffix(filepath.Base(name), ".json")); err == nil && r.erasing() {
			all = append(all, r.describeErasing())
		}
	}
	return all
}

// checkNotErasing refuses to begin on a drive that may still be erasing itself, or be locked in the middle of it: what would be
// written now would be lost, or refused.
func checkNotErasing(files []*file, d devices.Disk) error {
	for _, f := range files {
		if f.erasing() {
			name := d.Path
			if n := f.Disk.Namespaces; len(n) > 0 { // the job is of all of them, and goes by the first
				name = n[0].Name
			}
			return fault.WithHint(fault.Refusef("%s: firmware erase %s, started by job %s, is not confirmed complete",
				devices.Printable(d.Name), f.Wipe.Report.Firmware.Method.ID, f.Facts.ID), "rasure wipe --resume %s waits for it, unlocks the drive if necessary, and judges the result", devices.Printable(name))
		}
	}
	return nil
}

// renewOthers asks the drive of a resumed job which disks it erases: since the job began they may have got other names.
func (j *job) renewOthers(ctx context.Context) error {
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
		err = message.New("the drive does not offer it any more")
	}
	return message.Errorf("asking %s which disks %s erases with it: %w", j.Disk.Name, j.Plan.Method.ID, err)
}

// claimOthers claims what a drive's own erase destroys besides the disk that was named: further namespaces, units, partitions. A
// hazard of any of them refuses the job. Namespaces are joined to the disk where a certificate can state that.
func (b *Batch) claimOthers(ctx context.Context, j *job) error {
	if j.Plan.Method == nil || len(j.Plan.Method.AlsoErases) == 0 {
		return nil
	}
	if err := j.renewOthers(ctx); err != nil {
		return err
	}
	for _, name := range j.Plan.Method.AlsoErases {
		for _, other := range b.jobs {
			if other.Disk.Name == name {
				return fault.Usagef("%s and %s are one drive, and %s erases all of it: name one of them", j.Disk.Name, name, j.Plan.Method.ID)
			}
		}
		d, err := b.m.host.Find(name)
		if err != nil {
			return err
		}
		t, err := b.m.host.Claim(ctx, d, devices.ClaimOptions{})
		if err != nil {
			return fault.WithHint(err, "%s also erases %s, which must not be in use", j.Plan.Method.ID, name)
		}
		j.others = append(j.others, t)
	}
	return j.join()
}

// join makes one disk of all namespaces that the drive erases at once, so that each of them is marked, overwritten and read back. A job of version 1
// cannot state them, and one that is resumed stays as it began: with the same namespaces, or without.
func (j *job) join() error {
	if is2, err := j.m.st.Version2(); err != nil || !j.Plan.Joined && (j.resume || !is2) {
		return err
	}
	if err := j.target.Join(j.others); err != nil {
		if j.Plan.Joined {
			return fault.Refusef("the interrupted job is of other namespaces: %w", err)
		}
		j.notes = append(j.notes, message.Of("only %s is read back, and not what is erased with it: %v", devices.Printable(j.Disk.Name), err))
		return nil
	}
	was, is := j.namespaces, j.target.Disk()
	if j.resume && !slices.EqualFunc(was, is.Namespaces, sameNamespace) {
		return fault.WithHint(fault.Refusef("the drive that has %s has other namespaces than when the interrupted job began", devices.Printable(j.Disk.Name)), "erase it from the beginning, without --resume")
	}
	doubt := j.Disk.Doubt
	j.Disk = is
	j.Disk.Doubt = doubt
	j.Plan.Join(is)
	return nil
}

// sameNamespace reports whether two namespaces of a drive are one, whatever the kernel calls it.
func sameNamespace(a, b devices.Namespace) bool {
	a.Name, b.Name = "", ""
	return a == b
}
