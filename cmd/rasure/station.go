package main

import (
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/logs/durable"
)

func newStationCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "station", Short: "The workstation as a signer", Args: cli.NoArgs, RunE: cli.HelpOnly}
	c.AddCommand(newStationInitCmd(a), newStationShowCmd(a), newStationBackupCmd(a), newStationRestoreCmd(a), newStationRetireCmd(a), newStationUpgradeCmd(a), newStationCardCmd(a), newStationAttestCmd(a), newStationRequestCmd(a), newStationBootCmd(a), newStationApproveCmd(a), newStationEnrolCmd(a), newCaptureTPMCmd(a), newStationKeyCmd(a), newRepairCmd(a), newRecountCmd(a), newSuccessionCmd(a), newRosterCmd(a),
		newSettingsCmd(a))
	return c
}

func newStationCardCmd(a *app) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "card",
		Short: "Print the station card, which auditors verify with",
		Long: `Print the station card: the first entry of the station's log. It names the station's key and its counter. Give it to
everybody who verifies certificates or audits the log, on a way of its own and once: with it they accept this log and no
other one. The public key alone (rasure station key) cannot do that: one key can sign several logs.`,
		Example: "rasure station card --out station7.card",
		Args:    cli.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runStationCard(out) },
	}
	c.Flags().StringVarP(&out, "out", "o", "", "file to write (default: stdout)")
	return c
}

func (a *app) runStationCard(out string) error {
	card, attested, err := station.ReadCard(a.stateDir)
	if err != nil {
		return err
	}
	if attested {
		a.Note("every entry of this log has its attestation: tell auditors that they can demand it with --attested-from 1\n")
	}
	return a.writeOut(out, card)
}

func newStationAttestCmd(a *app) *cobra.Command {
	var nonce, out string
	c := &cobra.Command{
		Use:   "attest --nonce HEX",
		Short: "Sign the log's head for an auditor who asks now",
		Long: `Sign the log's head for an auditor who asks now: number of entries and root, with the nonce that the auditor chose, by
the station's key and, with a TPM, by its counter. An old answer does not have the nonce, so the auditor sees whether
entries were cut off since. Nothing is added to the log. The auditor checks it with rasure audit --fresh FILE --nonce HEX.`,
		Example: "rasure station attest --nonce $(openssl rand -hex 16) --out answer",
		Args:    cli.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.runStationAttest(nonce, out) },
	}
	c.Flags().StringVar(&nonce, "nonce", "", "hex digits that the auditor chose at random, 32 at least")
	c.Flags().StringVarP(&out, "out", "o", "", "file to write (default: stdout)")
	return c
}

func (a *app) runStationAttest(nonce, out string) error {
	raw, err := audit.ParseNonce(nonce)
	if err != nil {
		return fault.Usagef("--nonce: %w", err)
	}
	s, err := a.openStation()
	if err != nil {
		return err
	}
	defer s.Close()
	answer, err := s.Attest(raw)
	if err != nil {
		return err
	}
	return a.writeOut(out, answer)
}

// writeOut writes a new file, or to stdout if no file is named.
func (a *app) writeOut(path string, data []byte) error {
	if path == "" {
		return a.Write(data)
	}
	if err := durable.WriteNew(path, data, 0o644); errors.Is(err, fs.ErrExist) {
		return fault.Refusef("%s already exists", path)
	} else if err != nil {
		return err
	}
	a.Printf("%s\n", path)
	return nil
}

func newStationKeyCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "key",
		Short: "Print the station's public key (PEM)",
		Long: `Print the station's public key (PEM), for openssl. To verify with rasure, the station card is better (rasure station
card): it fixes one log, and the key does not.`,
		Args: cli.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.runStationKey() },
	}
}

// runStationKey prints the public key from its file; it needs no TPM.
func (a *app) runStationKey() error {
	pem, err := os.ReadFile(a.statePath(station.PublicKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return station.None(a.stateDir)
	}
	if err != nil {
		return err
	}
	return a.Write(pem)
}
