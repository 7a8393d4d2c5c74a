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

// newManCmd is for packages, and hidden.
func newManCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the man pages of all commands, in all languages, as a tree that man -M DIR reads",
		Args:   cobra.ExactArgs(1),
		Hidden: true,
		RunE:   func(_ *cobra.Command, args []string) error { return a.writeManual(args[0]) },
	}
}

func (a *app) writeManual(dir string) error {
	seconds, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return fault.Usagef("SOURCE_DATE_EPOCH: %q is not a number of seconds", os.Getenv("SOURCE_DATE_EPOCH"))
	}
	for lang, place := range map[message.Language]string{message.English: ".", message.Chinese: "zh_CN"} {
		place = filepath.Join(dir, place, "man"+manual.Section)
		if err := os.MkdirAll(place, 0o755); err != nil {
			return err
		}
		whole := &app{a.Console}
		whole.Lang = lang
		for _, page := range (manual.Source{Console: &whole.Console, Version: station.Version, Date: time.Unix(seconds, 0)}).Pages(newRoot(whole)) {
			if err := os.WriteFile(filepath.Join(place, page.Name), page.Text, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
