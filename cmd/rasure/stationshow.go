package main

import (
	"context"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
)

func newStationShowCmd(a *app) *cobra.Command {
	return a.JSONFlag(&cobra.Command{
		Use:   "show",
		Short: "Show the station: key, log, directory and what is wrong with it",
		Long: `Show the station: its name, its key and where that is, the TPM's counter, the length of its log, its directory and the free
space there, the settings file, jobs that have not ended, whether a job server runs, and warnings. Nothing is changed.`,
		Example: "rasure station show --json",
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runStationShow(cmd.Context()) },
	})
}

// stationShown is what station show --json prints.
type stationShown struct {
	*station.About
	Settings string `json:"settings"` // path of the file; "" if there is none
	Jobs     int    `json:"jobs"`     // that have no certificate yet
	Server   bool   `json:"job_server"`
}

func (a *app) runStationShow(ctx context.Context) error {
	st, err := a.openStation()
	if err != nil {
		return err
	}
	defer st.Close()
	s := stationShown{}
	if s.About, err = st.About(); err != nil {
		return err
	}
	if a.settings.Found {
		s.Settings = a.settings.Path
	}
	list, err := job.List(a.stateDir)
	if err != nil {
		return err
	}
	s.Jobs = len(list)
	c, err := a.dialJobs(ctx)
	if s.Server = c != nil || err != nil; err != nil {
		s.Warnings = append(s.Warnings, message.Of("the job server cannot be used: %v", err))
	}
	if c != nil {
		if err := c.Close(); err != nil {
			return err
		}
	}
	if a.JSON {
		return a.PrintJSON(s)
	}
	a.printStation(s)
	return nil
}

func (a *app) printStation(s stationShown) {
	const width = 10
	a.Field(width, message.Of("station"), "%s", s.Name)
	a.Field(width, message.Of("key"), "%s", s.KeySHA256)
	a.Field(width, message.Of("assurance"), "%s", s.Assurance)
	if c := s.Counter; c != nil {
		a.Field(width, message.Of("counter"), "%d at index %#08x of the TPM, base %d", c.Value, c.Index, c.Base)
	}
	if b := s.Bound; b != nil {
		a.printBound(width, b)
	}
	a.Field(width, message.Of("log"), "%d entries, statements of version %d", s.Entries, s.LogVersion)
	a.Field(width, message.Of("directory"), "%s, %s free", s.Directory, humanize.Size(s.FreeBytes))
	a.Field(width, message.Of("settings"), "%s", cli.Dash(s.Settings))
	a.Field(width, message.Of("jobs"), "%d without a certificate", s.Jobs)
	server := message.Of("none runs")
	if s.Server {
		server = message.Of("runs")
	}
	a.Field(width, message.Of("job server"), "%v", server)
	for _, w := range s.Warnings {
		a.Field(width, message.Of("warning"), "%v", w)
	}
}

func (a *app) printBound(width int, b *station.Bound) {
	a.Field(width, message.Of("bound to"), "boots that the publisher %.16s approved", b.Authorities[0])
	if len(b.Authorities) > 1 {
		a.Field(width, message.Of(""), "or the office %.16s", b.Authorities[1])
	}
	if b.Approved {
		a.Field(width, message.Of("this boot"), "approved, version %d; the TPM accepts version %d and later", b.Version, b.Oldest)
		return
	}
	a.Field(width, message.Of("this boot"), "not approved; the TPM accepts version %d and later", b.Oldest)
	a.Field(width, message.Of("PCR 4"), "%s", b.PCR4)
	a.Field(width, message.Of("PCR 11"), "%s", b.PCR11)
	a.Field(width, message.Of("PCR 12"), "%s", b.PCR12)
	a.Field(width, message.Of("PCR 13"), "%s", b.PCR13)
}
