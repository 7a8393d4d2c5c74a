package main

import (
	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/manual"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// newManCmd is for packages.
func newManCmd(a *app) *cobra.Command {
	return manual.Command(station.Version, func(lang message.Language) (*cobra.Command, *cli.Console) {
		whole := &app{Console: a.Console, host: a.host} // has every command, whatever this command line says
		whole.Lang = lang
		root := newRootCmd(whole)
		root.PersistentFlags().Lookup("state").DefValue = defaultState
		return root, &whole.Console
	})
}
