package main

import (
	"errors"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/annex"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/logs"
)

func newAnnexCmd(a *app) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "annex PATH=VALUE...",
		Short: "Write what must not be in the log into a file of its own",
		Long: `Write what must not be in the log into a file of its own: names of strangers, contacts, titles of documents. A statement
of version 2 has only the SHA-256 of this file. Its signers see the file (rasure sign --annex), and rasure log add
--annex keeps it in the state directory. When the file is deleted there, the data is gone and the log still verifies.`,
		Example: `rasure medium annex "receiver.name=Sun Ba" "title=Budget 2026" --out handover.annex`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, fields []string) error {
			text, err := annex.Text(fields)
			if err != nil {
				return err
			}
			return a.writeOut(out, []byte(text))
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "", "file to write (default: stdout)")
	return c
}

func newLogAnnexCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "annex INDEX",
		Short:   "Print what a statement says outside the log",
		Long:    "Print the fields of an entry that are kept outside the log, if they still are.",
		Example: "rasure log annex 12",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.runLogAnnex(args[0]) },
	}
}

func (a *app) runLogAnnex(index string) error {
	return a.withEntry(index, func(s *logs.Snapshot, i int64) ([]byte, error) {
		entry, err := s.Entry(i)
		if err != nil {
			return nil, err
		}
		sum, has := annex.Of(entry)
		if !has {
			return nil, fault.Refusef("entry %d has no annex", i)
		}
		private, err := annex.Read(a.stateDir, sum)
		if errors.Is(err, annex.ErrGone) {
			return nil, fault.WithHint(err, "the entry verifies without it")
		}
		if err != nil {
			return nil, err
		}
		text := ""
		for _, f := range private.Fields {
			text += draft.Visible(f.Path) + ": " + draft.Visible(f.Value) + "\n"
		}
		return []byte(text), nil
	})
}
