package main

import (
	"bufio"
	"context"
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/logs/durable"
)

type actOptions struct {
	from    string
	out     string
	signers []string
	fields  map[string]*[]string // by flag
}

// newActsCmd has the statements of people that are not about media.
func newActsCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "act", Short: "Statements of people about the log, the rules and the station", Args: cli.NoArgs, RunE: cli.HelpOnly}
	a.addActs(c)
	return c
}

// addActs adds the commands that draft, under their noun.
func (a *app) addActs(noun *cobra.Command) {
	for _, d := range draft.Commands() {
		if d.Noun == noun.Name() {
			noun.AddCommand(newActCmd(a, d))
		}
	}
}

func newActCmd(a *app, d *draft.Command) *cobra.Command {
	o := &actOptions{fields: map[string]*[]string{}}
	c := &cobra.Command{
		Use:     d.Verb,
		Short:   d.Says().String(),
		Example: d.Example,
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runAct(cmd.Context(), d, args, o) },
	}
	help := []message.Text{message.Of("Draft a statement for people to sign: \"%s\".", d.Says())}
	switch arguments := d.Arguments(); arguments {
	case "":
		c.Args = cli.NoArgs
	case "NUMBER...":
		help = append(help, message.Of("NUMBER is the number of the medium in the register."))
		fallthrough
	default:
		c.Use += " " + arguments
	}
	if d.Old == nil {
		help = append(help, message.Of("Only a log of version 2 has such statements (rasure station upgrade)."))
	}
	help = append(help, message.Of(`Missing fields are prompted for on a terminal. Send the draft to its signers (rasure sign FILE --as ROLE,
or plain ssh-keygen); rasure log add FILE puts it into the log. It counts when everybody who is named
with --signer has signed, and nobody else.`))
	if old, renamed := map[string]string{"inventory": "count", "report-loss": "lose"}[d.Verb]; renamed {
		c.Aliases = []string{old} // the word of 0.1
	}
	a.ExplainWith(c, help...)
	o.AddFlags(a, c, d)
	return c
}

func (o *actOptions) AddFlags(a *app, c *cobra.Command, d *draft.Command) {
	c.Flags().StringVar(&o.from, "from", "", "file with the fields as a JSON object; flags take precedence")
	c.Flags().StringVar(&o.out, "out", "", "file for the draft, which must not exist (default: stdout)")
	c.Flags().StringArrayVar(&o.signers, "signer", nil, "who must sign, as ROLE=NAME with the name in the roster; can be repeated")
	for _, f := range d.Flags() {
		o.fields[f.Name] = new([]string)
		c.Flags().StringArrayVar(o.fields[f.Name], f.Name, nil, "")
		a.ExplainWith(c.Flags().Lookup(f.Name), f.Help)
	}
}

// runAct prints the text that is to be signed.
func (a *app) runAct(ctx context.Context, c *draft.Command, args []string, o *actOptions) error {
	log, err := a.draftLog()
	if err != nil {
		return err
	}
	d, err := c.Begin(log, a.entryRef, a.settings.Location())
	if err != nil {
		return err
	}
	if err := o.fill(d, c, args); err != nil {
		return err
	}
	lines := bufio.NewReader(a.In)
	for _, flag := range d.Missing() {
		if err := a.askField(ctx, lines, c, d, flag); err != nil {
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
	return a.writeDraft(o.out, text)
}

// fill takes the fields from the file, the arguments and the flags, in this order.
func (o *actOptions) fill(d draft.Draft, c *draft.Command, args []string) error {
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
		if err := d.Set(draft.Numbers, args); err != nil {
			return err
		}
	}
	for _, f := range c.Flags() {
		if values := *o.fields[f.Name]; len(values) > 0 {
			if err := d.Set(f.Name, values); err != nil {
				return fault.Usagef("--%s: %w", f.Name, err)
			}
		}
	}
	return nil
}

func (a *app) writeDraft(out, text string) error {
	if out == "" {
		return a.Write([]byte(text))
	}
	err := durable.WriteNew(out, []byte(text), 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fault.Refusef("%s exists", out)
	}
	return err
}

// draftLog is the log that a draft is for; nil if its statements are of version 1. Nobody needs the permissions of root to draft.
func (a *app) draftLog() (draft.Log, error) {
	second, err := station.WritesVersion2(a.stateDir)
	if errors.Is(err, fs.ErrPermission) {
		a.Note("the log of this station cannot be read (%v): the draft is of version 1\n", err)
		return nil, nil
	}
	if err != nil || !second {
		return nil, err
	}
	state, err := a.stateOfLog()
	if err != nil {
		return nil, err
	}
	return draft.LogOf(state), nil
}

// stateOfLog is what the log of this station says. A user who may not open the station verifies all of the log for it.
func (a *app) stateOfLog() (*audit.State, error) {
	st, err := a.openStation()
	if errors.Is(err, fs.ErrPermission) {
		r, err := a.examineOurs(auditOptions{})
		if err != nil {
			return nil, err
		}
		return r.State, nil
	}
	if err != nil {
		return nil, err
	}
	defer st.Close()
	return st.State()
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
func (a *app) askField(ctx context.Context, lines *bufio.Reader, c *draft.Command, d draft.Draft, flag string) error {
	if !a.Interactive() {
		missing := fault.Usagef("--%s is missing", flag)
		switch {
		case flag == draft.Numbers && c.Arguments() == "FILE":
			missing = fault.Usagef("the file is missing")
		case flag == draft.Numbers:
			missing = fault.Usagef("the number of the medium is missing")
		}
		return fault.WithHint(missing, "rasure %s %s --help lists the fields", c.Noun, c.Verb)
	}
	a.Note("%s, %s: ", flag, d.Prompt(flag))
	typed, err := cli.ReadLine(ctx, lines)
	if err != nil {
		return notDrafted(err)
	}
	return d.SetTyped(flag, typed)
}

// askSigners asks on a terminal who must sign.
func (a *app) askSigners(ctx context.Context, lines *bufio.Reader, d draft.Draft) error {
	if !a.Interactive() {
		return fault.WithHint(fault.Usagef("--signer is missing: name who must sign"), "--signer %s=NAME", d.Signs()[0].Role)
	}
	for _, r := range d.Signs() {
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
