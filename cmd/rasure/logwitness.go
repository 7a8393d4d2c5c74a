package main

import (
	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/cosign"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/internal/witness"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

func newLogSubmitCmd(a *app) *cobra.Command {
	var to string
	var since int64
	c := &cobra.Command{
		Use:   "submit --to DIR [--since N]",
		Short: "Write what is new in the log for the hub, to a new directory",
		Long: `Write a request to the hub to a new directory: the entries, hashes and attestations that the hub has not, and a proof
that the log only grew. Carry the directory to the hub on a stick (rasure-hub ingest DIR), or send it over a network
(rasure-hub push DIR URL). The answer is the file cosigned in the same directory: rasure log receive DIR/cosigned.

--since is how many entries the hub has already. Without it, that is what the newest answer says that was received here.

Example: rasure log submit --to /media/stick/station7`,
		Args: cli.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.runLogSubmit(to, since) },
	}
	c.Flags().StringVar(&to, "to", "", "directory to make")
	c.Flags().Int64Var(&since, "since", -1, "number of entries that the hub has (default: as the newest answer says)")
	return c
}

func (a *app) runLogSubmit(to string, since int64) error {
	if to == "" {
		return fault.Usage(message.New("--to is missing: the directory to make"))
	}
	s, err := a.ourLog()
	if err != nil {
		return err
	}
	from, err := witness.Submit(s, durable.FS(a.statePath(station.LogDir)), to, since)
	if err != nil {
		return err
	}
	a.Note("%s: %d new entries of %d\n", to, s.Size()-from, s.Size())
	return nil
}

func newLogReceiveCmd(a *app) *cobra.Command {
	var keyFile string
	c := &cobra.Command{
		Use:   "receive FILE [--witness KEY]",
		Short: "Receive the answer of the hub: the cosigned log head",
		Long: `Receive the answer of the hub: a checkpoint of this log with the hub's cosignature. It is verified and kept. Proofs
that are made afterwards carry the cosignature.

From then on the station refuses to continue a log that has fewer entries than the hub has cosigned, or others: it was
cut back or replaced. So a backup that is put back is noticed, also where the key is in a file or the TPM is emulated.

The first time, --witness names the file with the hub's public key, which rasure-hub key prints. Obtain it independently.

Example: rasure log receive /media/stick/station7/cosigned --witness hub.key`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.runLogReceive(args[0], keyFile) },
	}
	c.Flags().StringVar(&keyFile, "witness", "", "file with the hub's public key (default: the keys that were given before)")
	return c
}

func (a *app) runLogReceive(path, keyFile string) error {
	answer, err := cli.ReadFile(path)
	if err != nil {
		return err
	}
	by, err := readWitness(keyFile)
	if err != nil {
		return err
	}
	s, err := a.ourLog()
	if err != nil {
		return err
	}
	cp, by, err := witness.Receive(s, a.stateDir, a.statePath(station.LogDir), answer, by)
	if err != nil {
		return message.Errorf("%s: %w", path, err)
	}
	a.Note("%s has cosigned %d entries of %d\n", by.Name(), cp.Size, s.Size())
	return nil
}

// readWitness reads the public key of a witness; nil if no file is named.
func readWitness(path string) (*logs.Cosigner, error) {
	if path == "" {
		return nil, nil
	}
	return cosign.ReadKey(path)
}
