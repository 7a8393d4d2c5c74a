// Package prepare gives an erased disk an empty file system, for re-use, and states it in the log.
package prepare

import (
	"context"
	"errors"
	"strings"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/issue"
	"rasure/cmd/internal/check"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/format"
	"rasure/logs"
	"rasure/logs/durable"
	"rasure/wipe"
)

// Options are what a preparation needs beside the disk.
type Options struct {
	Certificate string // path
	FileSystem  format.FileSystem
	Label       string // of the file system, as [format.FileSystem.CheckLabel] takes it
	Operator    string // named by the caller; "" is the account behind sudo or the login
	AllowImage  bool   // accept image files and loop devices as disks

	// Reading is called before a sample of the disk is read; it returns what takes the events, and what is called at the end.
	Reading func(devices.Disk) (onEvent func(wipe.Event), end func())
}

// Result is a preparation that was written.
type Result struct {
	Path   string // of the signed statement
	Reread error  // why the kernel does not see the new partition yet; nil if it does
}

// Run prepares the disk that arg names on h. Nothing is written unless the certificate is the log's latest about the disk and a sample of
// the disk still holds the certificate's pattern, and unless the register allows it.
func Run(ctx context.Context, st *station.Station, h *devices.Host, arg string, cert *certify.Certificate, signed []byte, o Options) (Result, error) {
	if !cert.Verified() {
		return Result{}, fault.Refusef("the erasure was not verified: by %s its outcome is %q", o.Certificate, cert.Outcome)
	}
	before, err := latestOf(st, cert, signed)
	if err != nil {
		return Result{}, err
	}
	d, err := h.Find(arg)
	if err != nil {
		return Result{}, err
	}
	if err := audit.CheckDisk(cert.Disk, issue.DiskOf(d, issue.Facts{})); err != nil {
		return Result{}, fault.Refuse(err)
	}
	if d.Queue.Zoned == devices.HostManaged {
		return Result{}, fault.Refusef("%s has host-managed zones: no partition table or file system of rasure can be written to it", devices.Printable(d.Name))
	}
	changed, err := format.Extents(o.FileSystem, d.Size, d.LogicalBlock)
	if err != nil {
		return Result{}, fault.Refusef("%s: %w", d.Name, err)
	}
	office, err := st.State()
	if err != nil {
		return Result{}, err
	}
	if err := office.Register.AllowPreparation(issue.DiskOf(d, issue.Facts{}), before.refer); err != nil {
		return Result{}, fault.WithHint(fault.Refusef("%s: %w", d.Name, err), "nothing was written; rasure medium show NUMBER prints what the log has of the medium")
	}
	t, err := h.Claim(ctx, d, devices.ClaimOptions{AllowImage: o.AllowImage})
	if err != nil {
		return Result{}, err
	}
	defer t.Close()
	content, err := audit.ContentOf(cert)
	if err != nil {
		return Result{}, message.Errorf("%s: %w", o.Certificate, err)
	}
	onEvent, end := o.Reading(d)
	err = checkErased(ctx, t, content, before.changed, onEvent)
	end()
	if err != nil {
		return Result{}, err
	}
	signed, err = stated{st, t, changed, cert, before, o}.sign()
	if err != nil {
		return Result{}, err
	}
	return layOut(ctx, st, t, signed, o)
}

// certified is the place of a certificate in the log, and what was written to its disk since.
type certified struct {
	refer   certify.EntryRef
	entry   certify.Entry    // at that place
	changed []certify.Extent // by earlier preparations
}

// latestOf finds a certificate in the log and refuses it if a later job has written to its disk.
func latestOf(s *station.Station, cert *certify.Certificate, signed []byte) (certified, error) {
	found := certified{refer: certify.EntryRef{Index: -1}}
	for e, err := range s.Log().Entries(cert.Begin.Index) {
		if err != nil {
			return found, err
		}
		i, entry := e.Index, e.Data
		if i == cert.Begin.Index {
			continue
		}
		if found.refer.Index < 0 && certify.SameStatement(entry, signed) {
			if found.refer, err = s.Refer(i); err == nil {
				found.entry, err = certify.CheckEntry(entry, s.PublicKey())
			}
			if err != nil {
				return found, err
			}
			continue
		}
		e, err := certify.CheckEntry(entry, s.PublicKey())
		switch {
		case err != nil:
			return found, message.Errorf("entry %d of the log: %w", i, err)
		case e.Begin != nil && found.refer.Index >= 0 && e.Begin.Disk.SameDisk(cert.Disk) && !cert.Disk.ByPort(): // of those, the bytes say which disk it is
			return found, fault.Refusef("another job on this disk began later, entry %d of the log: use the certificate of that job", i)
		case e.Preparation != nil && found.refer.Index >= 0 && e.Preparation.Certificate == e.ReferTo(found.entry, found.refer.Index):
			found.changed = e.Preparation.Changed
		}
	}
	if found.refer.Index < 0 {
		return found, fault.Refuse(message.New("the certificate is not in this station's log"))
	}
	return found, nil
}

// checkErased reads a sample: a disk that holds other bytes has been used, and the data on it belongs to somebody.
func checkErased(ctx context.Context, t *devices.Target, content audit.Content, changed []certify.Extent, onEvent func(wipe.Event)) error {
	d := t.Disk()
	r, err := wipe.Check(ctx, t, content.Pattern, d.Size, wipe.Sample, wipe.CheckOptions{OnEvent: onEvent, Disk: d, Skip: check.Merged(changed)})
	switch {
	case errors.Is(err, context.Canceled):
		return message.Errorf("%w: nothing was written", fault.ErrInterrupted)
	case err != nil:
		return err
	case !r.Clean():
		return fault.WithHint(fault.Refusef("%s no longer holds the certificate's pattern: it has been used since", d.Name), "erase it again")
	}
	return nil
}

// layOut logs the statement and then writes, so that a preparation that is interrupted leaves no difference unexplained.
func layOut(ctx context.Context, st *station.Station, t *devices.Target, signed []byte, o Options) (Result, error) {
	e, err := certify.CheckEntry(signed, st.PublicKey())
	if err != nil {
		return Result{}, err
	}
	index, err := st.AppendChecked(ctx, signed, nil) // by the rules as they are now
	if err != nil && !errors.Is(err, logs.ErrUnfinished) {
		return Result{}, message.Errorf("nothing was written: logging the preparation: %w", err)
	}
	path := Path(o.Certificate)
	if err := errors.Join(err, durable.WriteFile(path, signed, 0o644)); err != nil {
		return Result{}, message.Errorf("nothing was written: saving the preparation, entry %d of the log: %w", index, err)
	}
	if err := t.Check(); err != nil {
		return Result{}, err
	}
	d := t.Disk()
	if _, err := format.Write(t, d.Size, d.LogicalBlock, check.LayoutOptions(e.Preparation, signed)); err != nil {
		return Result{}, message.Errorf("preparing %s: %w", d.Name, err)
	}
	if err := t.Check(); err != nil {
		return Result{}, err
	}
	done := Result{Path: path}
	if err := t.RereadPartitions(); err != nil && d.Medium != devices.Image {
		done.Reread = err
	}
	return done, nil
}

// Path is the file of a preparation, next to the certificate.
func Path(cert string) string { return strings.TrimSuffix(cert, ".cert") + ".preparation" }
