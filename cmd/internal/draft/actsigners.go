package draft

import (
	"slices"
	"strings"

	"rasure/certify/statement"
	"rasure/cmd/message"
)

func (d *act) HasSigners() bool { return len(d.common().Signers) > 0 }

func (d *act) SetHere(signers []string) {
	d.here = nil
	for _, word := range signers {
		role, name := cutRole(word)
		d.here = append(d.here, statement.Signer{Role: role, Person: name})
	}
}

// SetSigners takes those who are named, or whom a field names, and then those who sign at once.
func (d *act) SetSigners(words []string) error {
	if err := d.setNamed(words); err != nil {
		return err
	}
	for _, s := range d.here {
		if !slices.Contains(d.common().Names(s.Role), s.Person) {
			d.addSigner(s.Role, s.Person)
		}
	}
	return nil
}

func (d *act) setNamed(words []string) error {
	d.common().Signers = nil
	for _, word := range words {
		role, name, ok := strings.Cut(word, "=")
		if !ok && len(d.Kind.Signs) == 1 {
			role, name = d.Kind.Signs[0].Role, word
		} else if !ok {
			return message.Errorf("%s: write ROLE=NAME", word)
		}
		d.addSigner(role, name)
	}
	if len(words) > 0 {
		return nil
	}
	switch b := d.body.(type) {
	case *statement.Registration:
		d.addSigner("custodian", b.Custodian)
	case *statement.Handover:
		d.addSigner("custodian", b.From)
		d.addSigner("custodian", b.To)
	case *statement.Carry:
		d.addSigner("custodian", b.Carrier)
		for _, name := range b.Escorts {
			d.addSigner("witness", name)
		}
	case *statement.Back:
		d.addSigner("custodian", b.Carrier)
	case *statement.Return:
		d.addSigner("custodian", b.From)
	case *statement.Transfer:
		d.addSigner("custodian", b.To)
	case *statement.Void: // those who signed it take it back
		s, err := d.read(b.Target.Index)
		if err != nil {
			return err
		}
		if a := s.Act(); a != nil {
			d.common().Signers = a.Signers
		}
	}
	return nil
}

func (d *act) AddSigners(role, names string) {
	for _, name := range strings.Fields(names) {
		d.addSigner(role, name)
	}
}

// addSigner adds somebody, whose title may follow behind a comma.
func (d *act) addSigner(role, name string) {
	if name == "" {
		return
	}
	name, title, _ := strings.Cut(name, ",")
	a := d.common()
	a.Signers = append(a.Signers, statement.Signer{Role: role, Person: name, Title: title})
}

// cutRole splits ROLE=NAME.
func cutRole(word string) (role, name string) {
	role, name, _ = strings.Cut(word, "=")
	return role, name
}
