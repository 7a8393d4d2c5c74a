package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
)

func newRepairCmd(a *app) *cobra.Command {
	return a.passwordFlags(&cobra.Command{
		Use:   "repair",
		Short: "Make the key and the counter again that the TPM has lost",
		Long: `Make the station's key and its counter again in the TPM, if they were removed or the TPM was cleared, and compare the
counter with the log. The same TPM makes the same key again. The new counter continues above the old one, so that it
is ahead of the log afterwards; the roots of the roster take it up there (rasure station recount). What is there in
the TPM is not touched, and nothing is added to the log. A TPM that was replaced cannot make the key.`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runRepair(cmd.Context()) },
	}, tpm.Owner, tpm.Endorsement)
}

func (a *app) runRepair(ctx context.Context) error {
	r, err := station.Repair(ctx, a.stateDir, a.stationOptions())
	if r.Key {
		a.Printf("the key was made again: it is the same one\n")
	}
	if r.Counter {
		a.Printf("the counter was made again, and counts from %d\n", r.Value)
	}
	switch {
	case err != nil:
		return err
	case r.Ahead > 0:
		err := fault.Refusef("the counter is %d ahead of the log of %d entries: entries may have been lost", r.Ahead, r.Entries)
		if r.Recount {
			return fault.WithHint(err, "if nothing is known to be lost, the roots take it up there: rasure station recount --help")
		}
		return fault.WithHint(err, "a log of version 1 cannot take that up: keep the directory, which verifies for ever, and begin a new station")
	case r.Ahead < 0:
		return fault.WithHint(fault.Refusef("the log has %d entries more than the counter has counted: it is not the counter of this log", -r.Ahead),
			"keep the directory, which verifies for ever, and begin a new station")
	case !r.Key && !r.Counter:
		a.Printf("nothing is missing: the key is there, and the counter agrees with the log of %d entries\n", r.Entries)
	default:
		a.Printf("the counter agrees with the log of %d entries\n", r.Entries)
	}
	return nil
}

func newRecountCmd(a *app) *cobra.Command {
	var o actFlags
	c := &cobra.Command{
		Use:   "recount --reason TEXT --signer ROLE=NAME...",
		Short: "Draft the statement that takes up a counter that has counted without entries",
		Long: `Draft the statement that the counter has counted without entries and counts on from its present value. As many roots
as the roster demands sign it (--as roster), and the secrecy officer (--as secrecy); rasure log add FILE adds it.
Every audit of the log shows it from then on: an entry that was lost is possible.`,
		Example: `rasure station recount --reason "TPM cleared by the firmware setup on 2 May" --signer roster=root1 --signer secrecy=wang --out recount`,
		Args:    cli.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return o.draft(a, func(act station.ActOptions) (string, error) {
				return station.DraftRecount(a.stateDir, a.stationOptions(), act)
			})
		},
	}
	return o.AddFlags(c)
}

func newSuccessionCmd(a *app) *cobra.Command {
	var o actFlags
	var old string
	var forOld bool
	c := &cobra.Command{
		Use:   "succession --old DIR --reason TEXT --signer roster=NAME...",
		Short: "Draft the statement that this log continues that of a station that is lost",
		Long: `Draft the statement that the log of this station, which was made with rasure station init --succeeds, continues the log
of a station whose key or TPM is lost. As many roots as the roster demands sign it (--as roster); rasure log add FILE adds
it. It states how many media the old log leaves; they are registered again in the new one. An audit compares the two logs
with --predecessor.

With --for-old the statement is one for the old log, which its own station adds as its last entry while it has its key:
draft it for both logs, and retire the old station then.`,
		Example: `rasure station succession --old /mnt/old/log --reason "new mainboard" --signer roster=root1 --out succession`,
		Args:    cli.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return o.draft(a, func(act station.ActOptions) (string, error) {
				s, err := a.openStation()
				if err != nil {
					return "", err
				}
				defer s.Close()
				return s.DraftSuccession(old, forOld, act)
			})
		},
	}
	c.Flags().StringVar(&old, "old", "", "directory of the log that this one continues")
	c.Flags().BoolVar(&forOld, "for-old", false, "draft it as the last entry of the old log")
	return o.AddFlags(c)
}

// actFlags are those of a statement that the station drafts for its roots.
type actFlags struct {
	reason, out string
	signers     []string
}

func (o *actFlags) AddFlags(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&o.reason, "reason", "", "what happened")
	c.Flags().StringArrayVar(&o.signers, "signer", nil, "who must sign, as ROLE=NAME with the name in the roster; can be repeated")
	c.Flags().StringVarP(&o.out, "out", "o", "", "file to write (default: stdout)")
	return c
}

// draft writes what is to be signed.
func (o *actFlags) draft(a *app, text func(station.ActOptions) (string, error)) error {
	act := station.ActOptions{Reason: o.reason, Offset: a.settings.OffsetMinutes(now())}
	if o.reason == "" || len(o.signers) == 0 {
		return fault.Usagef("--reason and --signer are needed")
	}
	for _, word := range o.signers {
		role, name, ok := strings.Cut(word, "=")
		if !ok {
			return fault.Usagef("--signer %s: write ROLE=NAME", word)
		}
		act.Signers = append(act.Signers, statement.Signer{Role: role, Person: name})
	}
	draft, err := text(act)
	if err != nil {
		return err
	}
	return a.writeOut(o.out, []byte(draft))
}
