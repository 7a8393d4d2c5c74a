package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/cmd/internal/fault"
	"rasure/logs"
)

func newLogCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "log", Short: "The station's append-only log", Args: noArgs, RunE: helpOnly}
	c.AddCommand(
		&cobra.Command{
			Use:   "prove INDEX",
			Short: "Print the proof that an entry is in the log",
			Long: `Print a C2SP tlog-proof of one entry: with it and the station's public key anybody can verify the entry
without the log.

Example: rasure log prove 12 > certificate.tlog-proof` + "\n" + exitHelp,
			Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				return a.withEntry(args[0], (*logs.Snapshot).Prove)
			},
		},
		&cobra.Command{
			Use:   "entry INDEX",
			Short: "Print one entry, byte for byte",
			Long:  "Print one entry, byte for byte.\n\nExample: rasure log entry 12 > certificate.cert\n" + exitHelp,
			Args:  cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				return a.withEntry(args[0], (*logs.Snapshot).Entry)
			},
		},
		&cobra.Command{
			Use:   "checkpoint",
			Short: "Print the log's newest checkpoint",
			Long: `Print the log's newest checkpoint: origin, number of entries and root hash, signed. Keep it elsewhere: it
shows later whether the log was cut back.` + "\n" + exitHelp,
			Args: noArgs,
			RunE: func(*cobra.Command, []string) error {
				return a.withLog(func(s *logs.Snapshot) ([]byte, error) { return s.Signed(), nil })
			},
		},
		&cobra.Command{
			Use:   "add FILE",
			Short: "Add a signed statement that is not in the log yet",
			Long: `Add a signed statement that is not in the log yet: what people have signed, a roster, or a certificate whose
entry could not be written, for want of room or of the TPM. All signatures are checked first, by the roster in
the log, and every rule of the office; it is refused when it is in the log already.` + "\n" + exitHelp,
			Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return a.logAdd(args[0]) },
		},
		&cobra.Command{
			Use:   "export DIR",
			Short: "Copy the log to a new directory, verified",
			Long: `Copy the log's files to a new directory, for an auditor: checkpoint and tiles, in the same layout.

Example: rasure log export /media/auditor/station7` + "\n" + exitHelp,
			Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error { return a.logExport(args[0]) },
		},
		newCosignCmd(a),
	)
	return c
}

// withLog prints something that is read from the log.
func (a *app) withLog(read func(*logs.Snapshot) ([]byte, error)) error {
	s, err := a.readLog()
	if err != nil {
		return err
	}
	text, err := read(s)
	if err != nil {
		return err
	}
	return a.write(text)
}

func (a *app) withEntry(arg string, read func(*logs.Snapshot, int64) ([]byte, error)) error {
	index, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || index < 0 {
		return fault.Usagef("%q is not the index of an entry", arg)
	}
	return a.withLog(func(s *logs.Snapshot) ([]byte, error) {
		if index >= s.Size() {
			return nil, fault.Refusef("the log has %d entries: there is no entry %d", s.Size(), index)
		}
		return read(s, index)
	})
}

func (a *app) logAdd(path string) error {
	signed, err := readFile(path)
	if err != nil {
		return err
	}
	s, err := a.openStation()
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := certify.CheckEntry(signed, s.public); err != nil {
		return fault.NotVerifiedf("%s: %w", path, err)
	}
	if certify.DeclarationKindOf(certify.KindOf(signed)) != nil {
		index, err := a.addAct(s, signed)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		a.printf("%d\n", index)
		return nil
	}
	if certify.KindOf(signed) == certify.KindRoster {
		if err := a.checkRoster(signed, s); err != nil {
			return fault.Refusef("%s: %w", path, err)
		}
	}
	for e, err := range s.log.Entries(0) {
		if err != nil {
			return err
		}
		if string(e.Data) == string(signed) {
			return fault.Refusef("%s is in the log already, as entry %d", path, e.Index)
		}
	}
	index, err := s.log.Append(signed)
	if err != nil {
		return err
	}
	a.printf("%d\n", index)
	return nil
}

// logExport copies checkpoint and tiles, and nothing else: intent and lock are the station's business.
func (a *app) logExport(dir string) error {
	return a.withLog(func(s *logs.Snapshot) ([]byte, error) {
		return nil, s.Export(dir)
	})
}
