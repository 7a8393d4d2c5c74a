package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/issue"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/progress"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/format"
	"rasure/logs"
	"rasure/logs/durable"
	"rasure/wipe"
)

type prepareOptions struct {
	cert, label, operator string
	allowImage            bool
}

func newPrepareCmd(a *app) *cobra.Command {
	var o prepareOptions
	c := &cobra.Command{
		Use:   "prepare DISK --cert FILE",
		Short: "Give an erased disk an empty file system, for re-use",
		Long: `Write a partition table (GPT) and one empty FAT32 file system to an erased disk. The disk must have been erased and
verified: its certificate must be the log's latest about the disk, and a sample of the disk must still hold the
certificate's pattern. A registered medium must have been erased under its number, for re-use, and all its witnesses
must have signed. What is written is stated in the log and next to the certificate, so that rasure check can compare it.

Example: rasure prepare sdb --cert USBSTICK01-20260102T030405Z.cert --label STICK7`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runPrepare(cmd.Context(), args[0], o) },
	}
	o.AddFlags(c)
	return c
}

func (o *prepareOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.cert, "cert", "", "the certificate of the erasure")
	c.Flags().StringVar(&o.label, "label", "", "label of the file system: at most 11 characters")
	c.Flags().StringVar(&o.operator, "operator", "", "who does this (default: the account behind sudo or the login)")
	c.Flags().BoolVar(&o.allowImage, "allow-image", false, "accept image files and loop devices as disks")
}

// preparedLayout is the one layout that a preparation can have.
const preparedLayout = "gpt-fat32"

func (a *app) runPrepare(ctx context.Context, arg string, o prepareOptions) error {
	if o.cert == "" {
		return fault.Usage(message.New("--cert is missing"))
	}
	o.label = strings.ToUpper(o.label)
	if err := format.CheckLabel(o.label); err != nil {
		return fault.Usagef("--label: %w", err)
	}
	st, err := a.openStation()
	if err != nil {
		return err
	}
	defer st.Close()
	cert, signed, err := a.openCertificate(o.cert, "")
	if err != nil {
		return err
	}
	if !cert.Verified() {
		return fault.Refusef("the erasure was not verified: by %s its outcome is %q", o.cert, cert.Outcome)
	}
	before, err := latestOf(st, cert, signed)
	if err != nil {
		return err
	}
	h := a.liveHost()
	d, err := h.Find(arg)
	if err != nil {
		return explain(err)
	}
	if err := audit.CheckDisk(cert.Disk, issue.DiskOf(d, issue.Facts{})); err != nil {
		return fault.Refuse(err)
	}
	changed, err := format.Extents(d.Size, d.LogicalBlock)
	if err != nil {
		return fault.Refusef("%s: %w", d.Name, err)
	}
	office, err := st.State()
	if err != nil {
		return err
	}
	if err := office.Register.AllowPreparation(issue.DiskOf(d, issue.Facts{}), before.refer); err != nil {
		return fault.WithHint(fault.Refusef("%s: %w", d.Name, err), "nothing was written; rasure medium show NUMBER prints what the log has of the medium")
	}
	t, err := h.Claim(ctx, d, devices.ClaimOptions{AllowImage: o.allowImage})
	if err != nil {
		return explain(err)
	}
	defer t.Close()
	content, err := audit.ContentOf(cert)
	if err != nil {
		return message.Errorf("%s: %w", o.cert, err)
	}
	if err := a.checkErased(ctx, t, content, before.changed); err != nil {
		return err
	}
	p := a.preparation(st, t, changed, before.refer, o)
	if p.Tool, err = st.Tool(); err != nil {
		return err
	}
	return a.layOut(ctx, st, t, &p, o)
}

// certified is the place of a certificate in the log, and what was written to its disk since.
type certified struct {
	refer   certify.EntryRef
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
			found.refer = certify.EntryRef{Index: i, SHA256: draft.HexSum(entry)}
			continue
		}
		e, err := certify.CheckEntry(entry, s.PublicKey())
		switch {
		case err != nil:
			return found, message.Errorf("entry %d of the log: %w", i, err)
		case e.Begin != nil && found.refer.Index >= 0 && e.Begin.Disk.SameDisk(cert.Disk):
			return found, fault.Refusef("another job on this disk began later, entry %d of the log: use the certificate of that job", i)
		case e.Preparation != nil && e.Preparation.Certificate == found.refer:
			found.changed = e.Preparation.Changed
		}
	}
	if found.refer.Index < 0 {
		return found, fault.Refuse(message.New("the certificate is not in this station's log"))
	}
	return found, nil
}

// checkErased reads a sample: a disk that holds other bytes has been used, and the data on it belongs to somebody.
func (a *app) checkErased(ctx context.Context, t *devices.Target, content audit.Content, changed []certify.Extent) error {
	d := t.Disk()
	show := a.newProgress(a.liveHost(), string(progress.Auto), progress.Comparison)
	show.Add(d)
	show.Start()
	r, err := wipe.Check(ctx, t, content.Pattern, d.Size, wipe.Sample, wipe.CheckOptions{OnEvent: func(e wipe.Event) { show.Update(0, e) }, Disk: d, Skip: merged(changed)})
	show.Close()
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

// preparation states what is about to be done.
func (a *app) preparation(st *station.Station, t *devices.Target, changed []format.Extent, cert certify.EntryRef, o prepareOptions) certify.Preparation {
	p := certify.Preparation{Station: st.Describe(), Operator: devices.Printable(o.operator), Certificate: cert,
		Disk:   issue.DiskOf(t.Disk(), issue.Facts{Direct: t.Direct(), Confirmed: t.Confirmed()}),
		Layout: preparedLayout, Label: o.label, Changed: []certify.Extent{}, Started: now()}
	if p.Operator == "" {
		p.Operator = station.Operator()
	}
	for _, e := range changed {
		p.Changed = append(p.Changed, certify.Extent(e))
	}
	return p
}

// layOut signs and logs the statement and then writes, so that a preparation that is interrupted leaves no difference unexplained.
func (a *app) layOut(ctx context.Context, st *station.Station, t *devices.Target, p *certify.Preparation, o prepareOptions) error {
	signed, err := certify.Sign(certify.KindPreparation, p, st.Signer())
	if err != nil {
		return err
	}
	index, err := st.AppendChecked(ctx, signed, nil) // by the rules as they are now
	if err != nil && !errors.Is(err, logs.ErrUnfinished) {
		return message.Errorf("nothing was written: logging the preparation: %w", err)
	}
	path := preparationPath(o.cert)
	if err := errors.Join(err, durable.WriteFile(path, signed, 0o644)); err != nil {
		return message.Errorf("nothing was written: saving the preparation, entry %d of the log: %w", index, err)
	}
	if err := t.Check(); err != nil {
		return err
	}
	d := t.Disk()
	if _, err := format.FAT32(t, d.Size, d.LogicalBlock, layoutOptions(p, signed)); err != nil {
		return message.Errorf("preparing %s: %w", d.Name, err)
	}
	if err := t.Check(); err != nil {
		return err
	}
	if err := t.RereadPartitions(); err != nil && d.Medium != devices.Image {
		a.Note("the kernel does not see the new partition yet (%v): plug the disk in again\n", err)
	}
	a.Printf("%s prepared\n", path)
	return nil
}
