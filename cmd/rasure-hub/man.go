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
		whole := &app{a.Console}
		whole.Lang = lang
		return newRoot(whole), &whole.Console
	})
}
