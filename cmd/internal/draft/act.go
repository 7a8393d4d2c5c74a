package draft

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"rasure/certify"
	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// act is a draft of version 2. It is filled in as the value that the text is written from, so that every rule for the text is that of package
// statement.
type act struct {
	*Command
	log   Log
	zone  *time.Location
	body  statement.Body
	value reflect.Value // of the body
	given map[string]bool
	here  []statement.Signer // who sign at once
}

func newAct(c *Command, log Log, zone *time.Location) *act {
	body := c.Kind.New()
	return &act{c, log, zone, body, reflect.ValueOf(body).Elem(), map[string]bool{}, nil}
}

// common is the block with which each statement of people begins.
func (d *act) common() *statement.Act {
	return (&statement.Statement{Kind: d.Kind, Body: d.body}).Act()
}

func (d *act) Merge(object []byte) error {
	fields, err := parseObject(object)
	if err != nil {
		return err
	}
	return d.merge(d.value, "", fields, true)
}

// merge takes the members of an object into a statement or a block, in the order of the text. Names may also be joined by underscores, as version 1
// has them: limit_years.
func (d *act) merge(block reflect.Value, prefix string, fields map[string]any, top bool) error {
	all := statement.FieldsOf(block.Type())
	place := func(name string) int {
		return slices.IndexFunc(all, func(f statement.Field) bool {
			return isNamed(f, prefix+name) || strings.HasPrefix(f.Path, prefix+name+".")
		})
	}
	names := slices.Sorted(maps.Keys(fields))
	slices.SortStableFunc(names, func(a, b string) int { return place(a) - place(b) })
	for _, name := range names {
		i := place(name)
		inner, isObject := fields[name].(map[string]any)
		var err error
		switch {
		case i < 0:
			err = message.Errorf("this kind of statement has no field %s", prefix+name)
		case top && slices.Contains([]string{"log", "says"}, all[i].Path):
			err = message.Errorf("%s is filled in by rasure", name)
		case isNamed(all[i], prefix+name):
			if top {
				d.given[all[i].Path] = true
			}
			if err = d.assign(all[i], all[i].In(block), fields[name]); err != nil {
				err = message.Errorf("%s: %w", all[i].Path, err)
			}
		case isObject:
			err = d.merge(block, prefix+name+".", inner, top)
		default:
			err = message.Errorf("%s has several values: write an object", prefix+name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func isNamed(f statement.Field, name string) bool {
	return f.Path == name || strings.ReplaceAll(f.Path, ".", "_") == name
}

func (d *act) Set(flag string, words []string) error {
	f, ok := d.fieldFor(flag)
	switch {
	case d.Kind.Name() == "policy" && flag == Numbers:
		return d.setPolicy(words)
	case flag == limitFlag && d.hasLimit() && len(words) == 1:
		return d.setLimit(words[0])
	case !ok && d.Kind.Name() == "correction" && d.Old != nil && slices.Contains(d.Old.May, fieldOf(flag)):
		f, _ = d.field("changes")
		words = []string{fieldOf(flag) + "=" + strings.Join(words, " ")}
	case !ok:
		return message.Errorf("a statement of version 2 has no such field")
	}
	if !f.List && len(words) > 1 {
		return message.New("it can be given only once")
	}
	d.given[f.Path] = true
	return d.assign(f, f.In(d.value), words)
}

func (d *act) SetTyped(flag, line string) error {
	if f, ok := d.fieldFor(flag); ok && f.List && f.Type != reflect.TypeFor[statement.Receiver]() {
		return d.Set(flag, strings.Fields(line))
	}
	return d.Set(flag, []string{line})
}

// must reports whether a field needs to be given.
func (c *Command) must(f statement.Field) bool {
	kind := c.Kind.Name()
	return f.Required && !slices.Contains(defaults[kind], f.Path) && !slices.Contains(looked[kind], f.Path) || slices.Contains(needed[kind], f.Path)
}

func (d *act) Prompt(flag string) message.Text {
	if flag == limitFlag {
		return limitHelp
	}
	f, _ := d.fieldFor(flag)
	if f.Words != nil { // who is asked can answer in words, which help has as codes
		return message.Of("%s: %s", label(d.Kind.Name(), f.Path), wordList(f.Words))
	}
	return d.helpOf(f)
}

func (d *act) Signs() []statement.SignerRule { return d.Kind.Signs }

func (d *act) Text() (string, error) {
	a := d.common()
	if !d.given["at"] {
		a.At = station.Now()
	}
	if !d.given["offset_minutes"] {
		a.Offset = offset(a.At, d.zone)
	}
	if err := begin(a, d.log); err != nil {
		return "", err
	}
	d.fillFromHere()
	if err := d.fillIn(a); err != nil {
		return "", err
	}
	a.Says = statement.SayingOf(d.body).String()
	text, err := statement.Write(d.body)
	if media, ok := d.field("media"); ok && errors.Is(err, statement.ErrTooLong) { // they are too many to say all of each
		all := media.In(d.value)
		for i := range all.Len() {
			m := all.Index(i).Addr().Interface().(*statement.Medium)
			*m = m.Brief()
		}
		return statement.Write(d.body)
	}
	return text, err
}

// begin fills in the block with which each statement of people begins, except who signs and what they state.
func begin(a *statement.Act, log Log) (err error) {
	if a.Log, err = log.Head(); err != nil {
		return err
	}
	if a.ID == "" {
		a.ID, err = certify.NewID(a.At, rand.Reader)
	}
	return err
}

// offset is how many minutes the zone is east of UTC.
func offset(at time.Time, zone *time.Location) int64 {
	_, seconds := at.In(zone).Zone()
	return int64(seconds / 60)
}

// writeAct writes a statement that needs no form.
func writeAct(body statement.Body, a *statement.Act, log Log, zone *time.Location, signers ...statement.Signer) (string, error) {
	a.At, a.Signers, a.Says = station.Now(), signers, statement.SayingOf(body).String()
	a.Offset = offset(a.At, zone)
	if err := begin(a, log); err != nil {
		return "", err
	}
	return statement.Write(body)
}

// fillIn gives fields the value that follows from others, unless they have one.
func (d *act) fillIn(a *statement.Act) error {
	switch b := d.body.(type) {
	case *statement.Approval:
		if !d.given["from"] {
			b.From = a.At
		}
	case *statement.Reclassify:
		if !d.given["from"] && len(b.Media) > 0 {
			b.From = b.Media[0].Classification
		}
	case *statement.Retype:
		if !d.given["from"] {
			b.From = b.Medium.Type
		}
	case *statement.Inventory:
		for _, list := range [][]string{b.Found, b.Missing, b.Unexpected} {
			for i, typed := range list {
				list[i] = d.log.Number(typed)
			}
		}
		if names := a.Names("custodian"); !d.given["counted_by"] && len(names) > 0 {
			b.CountedBy = names[0]
		}
	case *statement.Audit:
		if !d.given["audited"] {
			b.Audited = a.Log
		}
	case *statement.Policy:
		if !d.given["replaces"] {
			b.Replaces = d.log.Policy()
		}
		if _, err := register.ParsePolicy(policyText(b)); err != nil {
			return fault.Refuse(err)
		}
	}
	return nil
}

// setPolicy takes the rules of a file, which must be those of an office.
func (d *act) setPolicy(paths []string) error {
	if len(paths) != 1 {
		return message.New("it can be given only once")
	}
	text, err := cli.ReadFile(paths[0])
	if err != nil {
		return err
	}
	p := d.body.(*statement.Policy)
	if err := policyLines(p, text); err != nil {
		return fault.Refusef("%s: %w", paths[0], err)
	}
	d.given["lines"] = true
	return nil
}

// notObject is the error for a file of fields that is no JSON object.
func notObject(err error) error {
	if err == nil {
		return nil
	}
	return fault.WithHint(message.Errorf("this is not a JSON object of fields: %w", err), "write the fields as {\"reason\": \"...\"}")
}

// parseObject reads one JSON object. Numbers keep their digits.
func parseObject(text []byte) (fields map[string]any, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := notObject(dec.Decode(&fields)); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, message.New("bytes follow its JSON object")
	}
	return fields, nil
}
