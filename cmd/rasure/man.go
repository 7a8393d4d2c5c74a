package main

import (
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/manual"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// newManCmd is for packages, and hidden: help and completion do not name it.
func newManCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the man pages of all commands, in all languages, as a tree that man -M DIR reads",
		Args:   cobra.ExactArgs(1),
		Hidden: true,
		RunE:   func(_ *cobra.Command, args []string) error { return a.writeManual(args[0]) },
	}
}

// writeManual writes the pages of all commands into the directories of a manual, and replaces those that are there.
func (a *app) writeManual(dir string) error {
	date, err := manualDate(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return err
	}
	for lang, place := range map[message.Language]string{message.English: ".", message.Chinese: "zh_CN"} {
		place = filepath.Join(dir, place, "man"+manual.Section)
		if err := os.MkdirAll(place, 0o755); err != nil {
			return err
		}
		whole := &app{Console: a.Console, host: a.host} // has every command, whatever this command line says
		whole.Lang = lang
		root := newRootCmd(whole)
		root.PersistentFlags().Lookup("state").DefValue = defaultState
		for _, page := range (manual.Source{Console: &whole.Console, Version: station.Version, Date: date}).Pages(root) {
			if err := os.WriteFile(filepath.Join(place, page.Name), page.Text, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// manualDate is the day of the pages: that of SOURCE_DATE_EPOCH, which builds that can be repeated set, or today.
func manualDate(epoch string) (time.Time, error) {
	if epoch == "" {
		return time.Now(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fault.Usagef("SOURCE_DATE_EPOCH: %q is not a number of seconds", epoch)
	}
	return time.Unix(seconds, 0), nil
}
