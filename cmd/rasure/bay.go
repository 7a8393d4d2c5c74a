package main

import (
	"bufio"
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/bays"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/settings"
	"rasure/cmd/message"
	"rasure/devices"
)

func newBayCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "bay",
		Short: "Name the sockets that disks are plugged into",
		Long: `Name the sockets that disks are plugged into. A bay is a table [[bay]] in the settings, with the name that is on its label
and the port by which the kernel knows it.`,
		Args: cli.NoArgs,
		RunE: cli.HelpOnly,
	}
	c.AddCommand(newBayListCmd(a), newBayLearnCmd(a), newBayRulesCmd(a))
	return c
}

func newBayListCmd(a *app) *cobra.Command {
	return a.JSONFlag(&cobra.Command{
		Use:     "list",
		Short:   "List the bays, and the disks in them",
		Long:    `List the bays of the settings and the disks in them, and then the disks in sockets that have no name.`,
		Example: "rasure bay list",
		Args:    cli.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runBayList() },
	})
}

func (a *app) runBayList() error {
	disks, failed := a.liveHost().Disks()
	all := bays.List(a.settings.Bays, disks)
	if a.JSON {
		if err := a.PrintJSON(all); err != nil {
			return err
		}
		return failed
	}
	rows := [][]string{a.Heading(message.Of("BAY"), message.Of("PORT"), message.Of("INTAKE"), message.Of("DISK"), message.Of("MODEL"), message.Of("SERIAL"))}
	for _, s := range all {
		intake, d := "", devices.Disk{}
		if s.Intake {
			intake = message.Of("yes").In(a.Lang)
		}
		if s.Disk != nil {
			d = *s.Disk
		}
		rows = append(rows, []string{cli.Dash(s.Name), s.Port, cli.Dash(intake), cli.Dash(d.Name), cli.Dash(d.Model), cli.Dash(d.Serial)})
	}
	a.Table(rows)
	return failed
}

func newBayRulesCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "rules",
		Short: "Print rules by which desktops leave the bays alone",
		Long: `Print rules for udev by which desktops leave the disks in the bays alone, and mount nothing there: a disk that is mounted
is not erased. Write them to ` + bays.RulesFile + `, and again when the bays have changed;
then run udevadm control --reload. A socket for USB 3 has two ports, and the rules name both, if the hub is plugged in.`,
		Example: "rasure bay rules > " + bays.RulesFile,
		Args:    cli.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.Write([]byte(bays.Rules(a.settings.Bays, a.liveHost().PeerPort)))
		},
	}
}

func newBayLearnCmd(a *app) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "learn NAME...",
		Short: "Name bays by plugging a disk into each",
		Long: `Name bays by plugging a disk into each, one after another, in the order of the names. The disk can be the same one every
time; it is only looked at, and never opened. After each disk you are asked, and the bay is added at the end of the
settings. Ctrl-C ends it and keeps what was learnt.`,
		Example: "rasure bay learn A1 A2 A3 A4",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, names []string) error { return a.runBayLearn(cmd.Context(), names, yes) },
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return c
}

func (a *app) runBayLearn(ctx context.Context, names []string, yes bool) error {
	for i, name := range names {
		if err := settings.CheckBayName(name); err != nil {
			return fault.Usage(err)
		}
		for _, other := range names[:i] {
			if strings.EqualFold(name, other) {
				return fault.Usagef("the name %q is there twice", name)
			}
		}
		for _, b := range a.settings.Bays {
			if strings.EqualFold(name, b.Name) {
				return fault.WithHint(fault.Refusef("the bay %s has the port %s already", b.Name, b.Port), "to learn it again, remove its lines from %s", a.settings.Path)
			}
		}
	}
	if !yes && !a.Interactive() {
		return fault.WithHint(fault.Usagef("there is no terminal to ask on"), "--yes does not ask")
	}
	learner, lines := bays.NewLearner(a.settings.Bays), bufio.NewReader(a.In)
	for i, name := range names {
		b, err := a.learnBay(ctx, learner, name, lines, yes)
		if err != nil {
			a.Note("%d of %d bays were learnt\n", i, len(names))
			return err
		}
		learner.Learnt(b)
	}
	return nil
}

// learnBay waits for the disk that is plugged into a bay, and keeps its socket under the name.
func (a *app) learnBay(ctx context.Context, learner *bays.Learner, name string, lines *bufio.Reader, yes bool) (settings.Bay, error) {
	for {
		d, err := a.awaitDisk(ctx, learner, name)
		if err != nil {
			return settings.Bay{}, err
		}
		b := settings.Bay{Name: name, Port: d.Port}
		a.Note("%s (%s, serial number %s) is on the port %s.\n", d.Name, cli.Dash(d.Model), cli.Dash(d.Serial), d.Port)
		if !yes {
			a.Note("Enter names it %s, n waits for another disk: ", name)
			line, err := cli.ReadLine(ctx, lines)
			if err != nil {
				return b, fault.ErrInterrupted
			}
			if line != "" && !strings.EqualFold(line, "y") {
				continue
			}
		}
		if err := settings.AppendBay(a.settings.Path, b); err != nil {
			return b, err
		}
		a.Printf("%s  %s\n", b.Name, b.Port)
		return b, nil
	}
}

// errArrived ends a watch.
var errArrived = errors.New("a disk has arrived")

// awaitDisk asks for a disk, once it is known which are there, and returns the one that arrives.
func (a *app) awaitDisk(ctx context.Context, learner *bays.Learner, name string) (d devices.Disk, err error) {
	h, asked := a.liveHost(), false
	err = h.Watch(ctx, func() error {
		disks, err := h.Disks()
		if err != nil {
			return nil // an incomplete list: what is missing would seem to arrive later
		}
		arrived, why := learner.Look(disks)
		if !why.IsZero() {
			a.Note("%s\n", why)
		}
		if arrived == nil {
			if !asked || !why.IsZero() {
				a.Note("Plug a disk into the bay %s.\n", name)
			}
			asked = true
			return nil
		}
		d = *arrived
		return errArrived
	})
	switch {
	case errors.Is(err, errArrived):
		return d, nil
	case err == nil:
		return d, fault.ErrInterrupted
	}
	return d, err
}
