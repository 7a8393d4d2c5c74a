package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/issue"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/progress"
	"rasure/devices"
	"rasure/devices/format"
	"rasure/logs"
	"rasure/logs/durable"
	"rasure/wipe"
	"rasure/wipe/pattern"
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
		Long: `Give an erased disk a partition table (GPT) and one empty FAT32 file system. Only a disk that was erased and
verified is taken: its certificate must be the last word of this station's log about it, and a sample of the disk
must still bear the certificate's bytes; a medium of the register must have been erased under its number, for
re-use, and all its witnesses have signed. What is written is stated in the log and beside the certificate, so that
rasure check knows which blocks no longer bear those bytes.

Example: rasure prepare sdb --cert USBSTICK01-20260102T030405Z.cert --label STICK7` + "\n" + exitHelp,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.prepare(cmd.Context(), args[0], o) },
	}
	c.Flags().StringVar(&o.cert, "cert", "", "the certificate of the erasure")
	c.Flags().StringVar(&o.label, "label", "", "name of the file system: at most 11 characters")
	c.Flags().StringVar(&o.operator, "operator", "", "who does this (default: the account behind sudo or the login)")
	c.Flags().BoolVar(&o.allowImage, "allow-image", false, "take image files and loop devices as disks")
	return c
}

func (a *app) prepare(ctx context.Context, arg string, o prepareOptions) error {
	if o.cert == "" {
		return fault.Usage(errors.New("--cert is missing"))
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
		return fault.Refusef("the erasure was not verified: %s says %q", o.cert, cert.Outcome)
	}
	before, err := st.lastWord(cert, signed)
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
	office, err := a.foldStation(st)
	if err != nil {
		return err
	}
	if err := office.Register.AllowPreparation(issue.DiskOf(d, issue.Facts{}), before.refer); err != nil {
		return fault.WithHint(fault.Refusef("%s: %w", d.Name, err), "rasure medium show NUMBER tells what the log says of it; nothing was written")
	}
	t, err := h.Claim(ctx, d, devices.ClaimOptions{AllowImage: o.allowImage})
	if err != nil {
		return explain(err)
	}
	defer t.Close()
	if err := a.stillErased(ctx, t, cert.Last(), before.changed); err != nil {
		return err
	}
	p, err := a.preparation(st, t, changed, before.refer, o)
	if err != nil {
		return err
	}
	return a.layOut(st, t, p, o)
}

// standing is where a certificate stands in the log, and what was written to its disk since.
type standing struct {
	refer   certify.EntryRef
	changed []wipe.Extent // by earlier preparations
}

// lastWord finds a certificate in the log, and makes sure that no later job has touched its disk.
func (s *station) lastWord(cert *certify.Certificate, signed []byte) (standing, error) {
	sum := sha256.Sum256(signed)
	found := standing{refer: certify.EntryRef{Index: -1, SHA256: hex.EncodeToString(sum[:])}}
	for e, err := range s.log.Entries(cert.Begin.Index) {
		if err != nil {
			return found, err
		}
		i, entry := e.Index, e.Data
		if i == cert.Begin.Index {
			continue
		}
		if string(entry) == string(signed) {
			found.refer.Index = i
			continue
		}
		e, err := certify.CheckEntry(entry, s.public)
		switch {
		case err != nil:
			return found, fmt.Errorf("entry %d of the log: %w", i, err)
		case e.Begin != nil && found.refer.Index >= 0 && e.Begin.Disk.SameDisk(cert.Disk):
			return found, fault.Refusef("another job began on this disk since (entry %d of the log): take its certificate", i)
		case e.Preparation != nil && e.Preparation.Certificate == found.refer:
			found.changed = extents(e.Preparation.Changed)
		}
	}
	if found.refer.Index < 0 {
		return found, fault.Refuse(errors.New("the certificate is not in this station's log"))
	}
	return found, nil
}

// stillErased reads a sample: a disk that bears other bytes has been used, and what is on it is somebody's.
func (a *app) stillErased(ctx context.Context, t *devices.Target, last *certify.Pass, changed []wipe.Extent) error {
	pat, err := pattern.Parse(last.Pattern, last.Key)
	if err != nil {
		return err
	}
	d := t.Disk()
	show := a.newProgress(a.liveHost(), string(progress.Auto), progress.Comparison)
	show.Add(d)
	show.Start()
	r, err := wipe.Check(ctx, t, pat, d.Size, wipe.Sample, wipe.CheckOptions{OnEvent: func(e wipe.Event) { show.Update(0, e) }, Disk: d, Skip: changed})
	show.Close()
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: nothing was written", fault.ErrInterrupted)
	case err != nil:
		return err
	case !r.Clean():
		return fault.WithHint(fault.Refusef("%s does not bear the certificate's bytes any more: it has been used since", d.Name), "erase it again")
	}
	return nil
}

// preparation signs what is about to be done.
func (a *app) preparation(st *station, t *devices.Target, changed []format.Extent, cert certify.EntryRef, o prepareOptions) ([]byte, error) {
	tool, err := thisTool()
	if err != nil {
		return nil, err
	}
	p := certify.Preparation{Station: st.describe(a), Operator: devices.Printable(o.operator), Certificate: cert,
		Disk:   issue.DiskOf(t.Disk(), issue.Facts{Direct: t.Direct(), Confirmed: t.Confirmed()}),
		Layout: "gpt-fat32", Label: o.label, Changed: []certify.Extent{}, Started: now(), Tool: tool}
	if p.Operator == "" {
		p.Operator = thisOperator()
	}
	for _, e := range changed {
		p.Changed = append(p.Changed, certify.Extent(e))
	}
	return certify.Sign(certify.KindPreparation, p, st.signer)
}

// layOut states and then writes: a preparation that is cut short leaves no difference unexplained.
func (a *app) layOut(st *station, t *devices.Target, signed []byte, o prepareOptions) error {
	index, err := st.log.Append(signed)
	if err != nil && !errors.Is(err, logs.ErrUnfinished) {
		return fmt.Errorf("nothing was written: logging the preparation: %w", err)
	}
	path := strings.TrimSuffix(o.cert, filepath.Ext(o.cert)) + ".preparation"
	if err := errors.Join(err, durable.WriteFile(path, signed, 0o644)); err != nil {
		return fmt.Errorf("nothing was written: keeping the preparation, entry %d of the log: %w", index, err)
	}
	if err := t.Check(); err != nil {
		return err
	}
	d := t.Disk()
	if _, err := format.FAT32(t, d.Size, d.LogicalBlock, format.Options{Label: o.label}); err != nil {
		return fmt.Errorf("preparing %s: %w", d.Name, err)
	}
	if err := t.Check(); err != nil {
		return err
	}
	if err := t.RereadPartitions(); err != nil && d.Medium != devices.Image {
		a.note("the kernel does not see the new partition yet (%v): plug the disk in again\n", err)
	}
	a.printf("%s prepared\n", path)
	return nil
}
