package main

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

type actOptions struct {
	from    string
	out     string
	signers []string
	fields  map[string]*[]string // by the name in JSON
}

func newActCmd(a *app, form *certify.DeclarationKind) *cobra.Command {
	o := &actOptions{fields: map[string]*[]string{}}
	help := []message.Text{message.Of("Draft a statement for people to sign: \"%s\".", form.Says)}
	use := form.Verb
	media := slices.Contains(slices.Concat(form.Must, form.May), "media")
	if media {
		use += " NUMBER..."
		help = append(help, message.Of("NUMBER is the number of the medium in the register."))
	}
	help = append(help, message.Of(`Missing fields are prompted for on a terminal. Send the draft to its signers (rasure sign FILE --as ROLE,
or plain ssh-keygen); rasure log add FILE puts it into the log. It counts when everybody who is named
with --signer has signed, and nobody else.`))
	c := &cobra.Command{
		Use:     use,
		Short:   form.Says.String(),
		Example: draft.Examples[form.Kind],
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runAct(cmd.Context(), form, args, o) },
	}
	if old, renamed := map[certify.Kind]string{certify.KindInventory: "count", certify.KindLoss: "lose"}[form.Kind]; renamed {
		c.Aliases = []string{old} // the word of 0.1
	}
	a.ExplainWith(c, help...)
	if !media {
		c.Args = cli.NoArgs
	}
	o.AddFlags(a, c, form)
	return c
}

func (o *actOptions) AddFlags(a *app, c *cobra.Command, form *certify.DeclarationKind) {
	c.Flags().StringVar(&o.from, "from", "", "file with the fields as a JSON object; flags take precedence")
	c.Flags().StringVar(&o.out, "out", "", "file for the draft, which must not exist (default: stdout)")
	c.Flags().StringArrayVar(&o.signers, "signer", nil, "who must sign, as ROLE=NAME with the name in the roster; can be repeated")
	for _, field := range slices.Concat(form.Must, form.May, []string{"remarks"}) {
		if field != "media" {
			o.fields[field] = new([]string)
			c.Flags().StringArrayVar(o.fields[field], draft.Flag(field), nil, "")
			a.ExplainWith(c.Flags().Lookup(draft.Flag(field)), draft.FieldHelp(field, slices.Contains(form.Must, field)))
		}
	}
}

// runAct prints the text that is to be signed.
func (a *app) runAct(ctx context.Context, form *certify.DeclarationKind, args []string, o *actOptions) error {
	d := draft.New(form, a.entryRef)
	if o.from != "" {
		file, err := cli.ReadFile(o.from)
		if err != nil {
			return err
		}
		if err := d.Merge(file); err != nil {
			return fault.Usagef("%s: %w", o.from, err)
		}
	}
	if len(args) > 0 {
		if err := d.Set("media", args); err != nil {
			return err
		}
	}
	for field, values := range o.fields {
		if len(*values) > 0 {
			if err := d.Set(field, *values); err != nil {
				return fault.Usagef("--%s: %w", draft.Flag(field), err)
			}
		}
	}
	lines := bufio.NewReader(a.In)
	for _, field := range d.Missing() {
		if err := a.askField(ctx, lines, d, field); err != nil {
			return err
		}
	}
	if len(o.signers) > 0 || !d.HasSigners() {
		if err := d.SetSigners(o.signers); err != nil {
			return fault.Usagef("--signer %w", err)
		}
		if !d.HasSigners() {
			if err := a.askSigners(ctx, lines, d); err != nil {
				return err
			}
		}
	}
	text, err := d.Text()
	if err != nil {
		return fault.Usage(err)
	}
	if o.out == "" {
		return a.Write([]byte(text))
	}
	err = durable.WriteNew(o.out, []byte(text), 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fault.Refusef("%s exists", o.out)
	}
	return err
}

// entryRef refers to an entry of the station's log.
func (a *app) entryRef(index int64) (certify.EntryRef, error) {
	s, err := a.openStation()
	if err != nil {
		return certify.EntryRef{}, err
	}
	defer s.Close()
	return s.Refer(index)
}

// askField asks for a field on a terminal; where there is none, it is a mistake of the command line.
func (a *app) askField(ctx context.Context, lines *bufio.Reader, d *draft.Draft, field string) error {
	if !a.Interactive() {
		missing := fault.Usagef("--%s is missing", draft.Flag(field))
		if field == "media" {
			missing = fault.Usagef("the number of the medium is missing")
		}
		return fault.WithHint(missing, "rasure medium %s --help lists the fields", d.Form.Verb)
	}
	a.Note("%s, %s: ", draft.Flag(field), draft.FieldText(field))
	typed, err := cli.ReadLine(ctx, lines)
	if err != nil {
		return notDrafted(err)
	}
	return d.SetTyped(field, typed)
}

// askSigners asks on a terminal who must sign.
func (a *app) askSigners(ctx context.Context, lines *bufio.Reader, d *draft.Draft) error {
	if !a.Interactive() {
		return fault.WithHint(fault.Usagef("--signer is missing: name who must sign"), "--signer %s=NAME", d.Form.Signs[0].Role)
	}
	for _, r := range d.Form.Signs {
		a.Note("who signs as %s (at least %d; names separated by spaces): ", r.Role, r.Least)
		typed, err := cli.ReadLine(ctx, lines)
		if err != nil && r.Least > 0 {
			return notDrafted(err)
		}
		d.AddSigners(r.Role, typed)
	}
	return nil
}

func notDrafted(err error) error {
	if errors.Is(err, fault.ErrInterrupted) {
		return message.Errorf("%w: nothing was drafted", fault.ErrInterrupted)
	}
	return message.Errorf("nothing was typed: nothing was drafted")
}
