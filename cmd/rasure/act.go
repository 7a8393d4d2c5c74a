package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/cmd/internal/cli"
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

// Fields that are not plain texts.
var (
	listFields = []string{"escorts", "found", "missing", "unexpected"}
	intFields  = []string{"limit_years", "particle_micrometres", "weight_before_grams", "weight_after_grams"}
	boolFields = []string{"everything", "withdraws"}
	timeFields = []string{"until", "due", "noticed", "reported"}
)

// flagOf names the flag of a field. --from is a file, for every kind of statement.
func flagOf(field string) string {
	switch field {
	case "from":
		return "giver"
	case "to":
		return "receiver"
	}
	return strings.ReplaceAll(field, "_", "-")
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
		Example: actExamples[form.Kind],
		RunE:    func(cmd *cobra.Command, args []string) error { return a.draft(cmd.Context(), form, args, o) },
	}
	if old, renamed := map[certify.Kind]string{certify.KindInventory: "count", certify.KindLoss: "lose"}[form.Kind]; renamed {
		c.Aliases = []string{old} // the word of 0.1
	}
	a.ExplainWith(c, help...)
	if !media {
		c.Args = cli.NoArgs
	}
	o.addFlags(a, c, form)
	return c
}

func (o *actOptions) addFlags(a *app, c *cobra.Command, form *certify.DeclarationKind) {
	c.Flags().StringVar(&o.from, "from", "", "file with the fields as a JSON object; flags take precedence")
	c.Flags().StringVar(&o.out, "out", "", "file for the draft, which must not exist (default: stdout)")
	c.Flags().StringArrayVar(&o.signers, "signer", nil, "who must sign, as ROLE=NAME with the name in the roster; can be repeated")
	for _, field := range slices.Concat(form.Must, form.May, []string{"remarks"}) {
		if field != "media" {
			o.fields[field] = new([]string)
			c.Flags().StringArrayVar(o.fields[field], flagOf(field), nil, "")
			a.ExplainWith(c.Flags().Lookup(flagOf(field)), fieldHelp(field, slices.Contains(form.Must, field)))
		}
	}
}

// draft prints the text that is to be signed.
func (a *app) draft(ctx context.Context, form *certify.DeclarationKind, args []string, o *actOptions) error {
	body := map[string]any{}
	if o.from != "" {
		file, err := cli.ReadFile(o.from)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(file, &body); err != nil {
			return fault.Usagef("%s: %w", o.from, err)
		}
	}
	if len(args) > 0 {
		body["media"] = args
	}
	for field, values := range o.fields {
		if len(*values) > 0 {
			v, err := a.fieldValue(field, *values)
			if err != nil {
				return fault.Usagef("--%s: %w", flagOf(field), err)
			}
			body[field] = v
		}
	}
	lines := bufio.NewReader(a.In)
	for _, field := range form.Must {
		if _, ok := body[field]; ok {
			continue
		}
		v, err := a.ask(ctx, lines, field, message.Of("rasure medium %s --help lists the fields", form.Verb))
		if err != nil {
			return err
		}
		body[field] = v
	}
	if len(o.signers) > 0 || body["signers"] == nil {
		signers, err := a.signatories(ctx, lines, form, body, o.signers)
		if err != nil {
			return err
		}
		body["signers"] = signers
	}
	text, err := actText(form, body)
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

// actText gives the draft its id and time, and returns its text.
func actText(form *certify.DeclarationKind, body map[string]any) (string, error) {
	at := now()
	if body["id"] == nil {
		id, err := certify.NewID(at, rand.Reader)
		if err != nil {
			return "", err
		}
		body["id"] = id
	}
	if body["at"] == nil {
		body["at"] = at
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	dec := json.NewDecoder(strings.NewReader(string(encoded)))
	dec.DisallowUnknownFields()
	var act certify.Declaration
	if err := dec.Decode(&act); err != nil {
		return "", err
	}
	return certify.DeclarationText(form.Kind, act)
}

// ask asks for a field on a terminal; where there is none, it is a mistake of the command line.
func (a *app) ask(ctx context.Context, lines *bufio.Reader, field string, help message.Text) (any, error) {
	if !cli.IsTerminal(a.In) {
		if field == "media" {
			return nil, fault.WithHint(fault.Usagef("the number of the medium is missing"), "%s", help)
		}
		return nil, fault.WithHint(fault.Usagef("--%s is missing", flagOf(field)), "%s", help)
	}
	a.Note("%s, %s: ", flagOf(field), fieldText(field))
	typed, err := cli.ReadLine(ctx, lines)
	if err != nil {
		return nil, notDrafted(err)
	}
	values := []string{typed}
	if field == "media" || slices.Contains(listFields, field) {
		values = strings.Fields(typed)
	}
	if field == "media" {
		return values, nil
	}
	return a.fieldValue(field, values)
}

// fieldValue turns words into what JSON has for the field.
func (a *app) fieldValue(field string, words []string) (any, error) {
	if slices.Contains(listFields, field) {
		return words, nil
	}
	if field == "evidence" {
		files := []certify.File{}
		for _, path := range words {
			f, err := evidenceFile(path)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		return files, nil
	}
	word := words[0]
	switch {
	case len(words) > 1:
		return nil, message.New("it can be given only once")
	case field == "entry":
		return a.entryRef(word)
	case slices.Contains(intFields, field):
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, message.Errorf("%q is not a whole number", word)
		}
		return n, nil
	case slices.Contains(boolFields, field):
		yes, err := strconv.ParseBool(word)
		if err != nil {
			return nil, message.Errorf("%q is neither true nor false", word)
		}
		return yes, nil
	case slices.Contains(timeFields, field):
		return parseTime(word)
	}
	return word, nil
}

// parseTime reads a day, which begins at 00:00 UTC, or a time.
func parseTime(word string) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, word); err == nil {
		return day, nil
	}
	at, err := time.Parse(time.RFC3339, word)
	if err != nil {
		return at, message.Errorf("%q is not a day or a time: write 2027-01-31 or 2027-01-31T16:00:00+08:00", word)
	}
	return at.UTC(), nil
}

