package main

import (
	"bufio"
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"rasure/certify/statement"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/settings"
	"rasure/cmd/internal/station"
)

type upgradeOptions struct {
	org  statement.Org
	zone string
	yes  bool
}

func newStationUpgradeCmd(a *app) *cobra.Command {
	var o upgradeOptions
	c := &cobra.Command{
		Use:   "upgrade --organisation NAME",
		Short: "Begin version 2 of statements in the station's log",
		Long: `Append the station statement from which on the log takes statements of version 2, and none of version 1. Certificates
then say whose station it is, how the disk was confirmed and how long the job took, and show that the bytes of a pass
were made after the job had begun. Version 2 is a draft: later versions of rasure need not read what it writes.

It cannot be undone. Statements of version 1 that are not in the log yet do not count any more, and rasure 0.1 cannot
append to the log. Jobs that are open can be resumed.`,
		Example: `rasure station upgrade --organisation "Municipal Archive"`,
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runStationUpgrade(cmd.Context(), o) },
	}
	c.Flags().StringVar(&o.org.Organisation, "organisation", "", "whose station it is (default: organisation of the settings; required)")
	c.Flags().StringVar(&o.org.Department, "department", "", "of the organisation (default: department of the settings)")
	c.Flags().StringVar(&o.org.Site, "site", "", "where disks are erased (default: site of the settings)")
	c.Flags().StringVar(&o.org.UnitCode, "unit-code", "", "official code of the organisation")
	c.Flags().StringVar(&o.zone, "zone", "", "time zone of the station, such as Asia/Shanghai (default: zone of the settings, or UTC)")
	c.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
	return c
}

func (a *app) runStationUpgrade(ctx context.Context, o upgradeOptions) error {
	is := a.settings
	org, err := station.NewOrg(cmp.Or(o.org.Organisation, is.Organisation), cmp.Or(o.org.Department, is.Department), cmp.Or(o.org.Site, is.Site), o.org.UnitCode)
	if err != nil {
		return err
	}
	if o.zone != "" {
		if err := settings.CheckZone(o.zone); err != nil {
			return fault.Usagef("--zone: %w", err)
		}
	}
	if !o.yes && !cli.IsTerminal(a.In) {
		return fault.WithHint(fault.Usagef("there is no terminal to ask on"), "rasure station upgrade --help says what changes; --yes does not ask")
	}
	st, err := a.openStation()
	if err != nil {
		return err
	}
	defer st.Close()
	recovered, err := job.New(st, a.liveHost()).Recover(ctx)
	a.printRecovered(recovered)
	if err != nil {
		return err
	}
	if err := st.CanUpgrade(); err != nil {
		return err
	}
	if !o.yes {
		a.Note("From here on the log takes statements of version 2, and none of version 1. This cannot be undone.\n")
		a.Note("Version 2 is a draft: later versions of rasure need not read what it writes.\n")
		a.Note("Statements of version 1 that are not in the log yet do not count any more: make them again.\n")
		a.Note("rasure 0.1 cannot append to this log any more.\n")
		a.Note("Type the name of the station, %s, to begin version 2: ", st.Name())
		typed, err := cli.ReadLine(ctx, bufio.NewReader(a.In))
		if err != nil {
			return err
		}
		if typed != st.Name() {
			return fault.Refusef("nothing was changed: %q is not the name of the station", typed)
		}
	}
	index, err := st.Upgrade(ctx, station.UpgradeOptions{Org: org, Zone: cmp.Or(o.zone, is.Zone)})
	if err != nil {
		return err
	}
	a.Note("version 2 begins with entry %d of the log\n", index)
	return nil
}
