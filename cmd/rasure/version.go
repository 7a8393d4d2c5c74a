package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

func newVersionCmd(a *app) *cobra.Command {
	return a.JSONFlag(&cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Long: `Print the version of this program, the revision of its source, the version of Go that built it, and the SHA-256 of the
program file, as certificates state them.`,
		Example: "rasure version --json",
		Args:    cli.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runVersion() },
	})
}

// versionResult is what version --json prints.
type versionResult struct {
	certify.Tool
	System string `json:"system"` // operating system and processor, as Go names them
}

func (a *app) runVersion() error {
	t, err := station.Tool()
	if err != nil {
		return err
	}
	v := versionResult{t, runtime.GOOS + "/" + runtime.GOARCH}
	if a.JSON {
		return a.PrintJSON(v)
	}
	const width = 8
	a.Printf("rasure %s\n", t.Version)
	a.Field(width, message.Of("revision"), "%s", cli.Dash(t.Revision))
	a.Field(width, message.Of("go"), "%s %s", t.Go, v.System)
	a.Field(width, message.Of("sha256"), "%s", t.BinarySHA256)
	return nil
}
