package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/cmd/internal/fault"
	"rasure/devices"
	"rasure/logs/durable"
	"rasure/wipe"
)

func newCloseCmd(a *app) *cobra.Command {
	var reason, operator string
	c := &cobra.Command{
		Use:   "close JOB --reason TEXT",
		Short: "Certify that a job ended early whose disk is gone for good",
		Long: `Certify that a job ended early whose disk is not here any more and will not come back: it went away in the
middle of it, or died. rasure audit names such jobs, by their begin without an end. The certificate says how far
the writing is known to have got, "interrupted" and who says why; where nothing was kept of the job, it says
"unknown". Neither ever says that anything was erased. The job cannot be gone on with after that, so it is
refused while the disk is attached.

Example: rasure cert close 01JZ3N5W8Q5T6V7X8Y9Z0A1B2C --reason "does not spin up any more, in the safe for destruction"` + "\n" + exitHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.closeJob(args[0], reason, operator) },
	}
	c.Flags().StringVar(&reason, "reason", "", "why nobody will go on with it (must be there)")
	c.Flags().StringVar(&operator, "operator", "", "who says so (default: the account behind sudo or the login)")
	return c
}

func (a *app) closeJob(id, reason, operator string) error {
	if reason = devices.Printable(reason); reason == "" {
		return fault.Usage(errors.New("--reason is missing"))
	}
	if operator = devices.Printable(operator); operator == "" {
		operator = thisOperator()
	}
	detail := fmt.Sprintf("%s says that the disk is not here any more: %s", operator, reason)
	st, left, err := a.openLeft()
	if err != nil {
		return err
	}
	defer func() { releaseAll(left) }()
	defer st.Close()
	i := slices.IndexFunc(left, func(f *jobFile) bool { return f.Facts.ID == id })
	if i < 0 {
		return a.closeUnseen(st, id, detail)
	}
	f := left[i]
	if err := a.notAttached(issue.DiskOf(f.Disk, f.Facts), f.Disk.Path); err != nil {
		return err
	}
	if f.Wipe != nil && f.Wipe.Secret != "" {
		a.note("if the drive ever comes back, it may be locked by the password %q\n", string(f.Wipe.Secret))
	}
	if f.Phase == halted {
		a.note("job %s has its certificate, entry %d of the log: only what was kept to go on with it is removed\n", id, f.Facts.Resumes.Index)
		return f.drop()
	}
	index, path, err := a.end(st, f, detail)
	if err != nil {
		return err
	}
	a.note("entry %d of the log\n", index)
	a.printf("%s %s\n", dash(path), f.Outcome)
	return nil
}

// closeUnseen certifies a job of which nothing is left but its begin in the log. It holds the job before it looks into the log: one
// that is running may have its certificate there in a moment.
func (a *app) closeUnseen(st *station, id, detail string) error {
	if id != devices.FileName(id) {
		return fault.Usagef("%s is not the id of a job", devices.Printable(id))
	}
	f := &jobFile{dir: a.statePath(jobsDir), Facts: issue.Facts{ID: id}, Outcome: wipe.Unknown, Phase: running, Dir: a.statePath(certificateDir)}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	if err := f.hold(0); errors.Is(err, durable.ErrLocked) {
		return fault.Refusef("job %s is running", id)
	} else if err != nil {
		return err
	}
	defer f.release()
	if _, err := os.Lstat(f.path()); err == nil {
		return fault.Refusef("job %s was left this very moment: look again", id)
	}
	all, err := a.foldStation(st)
	if err != nil {
		return err
	}
	open := all.Chain.Open()
	i := slices.IndexFunc(open, func(o certify.OpenJob) bool { return o.ID == id })
	if i < 0 {
		return fault.WithHint(fault.Refusef("there is no job %s that began and has no end", id), "rasure audit names those that have none")
	}
	if f.Begin, err = st.log.Entry(open[i].Index); err != nil {
		return err
	}
	c, err := certify.CheckEntry(f.Begin, st.public)
	if err != nil {
		return err
	}
	f.Facts.Begin = c.Refer(open[i].Index)
	f.Disk = devices.Disk{Name: c.Begin.Disk.Node.Name, Identity: devices.Identity{Serial: c.Begin.Disk.Serial}}
	if err := a.notAttached(c.Begin.Disk, ""); err != nil {
		return err
	}
	tool, err := thisTool()
	if err != nil {
		return err
	}
	cert := issue.UnknownOutcome(*c.Begin, f.Facts.Begin, now(), tool, detail)
	f.Base = fileBase(f.Disk, cert.Ended)
	f.Phase = sealed
	if f.Sealed, err = certify.Sign(certify.KindCertificate, cert, st.signer); err != nil {
		return err
	}
	if err := f.save(); err != nil {
		return err
	}
	index, path, _, err := f.settle(st)
	if err != nil {
		return err
	}
	a.note("entry %d of the log\n", index)
	a.printf("%s %s\n", path, f.Outcome)
	return nil
}

// notAttached refuses if the disk of a job is here after all. What has no serial number is known by its name; an image file is no
// disk of the machine, and is looked for by its path, where that is known.
func (a *app) notAttached(was certify.Disk, path string) error {
	h := a.liveHost()
	all, err := h.Disks()
	if err != nil {
		return err
	}
	if path != "" {
		if d, err := h.Find(path); err == nil {
			all = append(all, d)
		}
	}
	for _, d := range all {
		if issue.DiskOf(d, issue.Facts{}).SameDisk(was) && (was.Serial != "" || d.Name == was.Node.Name) {
			return fault.WithHint(fault.Refusef("the disk of this job is attached, as %s", devices.Printable(d.Name)),
				"rasure wipe --resume %s goes on with it; without --resume it begins anew and ends the old job", d.Path)
		}
	}
	return nil
}
