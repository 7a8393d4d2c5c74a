package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"rasure/cmd/internal/fault"
	"rasure/logs"
)

type cosignOptions struct {
	auditOptions
	name, with string
	first      bool
}

func newCosignCmd(a *app) *cobra.Command {
	var o cosignOptions
	c := &cobra.Command{
		Use:   "cosign --log DIR --key station.pem --name NAME --with FILE (--since CHECKPOINT | --first)",
		Short: "Vouch for a log as an auditor, after a full audit",
		Long: `Vouch for a log as an auditor: verify everything in it, prove that it only grew since the checkpoint that was
cosigned last time (--since, which must bear the same cosigner's line), and print the log's checkpoint with a
new line by your Ed25519 key. Keep it: the next audit and the next cosigning ask for it. It runs on any machine,
on a copy of the log; the station never holds your key. The key is that of an SSH key file, which may lie on a
USB stick, or in the agent.

Your public key, as rasure audit --cosigner and other C2SP tools read it, goes to stderr.

Example: rasure log cosign --log station7 --key station7.pem --name secrecy.office.example --with /media/stick/key \
  --since 2026-04.checkpoint > 2026-05.checkpoint` + "\n" + exitHelp,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.cosign(o) },
	}
	c.Flags().StringVar(&o.log, "log", "", "directory of the log (default: log in the state directory)")
	c.Flags().StringVar(&o.key, "key", "", "the station's public key")
	c.Flags().StringVar(&o.since, "since", "", "the checkpoint that you cosigned last time")
	c.Flags().BoolVar(&o.first, "first", false, "there is none: this is your first one of this log")
	c.Flags().StringVar(&o.name, "name", "", "who vouches; it stands on the line")
	c.Flags().StringVar(&o.with, "with", "agent", "your Ed25519 key: private key file, public key file of a key in the agent, or agent")
	c.Flags().StringVar(&o.roots, "roots", "", "who may change the roster, as an allowed_signers file")
	return c
}

func (a *app) cosign(o cosignOptions) error {
	if (o.since == "") != o.first {
		return fault.Usage(errors.New("either --since, the checkpoint that you cosigned last, or --first"))
	}
	signer, release, err := a.personKey(o.with, bufio.NewReader(a.in))
	if err != nil {
		return err
	}
	defer release.Close()
	public, err := ed25519Key(signer.PublicKey())
	if err != nil {
		return fault.Usagef("--with: %w", err)
	}
	by, err := logs.NewCosigner(o.name, public)
	if err != nil {
		return fault.Usagef("--name: %w", err)
	}
	e, err := a.examine(o.auditOptions, by)
	if err != nil {
		return err
	}
	seen := e.audited()
	if !seen.Holds {
		for _, p := range seen.Problems {
			a.note("problem    entry %d: %s\n", p.Index, p.Detail)
		}
		return fault.NotVerifiedf("%s: %d rule(s) broken: nothing was cosigned", e.log, len(seen.Problems))
	}
	checkpoint, err := readFile(filepath.Join(e.log, "checkpoint"))
	if err != nil {
		return err
	}
	if now, _, err := logs.OpenCheckpoint(e.policy, checkpoint); err != nil || now != e.Checkpoint {
		return fmt.Errorf("%s has grown since it was verified: cosign a copy, or try again", e.log)
	}
	signed, err := by.Cosign(e.policy, checkpoint, now(), func(msg []byte) ([]byte, error) {
		sig, err := signer.Sign(rand.Reader, msg)
		if err != nil {
			return nil, err
		}
		return sig.Blob, nil
	})
	if err != nil {
		return err
	}
	a.note("%d entries, begins without end: %d\ncosigner: %s\n", seen.Entries, len(seen.Open), by)
	_, err = a.out.Write(signed)
	return err
}

// ed25519Key takes an SSH key that is a plain Ed25519 one: a FIDO token signs other bytes than it is given.
func ed25519Key(key ssh.PublicKey) (ed25519.PublicKey, error) {
	parsed, err := ssh.ParsePublicKey(key.Marshal()) // a key in the agent has a type of its own
	if err != nil {
		return nil, err
	}
	c, ok := parsed.(ssh.CryptoPublicKey)
	if !ok || parsed.Type() != ssh.KeyAlgoED25519 {
		return nil, fmt.Errorf("a checkpoint is cosigned by a key of type %s, not %s", ssh.KeyAlgoED25519, key.Type())
	}
	public, ok := c.CryptoPublicKey().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("not an Ed25519 key")
	}
	return public, nil
}