func notDrafted(err error) error {
	if errors.Is(err, fault.ErrInterrupted) {
		return message.Errorf("%w: nothing was drafted", fault.ErrInterrupted)
	}
	return message.Errorf("nothing was typed: nothing was drafted")
}

func evidenceFile(path string) (certify.File, error) {
	f, err := durable.OpenFile(path)
	if err != nil {
		return certify.File{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return certify.File{Name: filepath.Base(path), SHA256: hex.EncodeToString(h.Sum(nil)), Size: n}, err
}

// entryRef reads "INDEX:SHA-256", or at the station the index alone.
func (a *app) entryRef(word string) (certify.EntryRef, error) {
	number, sum, ok := strings.Cut(word, ":")
	index, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return certify.EntryRef{}, message.Errorf("%q is not the index of an entry", word)
	}
	if ok {
		return certify.EntryRef{Index: index, SHA256: sum}, nil
	}
	s, err := a.openStation()
	if err != nil {
		return certify.EntryRef{}, err
	}
	defer s.Close()
	if index < 0 || index >= s.Log().Size() {
		return certify.EntryRef{}, message.Errorf("the log has %d entries: there is no entry %d", s.Log().Size(), index)
	}
	entry, err := s.Log().Entry(index)
	return certify.EntryRef{Index: index, SHA256: HexSum(entry)}, err
}

// signatories returns who must sign. People that a field names need not be named again.
func (a *app) signatories(ctx context.Context, lines *bufio.Reader, form *certify.DeclarationKind, body map[string]any, given []string) ([]certify.RequiredSigner, error) {
	all := []certify.RequiredSigner{}
	for _, word := range given {
		role, name, ok := strings.Cut(word, "=")
		if !ok && len(form.Signs) == 1 {
			role, name = form.Signs[0].Role, word
		} else if !ok {
			return nil, fault.Usagef("--signer %s: write ROLE=NAME", word)
		}
		all = append(all, certify.RequiredSigner{Role: role, Name: name})
	}
	if len(all) == 0 && (form.Kind == certify.KindHandover || form.Kind == certify.KindRegistration) {
		for _, field := range []string{"from", "to", "custodian"} {
			if name, ok := body[field].(string); ok {
				all = append(all, certify.RequiredSigner{Role: "custodian", Name: name})
			}
		}
	}
	if len(all) > 0 {
		return all, nil
	}
	if !cli.IsTerminal(a.In) {
		return nil, fault.WithHint(fault.Usagef("--signer is missing: name who must sign"), "--signer %s=NAME", form.Signs[0].Role)
	}
	for _, r := range form.Signs {
		a.Note("who signs as %s (at least %d; names separated by spaces): ", r.Role, r.Least)
		typed, err := cli.ReadLine(ctx, lines)
		if err != nil && r.Least > 0 {
			return nil, notDrafted(err)
		}
		for _, name := range strings.Fields(typed) {
			all = append(all, certify.RequiredSigner{Role: r.Role, Name: name})
		}
	}
	return all, nil
}
