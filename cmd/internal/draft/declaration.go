package draft

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// declaration is a draft of version 1.
type declaration struct {
	form  *certify.DeclarationKind
	body  map[string]any // by the names in JSON
	refer func(index int64) (certify.EntryRef, error)
}

func (d *declaration) Merge(object []byte) error {
	var fields map[string]any
	err := notObject(json.Unmarshal(object, &fields))
	maps.Copy(d.body, fields)
	return err
}

func (d *declaration) Set(flag string, words []string) error {
	field := fieldOf(flag)
	if field != Numbers && field != "remarks" && !slices.Contains(d.form.Must, field) && !slices.Contains(d.form.May, field) {
		return message.Errorf("only a statement of version 2 has this field")
	}
	v, err := d.value(field, words)
	if err == nil {
		d.body[field] = v
	}
	return err
}

func (d *declaration) SetTyped(flag, line string) error {
	if flag == Numbers || slices.Contains(listFields, flag) {
		return d.Set(flag, strings.Fields(line))
	}
	return d.Set(flag, []string{line})
}

func (d *declaration) Missing() (flags []string) {
	for _, field := range d.form.Must {
		if _, ok := d.body[field]; !ok {
			flags = append(flags, flagOf(field))
		}
	}
	return flags
}

func (d *declaration) Prompt(flag string) message.Text { return fieldText(fieldOf(flag)) }

func (d *declaration) Signs() (all []statement.SignerRule) {
	for _, r := range d.form.Signs {
		all = append(all, statement.SignerRule{Role: r.Role, Least: r.Least})
	}
	return all
}

func (d *declaration) SetHere([]string) {}

func (d *declaration) HasSigners() bool { return d.body["signers"] != nil }

func (d *declaration) SetSigners(words []string) error {
	delete(d.body, "signers")
	for _, word := range words {
		role, name, ok := strings.Cut(word, "=")
		if !ok && len(d.form.Signs) == 1 {
			role, name = d.form.Signs[0].Role, word
		} else if !ok {
			return message.Errorf("%s: write ROLE=NAME", word)
		}
		d.addSigner(role, name)
	}
	if len(words) > 0 || d.form.Kind != certify.KindHandover && d.form.Kind != certify.KindRegistration {
		return nil
	}
	for _, field := range []string{"from", "to", "custodian"} {
		if name, ok := d.body[field].(string); ok {
			d.addSigner("custodian", name)
		}
	}
	return nil
}

func (d *declaration) AddSigners(role, names string) {
	for _, name := range strings.Fields(names) {
		d.addSigner(role, name)
	}
}

func (d *declaration) addSigner(role, name string) {
	all, _ := d.body["signers"].([]certify.RequiredSigner)
	d.body["signers"] = append(all, certify.RequiredSigner{Role: role, Name: name})
}

func (d *declaration) Text() (string, error) {
	at := station.Now()
	if d.body["id"] == nil {
		id, err := certify.NewID(at, rand.Reader)
		if err != nil {
			return "", err
		}
		d.body["id"] = id
	}
	if d.body["at"] == nil {
		d.body["at"] = at
	}
	if !d.HasSigners() {
		d.body["signers"] = []certify.RequiredSigner{}
	}
	encoded, err := json.Marshal(d.body)
	if err != nil {
		return "", err
	}
	dec := json.NewDecoder(strings.NewReader(string(encoded)))
	dec.DisallowUnknownFields()
	var act certify.Declaration
	if err := dec.Decode(&act); err != nil {
		return "", err
	}
	return certify.DeclarationText(d.form.Kind, act)
}
