package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"rasure/certify/audit"
	"rasure/certify/render/checks"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/cosign"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

type cosignOptions struct {
	auditOptions
	name, keyFile string
	memory        string
	first         bool
	findings      string // file for the findings; "" if there must be none that is open
}

func newCosignCmd(a *app) *cobra.Command {
	var o cosignOptions
	c := &cobra.Command{
		Use:   "cosign --log DIR --station CARD --name NAME --key-file FILE (--since CHECKPOINT | --first)",
		Short: "Cosign a log as an auditor, after a full audit",
		Long: `Cosign a log as an auditor: verify everything in it, prove that it only grew since the checkpoint that you cosigned
last time (--since, which must carry your cosignature), and print the log's checkpoint with a new line by your Ed25519
key. Keep it: the next audit and the next cosigning need it. The command runs on any machine, on a copy of the log; the
station never holds your key. The key is an SSH key file, for example on a USB stick, or a key in the SSH agent.

What you cosign is remembered in --memory. A log that is not what it was when you cosigned it is refused there, and so is
--first for a log that you have cosigned before, even if you have lost the checkpoint.

A log with open findings is not cosigned, unless you give --with-findings FILE: then they are in that file, and your line says only that the log
grew. State them in an act: rasure act audit --findings-sha256 @FILE. The rules of a log of version 2 are in the log.

Your public key, as rasure audit --cosigner and other C2SP tools read it, is printed on stderr.

Example: rasure log cosign --log station7 --station station7.card --name secrecy.office.example --key-file /media/stick/key \
  --since 2026-04.checkpoint > 2026-05.checkpoint`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runCosign(cmd.Context(), o) },
	}
	o.AddFlags(c)
	return c
}

// AddFlags adds to the flags of an audit those of the cosignature.
func (o *cosignOptions) AddFlags(c *cobra.Command) {
	o.auditOptions.AddFlags(c)
	c.Flags().StringVar(&o.policy, "policy", "", "the office's policy file (default: policy of the settings; without it the station's own for its own log, otherwise the default policy)")
	c.Flags().BoolVar(&o.first, "first", false, "there is no earlier cosigned checkpoint: this is your first of this log")
	c.Flags().StringVar(&o.findings, "with-findings", "", "cosign although findings are open, and write all findings to this file, which must not exist")
	c.Flags().StringVar(&o.memory, "memory", "", "directory in which your last cosignature of each log is kept (default: rasure/cosigned in $XDG_STATE_HOME or ~/.local/state)")
	c.Flags().StringVar(&o.name, "name", "", "name of the cosigner, printed on the signature line")
	for _, name := range []string{"key-file", "with"} {
		c.Flags().StringVar(&o.keyFile, name, "agent", "your Ed25519 key: private key file, public key file of a key in the agent, or agent")
	}
	c.Flags().Lookup("with").Hidden = true // its name in 0.1
}

func (a *app) runCosign(ctx context.Context, o cosignOptions) error {
	if (o.since == "") != o.first {
		return fault.Usage(message.New("give either --since, the checkpoint that you cosigned last, or --first"))
	}
	signer, release, err := draft.OpenKey(o.keyFile, func() ([]byte, error) { return a.Passphrase(o.keyFile, bufio.NewReader(a.In)) })
	if err != nil {
		return err
	}
	defer release.Close()
	public, err := ed25519Key(signer.PublicKey())
	if err != nil {
		return fault.Usagef("--key-file: %w", err)
	}
	by, err := logs.NewCosigner(o.name, public)
	if err != nil {
		return fault.Usagef("--name: %w", err)
	}
	if o.memory == "" {
		if o.memory, err = cosign.DefaultDir(os.Getenv); err != nil {
			return err
		}
	}
	memory, unlock, err := cosign.Open(o.memory, by)
	if err != nil {
		return err
	}
	defer unlock()
	pin, err := o.read()
	if err != nil {
		return err
	}
	r, err := a.audit(ctx, pin, o.auditOptions, by)
	if err != nil {
		return err
	}
	if o.policy != "" && r.State.Register.PolicyRef() != nil {
		return fault.WithHint(fault.Usagef("--policy: the rules of this log are in the log"), "leave the flag out: entry %d has the policy in force", r.State.Register.PolicyRef().Index)
	}
	if !r.Valid && o.findings == "" {
		for _, p := range r.Problems {
			a.Note("problem    entry %d: %s\n", p.Index, draft.Visible(checks.Violation(p).In(a.Lang)))
		}
		return fault.WithHint(fault.NotVerified(message.Errorf("%s: %d rule(s) broken: nothing was cosigned", a.logPath(o.log), r.Open())),
			"log cosign --with-findings FILE writes the findings to a file, whose SHA-256 belongs into your act audit, and cosigns")
	}
	if o.findings != "" {
		if err := a.writeFindings(r, o.findings); err != nil {
			return err
		}
	}
	others, err := memory.Check(r, o.first)
	for _, first := range others {
		a.Note("warning: you have cosigned another log of %s, which begins with the entry %.16s\n", r.Station, first)
	}
	if err != nil {
		return err
	}
	signed, err := r.Cosign(by, now(), func(msg []byte) ([]byte, error) {
		sig, err := signer.Sign(rand.Reader, msg)
		if err != nil {
			return nil, err
		}
		return sig.Blob, nil
	})
	if err != nil {
		return err
	}
	if err := memory.Keep(r, signed); err != nil {
		return message.Errorf("remembering what was cosigned: %w", err)
	}
	a.Note("%d entries, open jobs: %d\n", r.Entries, len(r.OpenJobs))
	a.Note("cosigner: %s\n", by)
	return a.Write(signed)
}

// writeFindings writes what the audit found, open and closed, for the auditor's own records: the SHA-256 of the file belongs into the act audit.
func (a *app) writeFindings(r *audit.Report, path string) error {
	text, err := json.MarshalIndent(r.Problems, "", "  ")
	if err != nil {
		return err
	}
	err = durable.WriteNew(path, append(text, '\n'), 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fault.Refusef("%s exists", path)
	}
	if err == nil {
		a.Note("findings: %d open, %d in all, in %s, SHA-256 %s\n", r.Open(), len(r.Problems), path, draft.HexSum(append(text, '\n')))
	}
	return err
}

// ed25519Key returns the key of a plain Ed25519 SSH key. A FIDO token signs other bytes than it is given, so its keys are refused.
func ed25519Key(key ssh.PublicKey) (ed25519.PublicKey, error) {
	parsed, err := ssh.ParsePublicKey(key.Marshal()) // a key in the agent has a type of its own
	if err != nil {
		return nil, err
	}
	c, ok := parsed.(ssh.CryptoPublicKey)
	if !ok || parsed.Type() != ssh.KeyAlgoED25519 {
		return nil, message.Errorf("the key has type %s: a checkpoint is cosigned with a key of type %s", key.Type(), ssh.KeyAlgoED25519)
	}
	public, ok := c.CryptoPublicKey().(ed25519.PublicKey)
	if !ok {
		return nil, message.New("not an Ed25519 key")
	}
	return public, nil
}
