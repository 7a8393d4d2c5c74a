package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/cmd/internal/station"
	"rasure/logs"
)

func newLogExportCmd(a *app) *cobra.Command {
	var withPage bool
	c := &cobra.Command{
		Use:   "export DIR",
		Short: "Copy the log to a new directory, verified",
		Long: `Copy the log's files to a new directory, for an auditor: checkpoint and tiles, in the same layout. The event logs that
were too long for their boot statements are in its directory evidence, where rasure audit finds them.

--with-page puts the page that verifies in a browser into the directory: an auditor opens it and drops the station card and
the directory on it. It is installed with the package, or named by the environment variable RASURE_PAGE.

Example: rasure log export /media/auditor/station7`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.runLogExport(args[0], withPage) },
	}
	addPageFlag(c, &withPage)
	return c
}

// runLogExport copies checkpoint, tiles and event logs, and nothing else: intent and lock are the station's business.
func (a *app) runLogExport(dir string, withPage bool) error {
	page, err := readPage(withPage, dir)
	if err != nil {
		return err
	}
	return a.withLog(func(s *logs.Snapshot) ([]byte, error) {
		err := s.Export(dir)
		if err == nil {
			err = station.CopyEventLogs(a.stateDir, filepath.Join(dir, audit.EvidenceDir))
		}
		if err != nil || page == nil {
			return nil, err
		}
		return nil, page.Put(dir)
	})
}
