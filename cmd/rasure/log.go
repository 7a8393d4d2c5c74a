package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/annex"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/interrupt"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

func newLogCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "log", Short: "The station's append-only log", Args: cli.NoArgs, RunE: cli.HelpOnly}
	c.AddCommand(
		&cobra.Command{
			Use:   "prove INDEX",
			Short: "Print the proof that an entry is in the log",
			Long: `Print a C2SP tlog-proof of one entry: with it and the station's public key anybody can verify the entry
without the log. It carries the cosignature of the witness if one was received that covers the entry.

Example: rasure log prove 12 > certificate.tlog-proof`,
			Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				return a.withEntry(args[0], (*logs.Snapshot).ProveCosigned)
			},
		},
		newLogEntryCmd(a),
		&cobra.Command{
			Use:   "checkpoint",
			Short: "Print the log's newest checkpoint",
			Long: `Print the log's newest checkpoint: origin, number of entries and root hash, signed. Keep it elsewhere: it
shows later whether the log was cut back.`,
			Args: cli.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				return a.withLog(func(s *logs.Snapshot) ([]byte, error) { return s.Signed(), nil })
			},
		},
		newLogAddCmd(a),
		newLogAnnexCmd(a),
		newLogExportCmd(a),
		newCosignCmd(a),
		newLogSubmitCmd(a),
		newLogReceiveCmd(a),
	)
	return c
}

func newLogEntryCmd(a *app) *cobra.Command {
	var dir string
	var pin pinOptions
	c := &cobra.Command{
		Use:   "entry INDEX [--log DIR --station CARD]",
		Short: "Print one entry, byte for byte",
		Long: `Print one entry, byte for byte. Of the copy of a log, which --log names, the checkpoint and the proof of the entry are
verified first.

Example: rasure log entry 12 > certificate.cert`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				return a.withEntry(args[0], (*logs.Snapshot).Entry)
			}
			return a.runCopiedEntry(cmd.Context(), dir, pin, args[0])
		},
	}
	c.Flags().StringVar(&dir, "log", "", "directory of the log (default: log in the state directory)")
	pin.AddFlags(c)
	return c
}

// runCopiedEntry prints an entry of a copy of a log, away from the station.
func (a *app) runCopiedEntry(ctx context.Context, dir string, by pinOptions, arg string) error {
	pin, err := a.pin(by)
	if err != nil {
		return err
	}
	snapshot, err := audit.Snapshot(interrupt.FS(ctx, durable.FS(dir)), pin)
	if err != nil {
		return message.Errorf("%s: %w", dir, err)
	}
	return a.entryOf(arg, snapshot.Size(), func(index int64) ([]byte, error) { return snapshot.Entry(index) })
}

func newLogAddCmd(a *app) *cobra.Command {
	var annexFile string
	c := &cobra.Command{
		Use:   "add FILE",
		Short: "Add a signed statement that is not in the log yet",
		Long: `Add a signed statement that is not in the log yet: what people have signed, or a roster. All signatures are
checked first, by the roster in the log, and every rule of the office; it is refused when it is in the log
already. What the station signs it adds itself.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runLogAdd(cmd.Context(), args[0], annexFile) },
	}
	c.Flags().StringVar(&annexFile, "annex", "", "the annex of the statement, to be kept in the state directory")
	return c
}

// withLog prints something that is read from the log.
func (a *app) withLog(read func(*logs.Snapshot) ([]byte, error)) error {
	s, err := a.ourLog()
	if err != nil {
		return err
	}
	text, err := read(s)
	if err != nil {
		return err
	}
	return a.Write(text)
}

// ourLog is the log of this station.
func (a *app) ourLog() (*logs.Snapshot, error) {
	return station.ReadLog(a.stateDir, func(err error) {
		a.Note("The TPM was not asked (%v): if the newest entries were cut off, nobody notices it here.\n", err)
	})
}

func (a *app) withEntry(arg string, read func(*logs.Snapshot, int64) ([]byte, error)) error {
	s, err := a.ourLog()
	if err != nil {
		return err
	}
	return a.entryOf(arg, s.Size(), func(index int64) ([]byte, error) { return read(s, index) })
}

// entryOf prints what is read of the entry that an argument names, in a log of that size.
func (a *app) entryOf(arg string, size int64, read func(index int64) ([]byte, error)) error {
	index, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || index < 0 {
		return fault.Usagef("%q is not the index of an entry", arg)
	}
	if index >= size {
		return fault.Refusef("the log has %d entries: there is no entry %d", size, index)
	}
	text, err := read(index)
	if err != nil {
		return err
	}
	return a.Write(text)
}

// runLogAdd adds what people have signed. What the station itself signs it appends itself: of a certificate from outside nobody knows
// whether the job went on.
func (a *app) runLogAdd(ctx context.Context, path, annexFile string) error {
	signed, err := cli.ReadFile(path)
	if err != nil {
		return err
	}
	if err := draft.CheckStatement(path, signed); err != nil {
		return err
	}
	private, err := readOptional(annexFile)
	if err != nil {
		return err
	}
	if err := a.addSigned(ctx, signed, private); err != nil {
		return message.Errorf("%s: %w", path, err)
	}
	return nil
}

// addSigned adds a signed statement with its annex, and prints its index.
func (a *app) addSigned(ctx context.Context, signed, private []byte) error {
	s, err := a.openStationFor(signed)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := certify.CheckEntry(signed, s.PublicKey()); err != nil {
		return fault.NotVerified(err)
	}
	kind := certify.KindOf(signed)
	if !certify.SignedByPeople(kind) {
		return fault.WithHint(fault.Refusef("it is signed by a station: only rosters and what people sign is added"),
			"a certificate that is not in the log is added by the next rasure wipe, from the job's file")
	}
	drop, err := annex.Keep(a.stateDir, signed, private)
	if err != nil {
		return err
	}
	index, err := s.AppendChecked(ctx, signed, func(state *audit.State) error {
		if !certify.IsRoster(kind) {
			return nil
		}
		if err := station.CheckRoster(state, signed); err != nil {
			return fault.Refuse(err)
		}
		return nil
	})
	if err != nil {
		drop()
		return err
	}
	a.Printf("%d\n", index)
	return nil
}
