package draft

import (
	"slices"

	"rasure/certify/statement"
)

// needed are fields that a text may leave out, and not where media are not given by lists.
var needed = map[string][]string{"registration": {"number", "classification", "type"}, "approval": {"media"}, "policy": {"lines"}}

// defaults are fields that get their value from others.
var defaults = map[string][]string{"approval": {"from"}, "reclassify": {"from"}, "retype": {"from"}, "inventory": {"counted_by"}, "audit": {"audited"}, "policy": {"name", "source"}}

// looked are fields whose value follows from the register, or from who signs at once.
var looked = map[string][]string{"registration": {"custodian"}, "handover": {"from"}, "carry": {"carrier"}, "back": {"carrier"}, "return": {"from"}, "transfer": {"from"}}

func (d *act) Missing() (missing []string) {
	d.fillFromHere()
	for _, f := range d.fields() {
		if d.must(f) && !d.given[f.Path] && !(d.given["lists"] && slices.Contains(needed[d.Kind.Name()], f.Path)) {
			missing = append(missing, d.flag(f.Path))
		}
	}
	return append(missing, d.follow()...)
}

// follow are fields that others make necessary, and that are missing.
func (d *act) follow() (missing []string) {
	want := func(need bool, path string) {
		if need && !d.given[path] {
			missing = append(missing, d.flag(path))
		}
	}
	switch b := d.body.(type) {
	case *statement.Registration:
		classified := b.Classification != "" && b.Classification != "none"
		want(b.Custodian == "", "custodian")
		if classified && b.Limit == nil {
			missing = append(missing, limitFlag)
		}
		want(classified && b.Marked == "", "marked_on")
	case *statement.Reclassify:
		if b.To != "" && b.To != "none" && b.Limit == nil {
			missing = append(missing, limitFlag)
		}
	case *statement.Handover:
		want(b.From == "" && len(b.Media) > 0, "from")
		want(b.To == "" && b.Receiver == nil, "to")
	case *statement.Carry:
		want(b.Carrier == "" && len(b.Media) > 0, "carrier")
	case *statement.Back:
		want(b.Carrier == "" && len(b.Media) > 0, "carrier")
	case *statement.Return:
		want(b.From == "" && len(b.Media) > 0, "from")
	case *statement.Transfer:
		want(b.From == "" && len(b.Media) > 0, "from")
	case *statement.Inventory:
		want(b.Scope == statement.Scope{}, "scope.person")
	case *statement.Destruction:
		want(b.Method == "other", "method_words")
	case *statement.Result:
		want(b.Statement == "irregular", "irregularity")
	}
	return missing
}

// fillFromHere gives fields the value that follows from the register, and from who signs at once.
func (d *act) fillFromHere() {
	holder := func(media []statement.Medium, to *string) {
		if *to == "" && len(media) > 0 {
			*to = d.log.Custodian(media[0].Number)
		}
	}
	switch b := d.body.(type) {
	case *statement.Registration:
		if b.Custodian == "" {
			b.Custodian = d.oneHere("custodian")
		}
	case *statement.Handover:
		holder(b.Media, &b.From)
	case *statement.Carry:
		holder(b.Media, &b.Carrier)
	case *statement.Back:
		holder(b.Media, &b.Carrier)
	case *statement.Return:
		holder(b.Media, &b.From)
	case *statement.Transfer:
		holder(b.Media, &b.From)
	}
}

// oneHere is the only person who signs at once in a role; "" if there is none, or more than one.
func (d *act) oneHere(role string) (name string) {
	for _, s := range d.here {
		switch {
		case s.Role == role && name == "":
			name = s.Person
		case s.Role == role:
			return ""
		}
	}
	return name
}
