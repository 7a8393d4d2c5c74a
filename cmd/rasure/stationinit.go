package main

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"rasure/certify/tpm"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
)

type initOptions struct {
	station.InitOptions
	boundOptions
	organisation string
	version      int
}

func newStationInitCmd(a *app) *cobra.Command {
	var o initOptions
	c := &cobra.Command{
		Use:   "init",
		Short: "Create the station's key and its log",
		Long: `Create the station's key and its log in the state directory. Neither is ever overwritten. The name of the station is that of
the machine unless --name names another one. The key is in the TPM if the machine has one, and else in a file.

With --key tpm the key is created in the TPM and never leaves it, and a monotonic counter in the TPM counts the
entries of the log, so that a log that was cut back is noticed. With --key software the key is in a file: everybody
who can read the file can sign, and every certificate says so.

If the owner of the TPM has set passwords, they are asked for on the terminal, or read from files, when a key is made. With
--own-tpm rasure sets the passwords of a TPM that has none, and prints them once: nobody who may open the device can then
remove the station's key, or clear the TPM. That is for a machine that does nothing else with its TPM.

With --bound the key can be used in a machine that has started an approved image, and in no other: not even root can sign
with it from another system. The publisher of the image approves it, or the office: rasure image approve. Run it in the
approved image, with --key tpm.

The log begins with version 2 of statements, which is a draft: later versions of rasure need not read what it writes.
A log that begins with --log-version 1 opens for ever, and rasure station upgrade begins version 2 in it.

With --succeeds the new log continues that of a station whose key or TPM is lost. The roots of the old log sign that it
does so: rasure station succession.`,
		Example: `rasure station init --name station7.archive.example --key tpm --organisation "Municipal Archive"`,
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runStationInit(cmd.Context(), o) },
	}
	c.Flags().StringVar(&o.Succeeds, "succeeds", "", "directory of the log that the new one continues")
	c.Flags().StringVar(&o.organisation, "organisation", "", "whose station it is (default: organisation of the settings)")
	c.Flags().IntVar(&o.version, "log-version", 2, "version of statements that the log begins with: 2 or 1")
	c.Flags().StringVar(&o.Name, "name", "", "name of the station; it is on every signature and cannot be changed (default: the name of the machine)")
	c.Flags().StringVar(&o.Key, "key", station.KeyAuto, "where the key is kept: tpm, software, or auto, which is tpm if there is one")
	c.Flags().BoolVar(&o.Own, "own-tpm", false, "set owner and lockout passwords of the TPM, and print them once")
	o.boundOptions.AddFlags(c)
	a.passwordFlags(c, tpm.Owner, tpm.Endorsement)
	c.Flags().StringVar(&o.TPM, "tpm", station.DefaultTPM, "the TPM: /dev/tpmrm0 or unix:SOCKET")
	return c
}

// upgrade is what a log of version 2 says of the station. An organisation that nobody named is unknown to it.
func (o *initOptions) upgrade(a *app) error {
	if o.version != 1 && o.version != 2 {
		return fault.Usagef("--log-version: a log begins with version 1 or 2")
	}
	is := a.settings
	o.Version1, o.Upgrade.Zone = o.version == 1, is.Zone
	name := cmp.Or(o.organisation, is.Organisation)
	if name == "" {
		return nil
	}
	var err error
	o.Upgrade.Org, err = station.NewOrg(name, is.Department, is.Site, "")
	return err
}

func (a *app) runStationInit(ctx context.Context, o initOptions) error {
	if err := o.upgrade(a); err != nil {
		return err
	}
	if err := o.boundOptions.read(&o.InitOptions); err != nil {
		return err
	}
	s, err := station.Init(ctx, a.stateDir, o.InitOptions, a.stationOptions())
	if err != nil {
		return err
	}
	defer s.Close()
	a.Note("station %s: key %s, assurance %s\n", s.Name(), s.KeySHA256(), s.Assurance())
	if o.Own {
		if err := a.ownTPM(s.OwnTPM); err != nil {
			return err
		}
	}
	about, err := s.About()
	if err != nil {
		return err
	}
	for _, w := range about.Warnings {
		a.Note("warning: %v\n", w)
	}
	if !o.Version1 && o.Upgrade.Org.Organisation == "" {
		a.Note("warning: certificates will name the organisation as unknown, until the settings have organisation = \"...\"\n")
	}
	a.Note("give the station card to those who verify: rasure station card --out station.card\n")
	a.Note("back up the station to another machine: rasure station backup FILE\n")
	a.Note("list the disks: rasure list\n")
	return nil
}
