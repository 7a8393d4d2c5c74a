package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/settings"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// refuseSettings refuses to run a command with settings that cannot be read: it would write elsewhere, or certify less, than the file
// says. Help works all the same.
func (a *app) refuseSettings(c *cobra.Command) error {
	if c.HasSubCommands() || c.Name() == "help" || strings.HasPrefix(c.Name(), cobra.ShellCompRequestCmd) {
		return nil
	}
	return a.settingsErr
}

// watchSettings calls changed when the settings change, until ctx ends.
func (a *app) watchSettings(ctx context.Context, changed func(settings.Settings, error)) {
	if a.settings.Path != os.DevNull {
		settings.Watch(ctx, a.settings, settings.LookAgain, func() (settings.Settings, error) { return settings.FromEnvironment(os.Getenv) }, changed)
	}
}

func newSettingsCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "settings",
		Short: "Show the settings in force, and where each comes from",
		Long: `Show the settings in force, and where each comes from. A flag takes precedence over the environment, and the environment over the file
/etc/rasure/station.toml. RASURE_SETTINGS names another file; /dev/null is a file without settings.

The file has lines such as organisation = "City archive". Its settings are organisation, department and site, which
certificates will name; zone, the time zone by its IANA name; language, en or zh; operator, who erases, and operators,
a list to choose from; out, the directory for certificates; policy, the file with the rules of the office; paper, A4 or
letter; pause_above, the temperature of a drive at which its job pauses, in degrees, or "limit" or "never"; give_up and
give_up_hour, the time lost to errors after which a dying disk is given up, or "never" (see rasure wipe); report, sync
and hook, directories to which a wipe writes besides, and then, what happens after the last job (see rasure wipe). Each
table [[bay]] names a socket for disks (see rasure bay), and each table [[bridge]] a USB bridge that was tested (see
rasure bridge test). Only root may be able to write the file.`,
		Example: "rasure station settings --json",
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runSettings(cmd) },
	}
	return a.JSONFlag(c)
}

func (a *app) runSettings(cmd *cobra.Command) error {
	all, err := a.settingsInForce(cmd)
	if err != nil {
		return err
	}
	if a.JSON {
		return a.PrintJSON(map[string]any{"file": a.settings.Path, "found": a.settings.Found, "settings": all})
	}
	if !a.settings.Found {
		a.Note("there is no file %s\n", a.settings.Path)
	}
	rows := [][]string{a.Heading(message.Of("SETTING"), message.Of("VALUE"), message.Of("SOURCE"))}
	for _, s := range all {
		rows = append(rows, []string{s.Key, cli.Dash(s.Value), s.From().In(a.Lang)})
	}
	a.Table(rows)
	return nil
}

func (a *app) settingsInForce(cmd *cobra.Command) ([]settings.InForce, error) {
	state := settings.InForce{Key: "state", Value: a.stateDir, Source: "default"}
	switch {
	case cmd.Flags().Changed("state"):
		state.Source, state.Name = "flag", "--state"
	case os.Getenv("RASURE_STATE") != "":
		state.Source, state.Name = "environment", "RASURE_STATE"
	}
	all := []settings.InForce{state}
	for _, key := range settings.Names() {
		s := settings.InForce{Key: key, Value: settings.Default(key), Source: "default", Path: a.settings.Path}
		if given, ok := a.settings.Given(key); ok {
			s.Value, s.Source, s.Line = given.Text, "file", given.Line
		}
		var err error
		switch key {
		case "language":
			a.languageInForce(cmd, &s)
		case "out":
			if s.Source == "default" {
				s.Value = a.statePath(station.CertificateDir)
			}
		case "policy":
			if s.Source == "default" {
				s.Value, err = a.ownPolicy()
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	for _, b := range a.settings.Bays {
		all = append(all, settings.InForce{Key: "bay " + b.Name, Value: b.String(), Source: "file", Path: a.settings.Path, Line: b.Line})
	}
	for _, b := range a.settings.Bridges {
		all = append(all, settings.InForce{Key: "bridge " + b.ID + " " + b.Firmware, Value: b.String(), Source: "file", Path: a.settings.Path, Line: b.Line})
	}
	return all, nil
}

// languageInForce says which language was chosen, and what decided it.
func (a *app) languageInForce(cmd *cobra.Command, s *settings.InForce) {
	s.Value = string(a.Lang)
	_, by := message.FromEnvironment(os.Getenv, a.settings.Language)
	switch {
	case cmd.Flags().Changed("lang"):
		s.Source, s.Name, s.Line = "flag", "--lang", 0
	case by != "":
		s.Source, s.Name, s.Line = "environment", by, 0
	}
}

// ownPolicy is the station's own file of rules; "" if it has none, and those that rasure comes with are in force.
func (a *app) ownPolicy() (string, error) {
	path := a.statePath(station.PolicyFile)
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return path, err
}
