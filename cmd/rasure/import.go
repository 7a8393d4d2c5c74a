package main

import (
	"bufio"
	"context"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/ssh"

	"rasure/certify/people"
	"rasure/certify/register"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
)

func newImportCmd(a *app) *cobra.Command {
	var keys []string
	c := &cobra.Command{
		Use:   "import FILE -s KEY",
		Short: "Register the media of a table with one signature",
		Long: `Register the media of a table of comma-separated values, one medium a line. The first line has the names of fields as medium register
has them (number, type, classification, custodian, source, limit, marked-on, serial, ...) or in Chinese (编号, 密级, ...). All
lines are checked by the rules before anything is signed; if one is wrong, its number is printed and nothing is registered.

The custodian of all of them signs: they are shown, one question is asked, and one signature registers all media that have their
source, place and holders in common. The station puts them into lists, which the signed act names. Only a log of version 2 takes
them.`,
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
	return a.register(ctx, draft.Stocks(all), by[0])
}

// register shows what each signature takes into the register, asks for each, and only then begins to append.
func (a *app) register(ctx context.Context, stocks []draft.Stock, by draft.SignAs) error {
	lines := bufio.NewReader(a.In)
	for i := range stocks {
		if err := a.showStock(ctx, &stocks[i], by, lines, i+1, len(stocks)); err != nil {
			return err
		}
	}
	key, release, err := draft.OpenKey(by.Key, func() ([]byte, error) { return a.Passphrase(by.Key, lines) })
	if err != nil {
		return err
	}
	defer release.Close()
	st, err := a.openStation()
	if err != nil {
		return err
	}
	defer st.Close()
	for i := range stocks {
		index, err := a.registerStock(ctx, st, &stocks[i], key)
		if err != nil {
			return err
		}
		a.Printf("%d\n", index)
	}
	return nil
}

// showStock shows the media of one signature and asks whether it is given.
func (a *app) showStock(ctx context.Context, s *draft.Stock, by draft.SignAs, lines *bufio.Reader, n, of int) error {
	rows := [][]string{a.Heading(message.Of("LINE"), message.Of("NUMBER"), message.Of("CLASS"), message.Of("LIMIT"), message.Of("TYPE"), message.Of("SERIAL"), message.Of("MODEL"))}
	for _, r := range s.Media {
		rows = append(rows, []string{message.Of("%d", r.Line).In(a.Lang), r.Number, cli.Class(r.Classification).In(a.Lang), cli.Dash(limitOf(register.MediumOf(register.RowOf(r.Registration))).In(a.Lang)), cli.Word(r.Type).In(a.Lang), cli.Dash(r.Serial), cli.Dash(r.Model)})
	}
	for _, line := range table.Lines(rows) {
		a.Note("%s\n", draft.Visible(line))
	}
	for _, line := range s.Common(a.Lang) {
		a.Note("%s\n", line)
	}
	if !cli.IsTerminal(a.In) {
		return nil
	}
	a.Note("%s, signature %d of %d: type custodian to take these %d media into the register and into your custody: ", by.Name, n, of, len(s.Media))
	if typed, err := cli.ReadLine(ctx, lines); err != nil || typed != "custodian" {
		return fault.Refusef("not confirmed: nothing was signed")
	}
	return nil
}

// registerStock appends the lists of a stock, and the act that names them.
func (a *app) registerStock(ctx context.Context, st *station.Station, s *draft.Stock, key ssh.Signer) (index int64, err error) {
	lists, err := st.AppendLists(ctx, "import", s.Rows())
	if err != nil {
		return 0, err
	}
	state, err := st.State()
	if err != nil {
		return 0, err
	}
	text, err := s.Text(draft.LogOf(state), a.settings.Location(), lists)
	if err == nil {
		err = draft.Check(state, text)
	}
	if err == nil {
		_, err = draft.CheckSigner(state, text, people.Custodian, key.PublicKey())
	}
	if err != nil {
		return 0, err
	}
	sig, err := people.Sign([]byte(text), people.Custodian, key)
	if err != nil {
		return 0, err
	}
	signed, err := people.Attach([]byte(text), sig)
	if err != nil {
		return 0, err
	}
	return st.AppendChecked(ctx, signed, nil)
}
