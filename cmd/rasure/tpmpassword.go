package main

import (
	"bytes"

	"github.com/spf13/cobra"

	"rasure/certify/tpm"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// tpmPasswords are where the passwords of a TPM come from: files, or the terminal. They are never on the command line, which every user of the machine can
// read.
type tpmPasswords struct{ owner, endorsement string }

// passwordFlags adds the flags for the passwords that a command may need.
func (a *app) passwordFlags(c *cobra.Command, all ...tpm.Hierarchy) *cobra.Command {
	for _, h := range all {
		switch h {
		case tpm.Owner:
			c.Flags().StringVar(&a.passwords.owner, ownerPasswordFlag, "", "file with the password of the TPM's owner hierarchy (default: ask on the terminal, if there is one)")
		case tpm.Endorsement:
			c.Flags().StringVar(&a.passwords.endorsement, endorsementPasswordFlag, "", "file with the password of the TPM's endorsement hierarchy (default: ask on the terminal, if there is one)")
		}
	}
	return c
}

const (
	ownerPasswordFlag       = "owner-password-file"
	endorsementPasswordFlag = "endorsement-password-file"
)

// password returns the password of a hierarchy that has one. It is asked once: a wrong one ends the command.
func (a *app) password(h tpm.Hierarchy) (tpm.Secret, error) {
	path, flag := a.passwords.owner, ownerPasswordFlag
	if h == tpm.Endorsement {
		path, flag = a.passwords.endorsement, endorsementPasswordFlag
	}
	if path == "" {
		typed, err := a.Password(message.Of("Password of the TPM's %s hierarchy: ", string(h)))
		if err != nil {
			return nil, fault.WithHint(fault.Usage(err), "give --%s FILE", flag)
		}
		return typed, nil
	}
	text, err := cli.ReadFile(path)
	if err != nil {
		return nil, err
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	if line = bytes.TrimSuffix(line, []byte("\r")); len(line) == 0 {
		return nil, fault.Usagef("--%s: the first line of %s is empty", flag, path)
	}
	return line, nil
}

// ownTPM sets passwords of the TPM, and prints them once.
func (a *app) ownTPM(set func(show func(owner, lockout string) error) error) error {
	err := set(func(owner, lockout string) error {
		a.Note("Keep these passwords of the TPM in a safe. They are printed once, and are stored nowhere.\n")
		const width = 8
		return a.Write([]byte(cli.FieldLine(a.Lang, width, message.Of("owner"), "%s", owner) + cli.FieldLine(a.Lang, width, message.Of("lockout"), "%s", lockout)))
	})
	if err != nil {
		return message.Errorf("the station was made, and works: %w", err)
	}
	return nil
}
