package job

import (
	"context"
	"errors"
	"os"
	"slices"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/logs/durable"
	"rasure/wipe"
)

// Abandoned is what [Manager.Abandon] did.
type Abandoned struct {
	Recovered
	Outcome wipe.Outcome   // on the certificate
	Secret  devices.Secret // that the drive may be locked with, if it ever comes back; "" if it is not
	Before  bool           // the job had its certificate already, entry Index, and only what was saved to resume it was removed
}

// Abandon certifies that a job ended early whose disk is gone for good: interrupted, or, where nothing was saved of the job, unknown. It is
// refused while the disk is attached. detail says who says so, and why.
func (m *Manager) Abandon(ctx context.Context, id string, detail message.Text) (Abandoned, []Recovered, error) {
	files, recovered, err := m.unfinished(ctx)
	if err != nil {
		return Abandoned{}, recovered, err
	}
	defer unlockAll(files)
	i := slices.IndexFunc(files, func(f *file) bool { return f.Facts.ID == id })
	if i < 0 {
		a, err := m.abandonUnknown(id, detail)
		return a, recovered, err
	}
	f := files[i]
	a := Abandoned{Recovered: Recovered{ID: id, Index: -1}}
	if err := m.checkNotAttached(issue.DiskOf(f.Disk, f.Facts), f.Disk.Path); err != nil {
		return a, recovered, err
	}
	if f.Wipe != nil {
		a.Secret = f.Wipe.Secret
	}
	if f.Phase == halted {
		a.Before, a.Index = true, f.Facts.Resumes.Index
		return a, recovered, f.remove()
	}
	p, err := m.certifyAborted(f, detail)
	a.Index, a.Path, a.Outcome = p.index, p.certificate, f.Outcome
	return a, recovered, err
}

// abandonUnknown certifies a job of which nothing is left but its begin in the log. It locks the job before it reads the log: a
// running job may have its certificate there in a moment.
func (m *Manager) abandonUnknown(id string, detail message.Text) (a Abandoned, err error) {
	a.ID, a.Index = id, -1
	if id != devices.FileName(id) {
		return a, fault.Usagef("%s is not the id of a job", devices.Printable(id))
	}
	f := &file{dir: m.dir()}
	f.Facts.ID, f.Outcome, f.Dir = id, wipe.Unknown, m.st.Path(station.CertificateDir)
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return a, err
	}
	if err := os.MkdirAll(f.Dir, 0o755); err != nil {
		return a, err
	}
	if err := f.lock(0); errors.Is(err, durable.ErrLocked) {
		return a, fault.Refusef("job %s is running", id)
	} else if err != nil {
		return a, err
	}
	defer f.unlock()
	if _, err := os.Lstat(f.path()); err == nil {
		return a, fault.Refusef("job %s has just stopped: run the command again", id)
	}
	began, err := m.findOpen(f, id)
	if err != nil {
		os.Remove(f.path()[:len(f.path())-len(".json")] + ".lock")
		return a, err
	}
	if err := m.checkNotAttached(began.Disk, ""); err != nil {
		return a, err
	}
	f.Base = f.baseName(station.Now())
	if f.Sealed, err = m.signUnknown(f, began, detail.String()); err != nil {
		return a, err
	}
	f.Phase = sealed
	if err := f.save(); err != nil {
		return a, err
	}
	p, err := f.publish(m.st)
	a.Index, a.Path, a.Outcome = p.index, p.certificate, f.Outcome
	return a, err
}

// signUnknown signs the certificate of a job of which only the begin is known, in the version of the log.
func (m *Manager) signUnknown(f *file, began *certify.Begin, detail string) ([]byte, error) {
	is2, err := m.st.Version2()
	if err != nil {
		return nil, err
	}
	if is2 {
		j, err := f.stated(m.st, wipe.Report{})
		if err != nil {
			return nil, err
		}
		return m.st.Sign2(issue.UnknownOutcome2(j, began.Started, detail))
	}
	tool, err := m.st.Tool()
	if err != nil {
		return nil, err
	}
	return m.st.Sign(certify.KindCertificate, issue.UnknownOutcome(*began, f.Facts.Begin, station.Now(), tool, detail))
}

// findOpen finds the begin of a job that has no certificate in the log.
func (m *Manager) findOpen(f *file, id string) (*certify.Begin, error) {
	state, err := m.st.State()
	if err != nil {
		return nil, err
	}
	open := state.Chain.Open()
	i := slices.IndexFunc(open, func(o certify.OpenJob) bool { return o.ID == id })
	if i < 0 {
		return nil, fault.WithHint(fault.Refusef("the log has no open job %s", id), "rasure audit lists the open jobs")
	}
	log, err := m.st.Snapshot()
	if err != nil {
		return nil, err
	}
	if f.Begin, err = log.Entry(open[i].Index); err != nil {
		return nil, err
	}
	c, err := certify.CheckEntry(f.Begin, m.st.PublicKey())
	if err != nil {
		return nil, err
	}
	f.Facts.Begin = c.Refer(open[i].Index)
	f.Disk = devices.Disk{Name: c.Begin.Disk.Node.Name, Identity: devices.Identity{Serial: c.Begin.Disk.Serial}}
	return c.Begin, nil
}

// checkNotAttached refuses if the disk of a job is attached after all. What has no serial number is known by its name; an image file is no
// disk of the machine, and is looked for by its path, where that is known.
func (m *Manager) checkNotAttached(was certify.Disk, path string) error {
	all, err := m.host.Disks()
	if err != nil {
		return err
	}
	if path != "" {
		if d, err := m.host.Find(path); err == nil {
			all = append(all, d)
		}
	}
	for _, d := range all {
		if issue.DiskOf(d, issue.Facts{}).SameDisk(was) && (was.Serial != "" || d.Name == was.Node.Name) {
			return fault.WithHint(fault.Refusef("the disk of this job is attached, as %s", devices.Printable(d.Name)),
				"rasure wipe --resume %s resumes it; without --resume it erases the disk from the beginning and ends the old job", devices.Printable(d.Path))
		}
	}
	return nil
}
