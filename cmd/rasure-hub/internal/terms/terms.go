// Package terms says by what an entry of a log can be found. It verifies nothing: what it is given was verified.
package terms

import (
	"encoding/json"
	"strings"

	"rasure/certify"
	"rasure/certify/people"
	"rasure/logs/fleet"
)

// Kinds of terms.
const (
	Serial  = "serial"  // of a disk
	Number  = "number"  // of a medium in a register
	Asset   = "asset"   // of the computer that a disk belongs to
	Person  = "person"  // who signed, or the operator
	Day     = "day"     // in UTC, 2006-01-02
	Outcome = "outcome" // of an erasure
	Kind    = "kind"    // of the statement, without its version: certificate
)

// Kinds has all kinds, in the order in which they are shown.
var Kinds = []string{Serial, Number, Asset, Person, Day, Outcome, Kind}

// Of returns the terms of an entry.
func Of(entry []byte) []fleet.Term {
	kind := certify.KindOf(entry)
	c := collector{}
	c.add(Kind, certify.KindName(kind))
	_, body, _ := strings.Cut(certify.TextOf(entry), "\n")
	var fields map[string]any
	if json.NewDecoder(strings.NewReader(body)).Decode(&fields) == nil {
		c.day(fields)
		c.object("", fields)
	}
	if _, sigs, err := people.Open(entry); err == nil {
		for _, s := range sigs {
			c.add(Person, s.Fingerprint())
		}
	}
	return fleet.SortTerms(c.terms)
}

type collector struct{ terms []fleet.Term }

func (c *collector) add(kind, value string) {
	c.terms = append(c.terms, fleet.Term{Kind: kind, Value: Normal(value)})
}

// Normal is the form of a value in which it is looked for.
func Normal(value string) string { return strings.ToLower(strings.TrimSpace(value)) }

// day adds the day on which it happened.
func (c *collector) day(fields map[string]any) {
	for _, name := range []string{"ended", "at", "started", "created", "issued"} {
		if at, ok := fields[name].(string); ok && len(at) >= 10 {
			c.add(Day, at[:10])
			return
		}
	}
	if clock, ok := fields["clock"].(map[string]any); ok {
		c.day(clock)
	}
}

// object looks through the fields of an object. Its own name says what names and numbers in it are.
func (c *collector) object(name string, fields map[string]any) {
	switch name {
	case "host", "bridge", "tool", "software", "tpm", "evidence":
		return // these have serial numbers and names of other things
	}
	for field, value := range fields {
		switch v := value.(type) {
		case string:
			c.text(name, field, v)
		case map[string]any:
			c.object(field, v)
		case []any:
			for _, one := range v {
				switch o := one.(type) {
				case string:
					c.text("", field, o)
				case map[string]any:
					c.object(field, o)
				}
			}
		}
	}
}

func (c *collector) text(object, field, value string) {
	switch {
	case field == "serial", field == "wwn":
		c.add(Serial, value)
	case field == "number", field == "media", field == "found", field == "missing", field == "unexpected":
		c.add(Number, value)
	case field == "asset":
		c.add(Asset, value)
	case field == "outcome":
		c.add(Outcome, value)
	case field == "operator", object == "operator" && (field == "account" || field == "person"), object == "signers" && (field == "name" || field == "person"),
		object == "signers" && field == "principal", field == "custodian", field == "by" && object == "":
		c.add(Person, value)
	}
}
