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
		Long: `Print the version of this program, the tag of the release that it was built from, the revision of its source, the version of
Go that built it, and the SHA-256 of the program file. Certificates state the same, without the tag. A program that was built
from any other source than that of a release has no tag.`,
		Example: "rasure version --json",
		Args:    cli.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runVersion() },
	})
}

// versionResult is what version --json prints.
type versionResult struct {
	certify.Tool
	System  string `json:"system"`            // operating system and processor, as Go names them
	Release string `json:"release,omitempty"` // tag of the release that it was built from
}

func (a *app) runVersion() error {
	t, err := station.Tool()
	if err != nil {
		return err
	}
	v := versionResult{t, runtime.GOOS + "/" + runtime.GOARCH, station.Release()}
	if a.JSON {
		return a.PrintJSON(v)
	}
	const width = 8
	a.Printf("rasure %s\n", t.Version)
	a.Field(width, message.Of("release"), "%s", cli.Dash(v.Release))
	a.Field(width, message.Of("revision"), "%s", cli.Dash(t.Revision))
	a.Field(width, message.Of("go"), "%s %s", t.Go, v.System)
	a.Field(width, message.Of("sha256"), "%s", t.BinarySHA256)
	return nil
}
