// Package draft makes the texts that people sign: which fields a kind of statement needs, how a typed value becomes a field, who must
// sign, and how the finished text is shown to its signer.
package draft

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"rasure/certify"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// Draft is a statement whose fields are still being filled in.
type Draft struct {
	Form  *certify.DeclarationKind
	body  map[string]any // by the names in JSON
	refer func(index int64) (certify.EntryRef, error)
}

// New begins a statement. An entry that is given by its index alone is looked up by refer, in the station's log.
func New(form *certify.DeclarationKind, refer func(index int64) (certify.EntryRef, error)) *Draft {
	return &Draft{form, map[string]any{}, refer}
}

// Merge takes fields from a JSON object.
func (d *Draft) Merge(object []byte) error {
	var fields map[string]any
	err := json.Unmarshal(object, &fields)
	maps.Copy(d.body, fields)
	return err
}

// Set gives a field its value, in the words of a command line.
func (d *Draft) Set(field string, words []string) error {
	v, err := d.value(field, words)
	if err == nil {
		d.body[field] = v
	}
	return err
}

// SetTyped gives a field its value, from a line that was typed.
func (d *Draft) SetTyped(field, line string) error {
	if field == "media" || slices.Contains(listFields, field) {
		return d.Set(field, strings.Fields(line))
	}
	return d.Set(field, []string{line})
}

// Missing returns the fields that the kind must have and that have no value yet.
func (d *Draft) Missing() (fields []string) {
	for _, field := range d.Form.Must {
		if _, ok := d.body[field]; !ok {
			fields = append(fields, field)
		}
	}
	return fields
}

// HasSigners reports whether somebody is named who must sign.
func (d *Draft) HasSigners() bool { return d.body["signers"] != nil }

// SetSigners names who must sign, as ROLE=NAME, or as NAME alone where only one role signs. Without words they are those whom a field
// names as giver, receiver or custodian.
func (d *Draft) SetSigners(words []string) error {
	delete(d.body, "signers")
	for _, word := range words {
		role, name, ok := strings.Cut(word, "=")
		if !ok && len(d.Form.Signs) == 1 {
			role, name = d.Form.Signs[0].Role, word
		} else if !ok {
			return message.Errorf("%s: write ROLE=NAME", word)
		}
		d.addSigner(role, name)
	}
	if len(words) > 0 || d.Form.Kind != certify.KindHandover && d.Form.Kind != certify.KindRegistration {
		return nil
	}
	for _, field := range []string{"from", "to", "custodian"} {
		if name, ok := d.body[field].(string); ok {
			d.addSigner("custodian", name)
		}
	}
	return nil
}

// AddSigners adds people, whose names are separated by spaces, in one role.
func (d *Draft) AddSigners(role, names string) {
	for _, name := range strings.Fields(names) {
		d.addSigner(role, name)
	}
}

func (d *Draft) addSigner(role, name string) {
	all, _ := d.body["signers"].([]certify.RequiredSigner)
	d.body["signers"] = append(all, certify.RequiredSigner{Role: role, Name: name})
}

// Text gives the statement its id and time, unless it has them, and returns the text to be signed. It fails where a field is missing, is
// not one of the kind's, or has a value that no field of its name can have.
func (d *Draft) Text() (string, error) {
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
	return certify.DeclarationText(d.Form.Kind, act)
}
