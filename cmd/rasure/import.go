package main

import (
	"bufio"
	"context"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/certify/people"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
)

func newImportCmd(a *app) *cobra.Command {
	var keys []string
	c := &cobra.Command{
		Use:   "import FILE -s KEY",
		Short: "Register the media of a table, with one question",
		Long: `Register the media of a table of comma-separated values, one medium a line. The first line has the names of fields as medium register
has them (number, type, classification, custodian, source, limit, marked-on, serial, ...) or in Chinese (编号, 密级, ...). All
lines are checked by the rules before anything is signed; if one is wrong, its number is printed and nothing is registered.

The custodian of all of them signs: they are shown, one question is asked, and each registration is a statement of its own. Only
a log of version 2 takes them.`,
		Example: "rasure medium import stock.csv -s zhao.key",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runImport(cmd.Context(), args[0], keys) },
	}
	c.Flags().StringArrayVarP(&keys, "sign", "s", nil, "key of the custodian, as KEYFILE or agent")
	return c
}

func (a *app) runImport(ctx context.Context, path string, keys []string) error {
	by, err := draft.ParseSignAs(keys)
	if err != nil {
		return err
	}
	if len(by) != 1 {
		return fault.Usagef("--sign: one custodian signs all of them")
	}
	by[0].Role = "custodian"
	file, err := cli.ReadFile(path)
	if err != nil {
		return err
	}
	state, err := a.draftState()
	if err != nil {
		return err
	}
	if state == nil {
		return fault.WithHint(fault.Refusef("only a log of version 2 has such statements"), "rasure station upgrade begins version 2 in the log of this station")
	}
	if by, err = draft.Resolve(by, state.Rosters.At(state.Checkpoint.Size), nil, now()); err != nil {
		return err
	}
	all, err := draft.Import(file, draft.LogOf(state), a.settings.Location(), []string{"custodian=" + by[0].Name}, func(text string) error { return draft.Check(state, text) })
	if err != nil {
		return message.Errorf("%s: nothing was registered: %w", path, err)
	}
	if len(all) == 0 {
		return fault.Usagef("%s has no media", path)
	}
	signed, err := a.signImported(ctx, state, all, by[0])
	if err != nil {
		return err
	}
	st, err := a.openStation()
	if err != nil {
		return err
	}
	defer st.Close()
	for _, s := range signed {
		index, err := st.AppendChecked(ctx, s, nil)
		if err != nil {
			return err
		}
		a.Printf("%d\n", index)
	}
	return nil
}

// signImported shows all media, asks once, and signs each registration.
func (a *app) signImported(ctx context.Context, state *audit.State, all []draft.Imported, by draft.SignAs) (signed [][]byte, err error) {
	rows := [][]string{a.Heading(message.Of("LINE"), message.Of("NUMBER"), message.Of("CLASS"), message.Of("TYPE"), message.Of("SERIAL"), message.Of("CUSTODIAN"), message.Of("SOURCE"))}
	for _, r := range all {
		rows = append(rows, []string{message.Of("%d", r.Line).In(a.Lang), r.Number, cli.Class(r.Classification).In(a.Lang), cli.Word(r.Type).In(a.Lang), cli.Dash(r.Serial), r.Custodian, r.Source})
	}
	for _, line := range table.Lines(rows) {
		a.Note("%s\n", draft.Visible(line))
	}
	lines := bufio.NewReader(a.In)
	if cli.IsTerminal(a.In) {
		a.Note("%s, type custodian to take these %d media into the register and into your custody: ", by.Name, len(all))
		typed, err := cli.ReadLine(ctx, lines)
		if err != nil || typed != "custodian" {
			return nil, fault.Refusef("not confirmed: nothing was signed")
		}
	}
	key, release, err := draft.OpenKey(by.Key, func() ([]byte, error) { return a.Passphrase(by.Key, lines) })
	if err != nil {
		return nil, err
	}
	defer release.Close()
	for _, r := range all {
		if _, err := draft.CheckSigner(state, r.Text, people.Custodian, key.PublicKey()); err != nil {
			return nil, message.Errorf("line %d: %w", r.Line, err)
		}
		sig, err := people.Sign([]byte(r.Text), people.Custodian, key)
		if err != nil {
			return nil, err
		}
		one, err := people.Attach([]byte(r.Text), sig)
		if err != nil {
			return nil, err
		}
		signed = append(signed, one)
	}
	return signed, nil
}
