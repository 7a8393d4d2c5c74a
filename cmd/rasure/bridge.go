package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/bridge"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/settings"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/devices"
)

func newBridgeCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "bridge",
		Short: "Test USB bridges between this computer and its disks",
		Long: `Test USB bridges between this computer and its disks. A disk behind a USB bridge is erased by overwriting it, and the drive
is not asked to erase itself: many bridges answer for the drive, change its commands, or hang. A bridge that was tested
can be listed in the settings; drives behind such bridges are asked, as far as the bridge was shown to carry it.`,
		Args: cli.NoArgs,
		RunE: cli.HelpOnly,
	}
	c.AddCommand(newBridgeTestCmd(a))
	return c
}

func newBridgeTestCmd(a *app) *cobra.Command {
	var word string
	c := &cobra.Command{
		Use:   "test DISK",
		Short: "Test what the USB bridge of a disk carries",
		Long: `Test what the USB bridge of a disk carries, with commands that change nothing on the drive: IDENTIFY DEVICE, compared with
what INQUIRY and READ CAPACITY report; what comes back when a drive refuses a command; SMART data and log pages; and
whether count and address of a command without data arrive as they were sent. Whether data arrive at the drive cannot be
tested without changing it, so that no password is ever sent through a bridge.

Some bridges hang at a command that they do not know, until they are unplugged, and the disk is gone meanwhile: it must not
be in use, and is claimed. It is confirmed by its serial number, typed, scanned, or given with --confirm. The test waits for
no answer longer than ten seconds, and Ctrl-C ends it at once.

At the end it prints the lines that list the bridge in the settings, by its USB numbers (VID:PID) and its firmware
(bcdDevice). They let rasure ask all disks behind such bridges what the test showed to work. Before the drive erases
itself through a bridge, count and address are tested again with that drive.`,
		Example: `rasure bridge test sdb`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runBridgeTest(cmd.Context(), args[0], word)
		},
	}
	c.Flags().StringVar(&word, "confirm", "", "confirm the disk by this serial number instead of typing it")
	return a.JSONFlag(c)
}

func (a *app) runBridgeTest(ctx context.Context, arg, word string) error {
	h := a.liveHost()
	d, err := h.Find(arg)
	if err != nil {
		return err
	}
	r, err := bridge.Run(ctx, h, d, bridge.Options{
		Confirm: func(d devices.Disk) error { return a.confirmBridge(ctx, d, word) },
		Today:   time.Now().In(a.settings.Location()),
	})
	if len(r.Checks) == 0 {
		return err
	}
	show := a.printBridge
	if a.JSON {
		show = func(r bridge.Report) error { return a.PrintJSON(r) }
	}
	if err = errors.Join(err, show(r)); err == nil && r.Silent() {
		return fault.WithHint(message.Errorf("%s: its USB bridge did not answer a command", d.Name), "unplug the bridge and plug it in again; do not list it")
	}
	return err
}

func (a *app) printBridge(r bridge.Report) error {
	rows := [][]string{a.Heading(message.Of("CHECK"), message.Of("RESULT"), message.Of("DETAIL"))}
	for _, c := range r.Checks {
		rows = append(rows, []string{c.Title().In(a.Lang), c.Result.Text().In(a.Lang), cli.Dash(c.Detail.In(a.Lang))})
	}
	a.Table(rows)
	a.Printf("\nUsable for: %s.\n", r.Usable())
	if !r.Limit.IsZero() {
		a.Printf("This drive is not made to erase itself: %v.\n", r.Limit)
	}
	if r.List == nil {
		return nil
	}
	path := a.settings.Path
	if path == os.DevNull {
		path = settings.DefaultPath
	}
	a.Printf("To list the bridge, add these lines at the end of %s:\n\n", path)
	return a.Write([]byte(settings.Bridge{ListedBridge: *r.List}.Text()))
}

// confirmBridge asks for the word that confirms the disk.
func (a *app) confirmBridge(ctx context.Context, d devices.Disk, given string) error {
	b := d.Bridge
	a.Note("%s: %s, %s, serial number %s\n", d.Name, d.Model, humanize.Exact(d.Size), view.SerialText(d))
	a.Note("  USB bridge %s, firmware %s: %s\n", b.ID(), b.Firmware, cli.Dash(strings.TrimSpace(b.Manufacturer+" "+b.Product)))
	return a.confirmWord(ctx, d, given, message.Of("  Nothing on the disk is changed. The bridge may hang at a command that it does not know, until it is unplugged.\nType %s to test its bridge: ", job.Word(d)))
}
