package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/prepare"
	"rasure/cmd/internal/progress"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/format"
	"rasure/wipe"
)

type prepareOptions struct {
	cert, fs, label, operator string
	allowImage                bool
}

func newPrepareCmd(a *app) *cobra.Command {
	o := prepareOptions{operator: a.settings.Operator}
	c := &cobra.Command{
		Use:   "prepare DISK [--cert FILE]",
		Short: "Give an erased disk an empty file system, for re-use",
		Long: `Write a partition table (GPT) and one empty file system, FAT32 or exFAT, to an erased disk. The disk must have been erased and
verified: its certificate must be the log's latest about the disk, which it is without --cert, and a sample of the disk must still hold the
certificate's pattern. A registered medium must have been erased under its number, for re-use, and all its witnesses
must have signed. What is written is stated in the log and next to the certificate, so that rasure check can compare it.

Example: rasure prepare sdb --label STICK7
  rasure prepare sdb --cert USBSTICK01-20260102T030405Z.cert --label STICK7`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runPrepare(cmd.Context(), args[0], o) },
	}
	o.AddFlags(c)
	return c
}

func (o *prepareOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.cert, "cert", "", "the certificate of the erasure (default: the newest one in the log about the disk)")
	c.Flags().StringVar(&o.label, "label", "", "label of the file system: at most 11 characters, in FAT32 of ASCII")
	c.Flags().StringVar(&o.fs, "fs", string(format.FAT), "file system: fat32, or exfat for files of more than 4 GiB and labels in any script")
	c.Flags().StringVar(&o.operator, "operator", o.operator, "who does this (default: out of the settings, or the account behind sudo or the login)")
	c.Flags().BoolVar(&o.allowImage, "allow-image", false, "accept image files and loop devices as disks")
}

func (a *app) runPrepare(ctx context.Context, arg string, o prepareOptions) error {
	fs := format.FileSystem(o.fs)
	if fs != format.FAT && fs != format.ExFAT {
		return fault.Usagef("unknown file system %q: want fat32 or exfat", o.fs)
	}
	if fs == format.FAT {
		o.label = strings.ToUpper(o.label)
	}
	if err := fs.CheckLabel(o.label); err != nil {
		return fault.Usagef("--label: %w", err)
	}
	h := a.liveHost()
	if o.cert == "" {
		var err error
		if o.cert, err = a.newestFile(ctx, h, arg); err != nil {
			return err
		}
	}
	st, err := a.openStation()
	if err != nil {
		return err
	}
	defer st.Close()
	cert, signed, err := a.openCertificate(o.cert, pinOptions{})
	if err != nil {
		return err
	}
	reading := func(d devices.Disk) (func(wipe.Event), func()) {
		show := a.newProgress(h, string(progress.Auto), progress.Comparison)
		show.Add(d)
		show.Start()
		return func(e wipe.Event) { show.Update(0, e) }, func() { show.Close() }
	}
	done, err := prepare.Run(ctx, st, h, arg, cert, signed, prepare.Options{Certificate: o.cert, FileSystem: fs, Label: o.label, Operator: o.operator, AllowImage: o.allowImage, Reading: reading})
	if err != nil {
		return err
	}
	if done.Reread != nil {
		a.Note("the kernel does not see the new partition yet (%v): plug the disk in again\n", done.Reread)
	}
	a.Printf("%s prepared\n", done.Path)
	return nil
}

// newestFile finds the file of the newest certificate of a disk. The preparation is saved beside it.
func (a *app) newestFile(ctx context.Context, h *devices.Host, arg string) (string, error) {
	d, err := h.Find(arg)
	if err != nil {
		return "", err
	}
	found, _, err := a.newestCertificate(ctx, h, d, pinOptions{})
	if err != nil {
		return "", err
	}
	path := found.File(a.certificateDirs()...)
	if path == "" {
		return "", fault.WithHint(message.Errorf("the file of certificate %s, entry %d of the log, was not found", found.ID, found.Index), "give it with --cert")
	}
	return path, nil
}
