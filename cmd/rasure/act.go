package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/cmd/internal/fault"
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

// flagOf names the flag of a field. --from is a file, for every form.
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
	all := slices.Concat(form.Must, form.May, []string{"remarks"})
	use, takes := form.Verb, ""
	if slices.Contains(all, "media") {
		use += " NUMBER..."
		takes = "NUMBER is that of the medium in the register. "
	}
	c := &cobra.Command{
		Use:   use,
		Short: "Draft the statement: " + form.Says.String(),
		Long: "Draft a statement for people to sign: \"" + form.Says.String() + `".
` + takes + `What is missing is asked for on a terminal. The draft then travels to whoever signs it
(rasure sign FILE --as ROLE, or plain ssh-keygen), and comes into the log with rasure log add FILE.
It counts when all who are named with --signer have signed, and nobody else.

Example: rasure medium ` + form.Verb + ` --from draft.json --out ` + form.Verb + `.statement` + "\n" + exitHelp,
		RunE: func(cmd *cobra.Command, args []string) error { return a.draft(cmd.Context(), form, args, o) },
	}
	if takes == "" {
		c.Args = noArgs
	}
	c.Flags().StringVar(&o.from, "from", "", "a file with the fields as a JSON object; flags take precedence")
	c.Flags().StringVar(&o.out, "out", "", "file for the draft, which must not exist (default: stdout)")
	c.Flags().StringArrayVar(&o.signers, "signer", nil, "who is to sign, as ROLE=NAME; the name is that in the roster")
	for _, field := range all {
		if field != "media" {
			o.fields[field] = new([]string)
			c.Flags().StringArrayVar(o.fields[field], flagOf(field), nil, fieldHelp(field, slices.Contains(form.Must, field)))
		}
	}
	return c
}

func fieldHelp(field string, must bool) string {
	text := map[string]string{
		"entry": "index of the log entry it is about (and :SHA-256 away from the station)", "classification": "top-secret, secret, confidential or none",
		"type": strings.Join(certify.MediumTypes, ", "), "purpose": strings.Join(certify.Purposes, ", "), "decision": "accept or reject", "evidence": "a file, whose SHA-256 is taken",
		"in_service": "day, 2006-01-02", "custodian": "name in the roster", "from": "who gives it away", "to": "who takes it",
	}[field]
	switch {
	case text != "":
	case slices.Contains(timeFields, field):
		text = "time, 2006-01-02T15:04:05Z, or day"
	case slices.Contains(boolFields, field):
		text = "true"
	case slices.Contains(intFields, field):
		text = "whole number"
	default:
		text = strings.ReplaceAll(field, "_", " ")
	}
	if slices.Contains(listFields, field) || field == "evidence" {
		text += "; can be given more than once"
	}
	if must {
		text += " (must be there)"
	}
	return text
}

// draft prints the text that is to be signed.
func (a *app) draft(ctx context.Context, form *certify.DeclarationKind, args []string, o *actOptions) error {
	body := map[string]any{}
	if o.from != "" {
		file, err := readFile(o.from)
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
	lines := bufio.NewReader(a.in)
	for _, field := range form.Must {
		if _, ok := body[field]; ok {
			continue
		}
		v, err := a.ask(ctx, lines, field, "rasure medium "+form.Verb+" --help shows what there is")
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
		return a.write([]byte(text))
	}
	if _, err := os.Lstat(o.out); err == nil {
		return fault.Refusef("%s exists", o.out)
	}
	return durable.WriteFile(o.out, []byte(text), 0o644)
}

// actText gives the draft its id and time, and writes it as it will be read.
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
func (a *app) ask(ctx context.Context, lines *bufio.Reader, field, help string) (any, error) {
	if !isTerminal(a.in) {
		name := "--" + flagOf(field)
		if field == "media" {
			name = "the number of the medium"
		}
		return nil, fault.WithHint(fault.Usagef("%s is missing", name), "%s", help)
	}
	a.note("%s, %s: ", strings.ReplaceAll(field, "_", " "), fieldHelp(field, true))
	typed, err := readLine(ctx, lines)
	if err != nil {
		return nil, errors.New("nothing was typed: nothing was drafted")
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
		return nil, errors.New("given twice")
	case field == "entry":
		return a.entryRef(word)
	case slices.Contains(intFields, field):
		return strconv.ParseInt(word, 10, 64)
	case slices.Contains(boolFields, field):
		return strconv.ParseBool(word)
	case slices.Contains(timeFields, field):
		if day, err := time.Parse(time.DateOnly, word); err == nil {
			return day, nil
		}
		at, err := time.Parse(time.RFC3339, word)
		return at.UTC(), err
	}
	return word, nil
}

func evidenceFile(path string) (certify.File, error) {
	f, err := os.Open(path)
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
	if err != nil || ok {
		return certify.EntryRef{Index: index, SHA256: sum}, err
	}
	s, err := a.openStation()
	if err != nil {
		return certify.EntryRef{}, err
	}
	defer s.Close()
	if index < 0 || index >= s.Log().Size() {
		return certify.EntryRef{}, fmt.Errorf("the log has %d entries: there is no entry %d", s.Log().Size(), index)
	}
	entry, err := s.Log().Entry(index)
	return certify.EntryRef{Index: index, SHA256: hexSum(entry)}, err
}

// signatories says who is to sign. Whoever a field names already need not be named again.
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
	if !isTerminal(a.in) {
		return nil, fault.WithHint(fault.Usage(errors.New("--signer is missing: who is to sign")), "--signer %s=NAME", form.Signs[0].Role)
	}
	for _, r := range form.Signs {
		a.note("who signs as %s (at least %d; names with spaces between): ", r.Role, r.Least)
		typed, err := readLine(ctx, lines)
		if err != nil && r.Least > 0 {
			return nil, errors.New("nothing was typed: nothing was drafted")
		}
		for _, name := range strings.Fields(typed) {
			all = append(all, certify.RequiredSigner{Role: r.Role, Name: name})
		}
	}
	return all, nil
}
