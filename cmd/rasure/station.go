package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/station"
)

func newStationCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "station", Short: "The workstation as a signer", Args: cli.NoArgs, RunE: cli.HelpOnly}
	c.AddCommand(newStationInitCmd(a), newStationKeyCmd(a), newRosterCmd(a))
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
who can read the file can sign, and every certificate says so.`,
		Example: `rasure station init --name station7.archive.example --key tpm`,
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runStationInit(cmd.Context(), o) },
	}
	c.Flags().StringVar(&o.Name, "name", "", "name of the station; it is on every signature and cannot be changed")
	c.Flags().StringVar(&o.Key, "key", "", "where the key is kept: tpm or software")
	c.Flags().StringVar(&o.TPM, "tpm", station.DefaultTPM, "the TPM: /dev/tpmrm0 or unix:SOCKET")
	return c
}

func newStationKeyCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "key",
		Short: "Print the station's public key (PEM)",
		Args:  cli.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return a.runStationKey() },
	}
}

func (a *app) runStationInit(ctx context.Context, o station.InitOptions) error {
	s, err := station.Init(ctx, a.stateDir, o, a.stationOptions())
	if err != nil {
		return err
	}
	defer s.Close()
	a.Note("station %s: key %s, assurance %s\n", s.Name(), s.KeySHA256(), s.Assurance())
	if s.Assurance() == certify.Software {
		a.Note("warning: this is a software key: everybody who can read %s can sign, and nobody notices a log that was cut back\n", s.Path(station.SoftwareKeyFile))
	}
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
