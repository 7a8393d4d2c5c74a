package main

import (
	"context"

	"github.com/spf13/cobra"

	"rasure/certify/issue"
	"rasure/certify/register"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/reformat"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/firmware"
)

type formatOptions struct {
	to                        int
	confirm, medium, operator string
}

func newFormatCmd(a *app) *cobra.Command {
	o := formatOptions{operator: a.settings.Operator}
	c := &cobra.Command{
		Use:   "format DISK --to 512",
		Short: "Format a SCSI disk with blocks of 520, 524 or 528 bytes to blocks of 512 bytes",
		Long: `Format a SCSI disk that an array has used, with blocks of 520, 524 or 528 bytes, to blocks of 512 bytes (MODE SELECT and
FORMAT UNIT), so that this computer can use the disk, and rasure wipe can erase it. What is on the disk is lost, and may
still be recovered: a format is no erasure, and no certificate is made.

The drive formats itself, for minutes or hours, and must not lose its power meanwhile: then it accepts nothing but another
format. Run the same command again after an interruption: it waits for a format that runs, and begins one again that was
interrupted. The disk is confirmed by its serial number, typed, scanned, or given with --confirm.`,
		Example: `rasure format sdc --to 512`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.to != firmware.PlainBlock {
				return fault.Usagef("--to: blocks of %d bytes are not made: want 512", o.to)
			}
			return a.runFormat(cmd.Context(), args[0], o)
		},
	}
	c.Flags().IntVar(&o.to, "to", 0, "bytes of a block after the format: 512")
	c.Flags().StringVar(&o.confirm, "confirm", "", "confirm the disk by this serial number instead of typing it")
	c.Flags().StringVar(&o.medium, "medium", "", "number of the medium in the register")
	c.Flags().StringVar(&o.operator, "operator", o.operator, "who does this (default: out of the settings, or the account behind sudo or the login)")
	return a.JSONFlag(c)
}

func (a *app) runFormat(ctx context.Context, arg string, o formatOptions) error {
	st, err := a.openStation()
	if err != nil {
		return err
	}
	defer st.Close()
	h := a.liveHost()
	d, err := h.Find(arg)
	if err != nil {
		return err
	}
	last := -1
	r, err := reformat.Run(ctx, h, d, reformat.Options{
		Journal: reformat.JournalIn(a.stateDir),
		Allow:   func(d devices.Disk) error { return allowFormat(st, d, o) },
		Confirm: func(d devices.Disk, f firmware.Format, note message.Text) error {
			return a.confirmFormat(ctx, d, f, note, o.confirm)
		},
		Show: func(f firmware.Format) {
			if percent := f.Progress * 100 / 65536; f.Progress >= 0 && percent != last {
				last = percent
				a.Note("%s: formatting, %d %%\n", d.Name, percent)
			}
		},
	})
	switch {
	case err != nil:
		return err
	case a.JSON:
		return a.PrintJSON(r)
	case !r.Finished:
		a.Printf("%s\n", message.Of("%s has blocks of 512 bytes: nothing was changed", d.Name))
		return nil
	}
	a.Printf("%s\n", message.Of("%s has blocks of 512 bytes now, %d bytes in all; nothing was erased", d.Name, r.Size))
	if r.Rescan != "" {
		a.Note("the kernel does not know the new size yet (%s): unplug the disk and plug it in again\n", r.Rescan)
	}
	a.Note("erase it: rasure wipe %s\n", d.Name)
	return nil
}

// allowFormat asks the rules of the office as for an erasure: the content is lost.
func allowFormat(st *station.Station, d devices.Disk, o formatOptions) error {
	state, err := st.State()
	if err != nil {
		return err
	}
	operator := devices.Printable(o.operator)
	if operator == "" {
		operator = station.Operator()
	}
	_, err = state.Register.Allow(register.EraseRequest{Offline: st.Offline(), Number: o.medium, Disk: issue.DiskOf(d, issue.Facts{}), Level: string(devices.Clear), Verify: "full",
		Operator: operator, At: station.Now()})
	if err != nil {
		return fault.Refusef("nothing was formatted: %s: %w", d.Name, err)
	}
	return nil
}

// confirmFormat asks for the word that confirms the disk.
func (a *app) confirmFormat(ctx context.Context, d devices.Disk, f firmware.Format, note message.Text, given string) error {
	if !note.IsZero() {
		a.Note("%s: %s\n", d.Name, note)
	}
	if f.Block > 0 {
		a.Note("%s: %s, %d bytes in blocks of %d bytes\n", d.Name, d.Model, f.Size, f.Block)
	} else {
		a.Note("%s: %s\n", d.Name, d.Model)
	}
	return a.confirmWord(ctx, d, given, message.Of("What is on it will be lost, without being erased, and it must not lose its power for hours. Type %s to format it: ", job.Word(d)))
}
