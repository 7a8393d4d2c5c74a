package draft

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// change reads FIELD=RIGHT VALUE. The value that was wrong is looked up: in the register, or in the statement that is corrected.
func (d *act) change(word string) (statement.Change, error) {
	field, right, ok := strings.Cut(word, "=")
	if !ok {
		return statement.Change{}, message.Errorf("%q is not FIELD=RIGHT VALUE", word)
	}
	c := statement.Change{Field: field, New: right}
	t := d.body.(*statement.Correction).Target
	if t.Kind == "" {
		return c, message.New("name the entry first")
	}
	old, err := d.stated(t, field)
	c.Old = old
	return c, err
}

// stated is the value of a field as it stands: of a registration in the register, where it can be corrected again, and of another act in its text.
func (d *act) stated(t statement.Target, field string) (string, error) {
	cannot := message.Errorf("%s cannot be corrected", field)
	if strings.HasPrefix(t.Kind, "rasure/registration/") {
		if t.Number == "" {
			return "", message.Errorf("entry %d registers several media: name the one that is corrected, %[1]d,NUMBER", t.Index)
		}
		if value, ok := d.log.Value(t.Number, field); ok {
			return value, nil
		}
		return "", cannot
	}
	s, err := d.read(t.Index)
	if err != nil {
		return "", err
	}
	v := reflect.ValueOf(s.Body).Elem()
	f, ok := find(statement.FieldsOf(v.Type()), func(f statement.Field) bool { return isNamed(f, field) })
	if value, there := f.Of(v); ok && value.Kind() == reflect.String {
		if !there {
			return "", nil
		}
		return value.String(), nil
	}
	return "", cannot
}

// findingOf reads RULE,INDEX or RULE,INDEX,MEDIUM.
func findingOf(word string) (f statement.Finding, err error) {
	parts := strings.Split(word, ",")
	if len(parts) < 2 || len(parts) > 3 {
		return f, message.Errorf("%q is not RULE,INDEX,MEDIUM", word)
	}
	if f.Rule = parts[0]; len(parts) == 3 {
		f.Medium = parts[2]
	}
	if f.Index, err = strconv.ParseInt(parts[1], 10, 64); err != nil {
		return f, message.Errorf("%q is not the index of an entry", parts[1])
	}
	f.SHA256 = statement.FindingID(f.Rule, f.Index, f.Medium)
	return f, nil
}

// policyLines takes the rules of a file into a statement, a line of the file in each. Empty lines are left out: no statement has one. Nothing else may
// change by that.
func policyLines(p *statement.Policy, file []byte) error {
	rules, err := register.ParsePolicy(file)
	if err != nil {
		return err
	}
	for line := range bytes.Lines(file) {
		if text := strings.TrimSpace(strings.ReplaceAll(string(line), "\t", " ")); text != "" {
			p.Lines = append(p.Lines, text)
		}
	}
	again, err := register.ParsePolicy(policyText(p))
	if err != nil || !sameRules(rules, again) {
		return message.New("without its empty lines and tabs it says something else: write each value on one line")
	}
	if p.Name == "" {
		p.Name = rules.Name
	}
	if p.Source == "" {
		p.Source = rules.Source
	}
	return nil
}

func policyText(p *statement.Policy) []byte { return []byte(strings.Join(p.Lines, "\n") + "\n") }

// sameRules compares what two policies say, and not how it is written.
func sameRules(a, b *register.Policy) bool {
	one, err1 := json.Marshal(a)
	other, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(one, other)
}
