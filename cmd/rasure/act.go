package main

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/people"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// newActsCmd has the statements of people that are not about media.
func newActsCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "act", Short: "Statements of people about the log, the rules and the station", Args: cli.NoArgs, RunE: cli.HelpOnly}
	a.addActs(c)
	return c
}

// addActs adds the commands that draft, under their noun. Their flags come from the kinds of statements, which takes longer than to verify a certificate, so
// that a command line without the noun goes without.
func (a *app) addActs(noun *cobra.Command) {
	if a.words != nil && !slices.ContainsFunc(a.words, func(w string) bool { return w == noun.Name() || w == "help" || strings.HasPrefix(w, "__") }) {
		return
	}
	for _, d := range draft.Commands() {
		if d.Noun == noun.Name() {
			noun.AddCommand(newActCmd(a, d))
		}
	}
}

func newActCmd(a *app, d *draft.Command) *cobra.Command {
	given := draft.Given{Fields: map[string]*[]string{}}
	var finish finishOptions
	var short shortcuts
	c := &cobra.Command{
		Use:     d.Verb,
		Short:   d.Says().String(),
		Example: d.Example,
		RunE: func(cmd *cobra.Command, args []string) error {
			given.Arguments = args
			return a.runAct(cmd.Context(), d, given, short, finish)
		},
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
	help = append(help, message.Of(`Missing fields are prompted for on a terminal. In a log of version 2 the rules are checked at once. Send the draft
to its signers (rasure sign FILE --as ROLE, or plain ssh-keygen); rasure log add FILE puts it into the log. It counts
when everybody who is named with --signer has signed, and nobody else. If all of them are here, --sign ROLE=KEY signs
the draft and --add adds it: one act, one command.`))
	if old, renamed := map[string]string{"inventory": "count", "report-loss": "lose"}[d.Verb]; renamed {
		c.Aliases = []string{old} // the word of 0.1
	}
	a.ExplainWith(c, help...)
	c.Flags().StringVar(&given.From, "from", "", "file with the fields as a JSON object; flags take precedence")
	finish.AddFlags(c)
	short.AddFlags(c, d)
	c.Flags().StringArrayVar(&given.Signers, "signer", nil, "who must sign, as ROLE=NAME with the name in the roster; can be repeated")
	cli.ShortNames(c, map[string]string{"class": "classification", "new-class": "new-classification"})
	for _, f := range d.Flags() {
		given.Fields[f.Name] = new([]string)
		c.Flags().StringArrayVar(given.Fields[f.Name], f.Name, nil, "")
		a.ExplainWith(c.Flags().Lookup(f.Name), f.Help)
	}
	return c
}

// runAct drafts a statement, and signs and adds it if that is asked for.
func (a *app) runAct(ctx context.Context, c *draft.Command, given draft.Given, short shortcuts, finish finishOptions) error {
	if err := finish.check(); err != nil {
		return err
	}
	state, err := a.draftState()
	if err != nil {
		return err
	}
	var log draft.Log
	if state != nil {
		log = draft.LogOf(state)
	}
	d, err := c.Begin(log, a.entryRef, a.settings.Location())
	if err != nil {
		return err
	}
	var roster *people.Roster
	if state != nil {
		roster = state.Rosters.At(state.Checkpoint.Size)
	}
	if err := finish.resolve(roster, d.Signs()); err != nil {
		return err
	}
	given.Here = finish.here()
	if err := short.fill(ctx, a, state, &given); err != nil {
		return err
	}
	if draft.NeedsLists(c, state, given.Arguments) {
		if state, err = a.listMedia(ctx, state, &given); err != nil {
			return err
		}
		if d, err = c.Begin(draft.LogOf(state), a.entryRef, a.settings.Location()); err != nil {
			return err
		}
	}
	text, err := c.Fill(ctx, &a.Console, d, given)
	if err != nil {
		return err
	}
	if state != nil {
		if err := draft.Check(state, text); err != nil {
			return err
		}
	}
	if files := given.Fields["annex"]; files != nil && len(*files) == 1 {
		finish.annex = (*files)[0]
	}
	return a.finish(ctx, state, text, finish)
}

// listMedia puts the media of the arguments into lists of the log, which the act then names. It returns what the log says with these.
func (a *app) listMedia(ctx context.Context, state *audit.State, given *draft.Given) (*audit.State, error) {
	rows, err := state.Register.CountRows(given.Arguments)
	if err != nil {
		return nil, fault.Refuse(err)
	}
	st, err := a.openStation()
	if err != nil {
		return nil, err
	}
	defer st.Close()
	lists, err := st.AppendLists(ctx, "count", rows)
	if err != nil {
		return nil, err
	}
	words := []string{}
	for _, l := range lists {
		words = append(words, strconv.FormatInt(l.Index, 10))
	}
	given.Arguments = nil
	given.Set("lists", words...)
	return st.State()
}

// draftState is what the log says that a draft is for; nil if its statements are of version 1. Nobody needs the permissions of root to draft.
func (a *app) draftState() (*audit.State, error) {
	second, err := station.WritesVersion2(a.stateDir)
	if errors.Is(err, fs.ErrPermission) {
		a.Note("the log of this station cannot be read (%v): the draft is of version 1\n", err)
		return nil, nil
	}
	if err != nil || !second {
		return nil, err
	}
	return a.stateOfLog()
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
