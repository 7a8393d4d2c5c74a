package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/logs/durable"
)

func newStationCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "station", Short: "The workstation as a signer", Args: cli.NoArgs, RunE: cli.HelpOnly}
	c.AddCommand(newStationInitCmd(a), newStationUpgradeCmd(a), newStationCardCmd(a), newStationAttestCmd(a), newStationKeyCmd(a), newRepairCmd(a), newRecountCmd(a), newSuccessionCmd(a), newRosterCmd(a),
		newSettingsCmd(a))
	return c
}

func newStationInitCmd(a *app) *cobra.Command {
	var o station.InitOptions
	c := &cobra.Command{
		Use:   "init --name NAME --key tpm|software",
		Short: "Create the station's key and its log",
		Long: `Create the station's key and its log in the state directory. Neither is ever overwritten.

With --key tpm the key is created in the TPM and never leaves it, and a monotonic counter in the TPM counts the
entries of the log, so that a log that was cut back is noticed. With --key software the key is in a file: everybody
who can read the file can sign, and every certificate says so.

With --succeeds the new log continues that of a station whose key or TPM is lost, and begins with version 2 of statements
(a draft). The roots of the old log sign that it does so: rasure station succession.`,
		Example: `rasure station init --name station7.archive.example --key tpm`,
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runStationInit(cmd.Context(), o) },
	}
	c.Flags().StringVar(&o.Succeeds, "succeeds", "", "directory of the log that the new one continues")
	c.Flags().StringVar(&o.Upgrade.Org.Organisation, "organisation", "", "with --succeeds: whose station it is (default: organisation of the settings)")
	c.Flags().StringVar(&o.Name, "name", "", "name of the station; it is on every signature and cannot be changed")
	c.Flags().StringVar(&o.Key, "key", "", "where the key is kept: tpm or software")
	c.Flags().StringVar(&o.TPM, "tpm", station.DefaultTPM, "the TPM: /dev/tpmrm0 or unix:SOCKET")
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

func (a *app) runStationInit(ctx context.Context, o station.InitOptions) error {
	if o.Name == "" {
		return fault.WithHint(fault.Usagef("--name is missing"), "choose a name like a domain, such as station7.archive.example: it is on every certificate and cannot be changed")
	}
	if o.Succeeds != "" {
		var err error
		is := a.settings
		if o.Upgrade.Org, err = station.NewOrg(cmp.Or(o.Upgrade.Org.Organisation, is.Organisation), is.Department, is.Site, ""); err != nil {
			return err
		}
		o.Upgrade.Zone = is.Zone
	}
	s, err := station.Init(ctx, a.stateDir, o, a.stationOptions())
	if err != nil {
		return err
	}
	defer s.Close()
	a.Note("station %s: key %s, assurance %s\n", s.Name(), s.KeySHA256(), s.Assurance())
	if s.Assurance() == certify.Software {
		a.Note("warning: this is a software key: everybody who can read %s can sign, and nobody notices a log that was cut back\n", s.Path(station.SoftwareKeyFile))
	}
	a.Note("give the station card to those who verify: rasure station card --out station.card\n")
	return nil
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
