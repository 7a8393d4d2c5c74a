package register

import (
	"cmp"
	"slices"

	"rasure/certify"
	"rasure/certify/statement"
)

// An act about more media than its text can name refers to lists, which the station has put into the log before. A list counts only where an act names it:
// those who sign the act answer for its rows.

// listing is a list of the log.
type listing struct {
	index int64
	*statement.List
}

// listAt returns the list at an index, or nil.
func (r *Register) listAt(index int64) *statement.List {
	if i, ok := slices.BinarySearchFunc(r.lists, index, func(l listing, at int64) int { return cmp.Compare(l.index, at) }); ok {
		return r.lists[i].List
	}
	return nil
}

// Rows are the media of the lists that a statement names, as far as the log has them.
func (r *Register) Rows(refs []statement.ListRef) (rows []statement.Row) {
	for _, ref := range refs {
		if l := r.listAt(ref.Index); l != nil {
			rows = append(rows, l.Rows...)
		}
	}
	return rows
}

// Media of an act that counts or not, those of its lists among them.
func (r *Register) MediaOf(index int64) []string {
	if index < 0 || index >= r.Size() || r.records[index].act == nil {
		return nil
	}
	a := r.records[index].act
	return slices.Concat(a.Media, a.Found, a.Missing, a.Unexpected)
}

// unfold is an entry whose act has the media of the lists that it names.
func (r *Register) unfold(e Entry) Entry {
	refs := e.Named().Lists
	if e.Act == nil || len(refs) == 0 {
		return e
	}
	a := *e.Act
	numbers := []string{}
	for _, row := range r.Rows(refs) {
		numbers = append(numbers, row.Number)
	}
	if _, counted := e.Statement.Body.(*statement.Inventory); counted {
		a.Found = slices.Concat(a.Found, numbers)
	} else {
		a.Media = slices.Concat(a.Media, numbers)
	}
	e.Act = &a
	return e
}

// checkLists refuses lists that are not what the act says, a medium that is there twice, and one whose particulars are not those of the register.
func (v *verdict) checkLists() {
	purpose := "count"
	if _, ok := v.body().(*statement.Registration); ok {
		purpose = "import"
	}
	named := v.e.Named()
	for _, ref := range named.Lists {
		switch l := v.r.listAt(ref.Index); {
		case l == nil:
			v.deny("lists", []int64{ref.Index}, "entry %d is not a list", ref.Index)
		case int64(len(l.Rows)) != ref.Rows:
			v.deny("lists", []int64{ref.Index}, "the list of entry %d has %d media, not %d", ref.Index, len(l.Rows), ref.Rows)
		case l.Purpose != purpose:
			v.deny("lists", []int64{ref.Index}, "the list of entry %d is made for another purpose: %s", ref.Index, l.Purpose)
		}
	}
	if len(named.Lists) == 0 || len(v.violations) > 0 {
		return
	}
	seen := map[string]bool{}
	for _, number := range slices.Concat(v.e.Act.Media, v.e.Act.Found, v.e.Act.Missing, v.e.Act.Unexpected) {
		key := statement.NumberKey(number)
		if seen[key] {
			v.deny("lists", nil, "%s is named twice", number)
		}
		seen[key] = true
	}
	if purpose == "count" {
		v.checkRows(v.r.Rows(named.Lists), v.e.Statement.Log().Size)
	}
}

// checkRows compares the rows of lists with what the register has now, as [verdict.checkNamed] does for the media in a text. size is that of the log that the
// signers saw.
func (v *verdict) checkRows(rows []statement.Row, size int64) {
	for _, row := range rows {
		m := v.r.media[row.Number]
		if m == nil {
			v.deny("unknown-medium", nil, "medium %s is not in the register", row.Number)
			continue
		}
		have := v.r.subjectOf(m)
		said := statement.Medium{Number: row.Number, Classification: cmp.Or(row.Classification, have.Classification), Type: cmp.Or(row.Type, have.Type), Serial: row.Serial,
			Model: row.Model, Maker: row.Maker, Size: row.Size, Asset: row.Asset, Registration: *row.Registration}
		switch {
		case said.Agrees(have):
		case m.stated >= size:
			v.deny("stale", []int64{m.stated}, "the register of medium %s was changed by entry %d after the act was drafted: draft it again", m.Number, m.stated)
		default:
			v.deny("subject", []int64{m.stated}, "what it says of medium %s is not what the register has", m.Number)
		}
	}
}

// CountRows are media as a list has them that people approve or count by. The number, class, type and serial number are there for the eyes of the signers.
func (r *Register) CountRows(numbers []string) (rows []statement.Row, err error) {
	for _, number := range numbers {
		m, err := r.SubjectOf(number)
		if err != nil {
			return nil, err
		}
		rows = append(rows, statement.Row{Number: m.Number, Classification: m.Classification, Type: m.Type, Serial: m.Serial, Registration: &m.Registration})
	}
	return rows, nil
}

// registerLists takes the media of lists into the register.
func (v *verdict) registerLists(b *statement.Registration) func() {
	enter, serials := []func(){}, map[string]string{}
	for _, row := range v.r.Rows(b.Lists) {
		if other := serials[row.Serial]; row.Serial != "" && other != "" {
			v.deny("serial-taken", nil, "serial number %s belongs to medium %s of the same lists", row.Serial, other)
		}
		serials[row.Serial] = row.Number
		m := MediumOf(row)
		m.Source, m.Custodian, m.InService, m.Place, m.Holders = b.Source, b.Custodian, string(b.InService), b.Place, b.Holders
		v.checkPlace(m.Number, m.Class, m.Place)
		v.checkAsset(m.Number, m.Asset)
		enter = append(enter, v.enter(m))
	}
	return func() {
		for _, apply := range enter {
			apply()
		}
	}
}

// MediumOf is what a row of a list says of its medium.
func MediumOf(row statement.Row) *Medium {
	m := &Medium{Number: row.Number, Class: certify.Class(row.Classification), Type: row.Type, Asset: row.Asset, Serial: row.Serial, Model: row.Model, Maker: row.Maker, Size: row.Size,
		MarkedOn: string(row.Marked)}
	m.setLimit(row.Limit)
	return m
}

// RowOf is the row for a medium, as its own registration states it.
func RowOf(b *statement.Registration) statement.Row {
	return statement.Row{Number: b.Number, Classification: b.Classification, Type: b.Type, Limit: b.Limit, Marked: b.Marked, Serial: b.Serial, Model: b.Model, Maker: b.Maker, Size: b.Size, Asset: b.Asset}
}
