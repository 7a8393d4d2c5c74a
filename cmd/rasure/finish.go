package main

import (
	"bufio"
	"context"
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/logs/durable"
)

// finishOptions say what becomes of a draft: a file, signatures, an entry of the log.
type finishOptions struct {
	out   string
	sign  []string
	add   bool
	annex string // file; "" if the draft has none
	by    []draft.SignAs
}

func (o *finishOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringVar(&o.out, "out", "", "file for the draft, which must not exist (default: stdout)")
	c.Flags().StringArrayVarP(&o.sign, "sign", "s", nil, "sign the draft at once with a key, as KEYFILE, ROLE=KEYFILE or ROLE=agent; several are separated by commas")
	c.Flags().BoolVarP(&o.add, "add", "a", false, "add the signed statement to the log of this station, and print its index")
}

func (o *finishOptions) check() (err error) {
	if o.by, err = draft.ParseSignAs(o.sign); err != nil {
		return err
	}
	if o.add && len(o.sign) == 0 {
		return fault.Usagef("--add needs --sign: only a signed statement is added")
	}
	return nil
}

// resolve finds out whose keys sign, and in which role.
func (o *finishOptions) resolve(roster *people.Roster, rules []statement.SignerRule) (err error) {
	o.by, err = draft.Resolve(o.by, roster, rules, now())
	return err
}

// here are those who sign at once, ROLE=NAME each.
func (o *finishOptions) here() (signers []string) {
	for _, as := range o.by {
		if as.Name != "" {
			signers = append(signers, as.Role+"="+as.Name)
		}
	}
	return signers
}

// finish signs a draft, adds it to the log, and writes it where it belongs. state is nil for a draft of version 1.
func (a *app) finish(ctx context.Context, state *audit.State, text string, o finishOptions) error {
	signed := []byte(text)
	if len(o.sign) > 0 {
		var err error
		if signed, err = a.signDraft(ctx, state, text, o); err != nil {
			return err
		}
	}
	if o.out != "" {
		err := durable.WriteNew(o.out, signed, 0o644)
		if errors.Is(err, fs.ErrExist) {
			return fault.Refusef("%s exists", o.out)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case o.add:
		private, err := readOptional(o.annex)
		if err != nil {
			return err
		}
		return a.addSigned(ctx, signed, private)
	case o.out == "":
		return a.Write(signed)
	}
	return nil
}

// signDraft shows a draft once, and has it signed in each role that is named. A key that the roster gives to nobody whom the draft names is refused.
func (a *app) signDraft(ctx context.Context, state *audit.State, text string, o finishOptions) ([]byte, error) {
	if err := a.showText(text, o.annex); err != nil {
		return nil, err
	}
	if draft.HasLists(text) && state != nil {
		if err := a.showEntries(state, text, state.Checkpoint.Origin); err != nil {
			return nil, err
		}
	}
	signed, lines := []byte(text), bufio.NewReader(a.In)
	for _, as := range o.by {
		role := people.Role(as.Role)
		if err := a.checkSigner(state, text, role, as.Key); err != nil {
			return nil, err
		}
		sig, err := a.signText(ctx, text, role, as.Key, lines)
		if err != nil {
			return nil, err
		}
		if signed, err = people.Attach(signed, sig); err != nil {
			return nil, fault.Refuse(err)
		}
	}
	return signed, nil
}

// checkSigner refuses a role or a key that does not fit the text, before the key is used. Without a state only the role can be compared.
func (a *app) checkSigner(state *audit.State, text string, role people.Role, key string) error {
	if err := draft.CheckRole(text, role); err != nil || state == nil {
		return err
	}
	public, err := draft.PublicKey(key)
	if err != nil {
		return err
	}
	_, err = draft.CheckSigner(state, text, role, public)
	return err
}

// readOptional reads a file, or nothing if none is named.
func readOptional(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	return cli.ReadFile(path)
}
