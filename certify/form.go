package certify

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"rasure/certify/internal/canon"
	"rasure/cmd/message"
)

// DeclarationKind is the form of one kind of declaration: who signs it, and which fields it must and may have.
type DeclarationKind struct {
	Kind  Kind
	Verb  string       // the word for it on the command line
	Says  message.Text // what a signer states, in the first person
	Signs []SignerRule // roles that sign it
	Must  []string     // fields besides id, at and signers
	May   []string     // besides remarks, which all may have
}

// SignerRule is a role that signs a kind of declaration, and how many persons in it at least.
type SignerRule struct {
	Role  string
	Least int
}

// DeclarationKinds are all kinds of declarations.
var DeclarationKinds = []DeclarationKind{
	{KindRegistration, "register", message.Of("I take this medium into the register under this number, and into my custody"),
		[]SignerRule{{"custodian", 1}}, []string{"media", "type", "classification", "custodian", "source"},
		[]string{"asset", "serial", "model", "limit_years", "limit_condition", "in_service"}},
	{KindApproval, "approve", message.Of("I approve this use of these media, by this person, until this time"),
		[]SignerRule{{"approve", 1}}, []string{"media", "purpose", "technician", "until"}, []string{"reason"}},
	{KindHandover, "handover", message.Of("these media changed hands between us"),
		[]SignerRule{{"custodian", 2}}, []string{"media", "from", "to"}, []string{"everything", "due", "place", "seal", "escorts", "reason"}},
	{KindWitness, "witness", message.Of("I was present and saw this"),
		[]SignerRule{{"witness", 1}}, []string{"entry", "saw"}, []string{"place"}},
	{KindValidation, "validate", message.Of("I examined what was done, and accept or reject it"),
		[]SignerRule{{"validate", 1}}, []string{"entry", "decision", "reason"}, []string{"residual_risk", "next_method", "secondary_tool"}},
	{KindDestruction, "destroy", message.Of("these media were destroyed; I did it or saw it"),
		[]SignerRule{{"technician", 1}, {"witness", 1}}, []string{"media", "entry", "method", "place"},
		[]string{"machine", "particle_micrometres", "weight_before_grams", "weight_after_grams", "contractor", "licence", "evidence", "escorts"}},
	{KindInventory, "inventory", message.Of("I counted these media against the register"),
		[]SignerRule{{"custodian", 1}, {"witness", 0}}, []string{"custodian"}, []string{"found", "missing", "unexpected", "place"}},
	{KindLoss, "report-loss", message.Of("these media are lost"),
		[]SignerRule{{"custodian", 0}, {"secrecy", 0}}, []string{"media", "noticed", "reason"}, []string{"reported", "reported_to", "place"}},
	{KindCorrection, "correct", message.Of("the statement named here was wrong, as described"),
		[]SignerRule{{"custodian", 1}, {"approve", 1}}, []string{"entry", "reason"},
		[]string{"withdraws", "asset", "serial", "model", "source", "classification", "limit_years", "limit_condition", "in_service"}},
}

// DeclarationKindOf returns the form of a kind, or nil if statements of that kind are not declarations.
func DeclarationKindOf(kind Kind) *DeclarationKind {
	for i := range DeclarationKinds {
		if DeclarationKinds[i].Kind == kind {
			return &DeclarationKinds[i]
		}
	}
	return nil
}

// Limits of a declaration. 500 media of 64 bytes are half of the longest log entry.
const (
	maxList = 500
	maxText = 1000
)

func (f *DeclarationKind) check(a *Declaration, fields map[string]any) error {
	always := []string{"id", "at", "signers", "remarks"}
	for name := range fields {
		if !slices.Contains(always, name) && !slices.Contains(f.Must, name) && !slices.Contains(f.May, name) {
			return message.Errorf("this kind of statement has no field %s", name)
		}
	}
	for _, name := range f.Must {
		if _, ok := fields[name]; !ok {
			return message.Errorf("%s is missing", name)
		}
	}
	for name, value := range fields {
		if err := checkValue(value); err != nil {
			return message.Errorf("%s: %w", name, err)
		}
	}
	if len(a.ID) != 26 || strings.Trim(a.ID, crockford) != "" {
		return message.Errorf("%q is not an id", clip(a.ID))
	}
	for _, at := range []*time.Time{&a.At, a.Until, a.Due, a.Noticed, a.Reported} {
		if at != nil && (at.Location() != time.UTC || at.Nanosecond() != 0 || at.Year() < 2000) {
			return message.New("a time that is not UTC in whole seconds")
		}
	}
	if a.Entry != nil && (a.Entry.Index < 0 || !isSHA256(a.Entry.SHA256)) {
		return message.New("entry is not a reference to a log entry")
	}
	if err := f.checkSigners(a); err != nil {
		return err
	}
	if err := checkLists(a); err != nil {
		return err
	}
	return a.checkWords(f.Kind)
}

// checkValue refuses texts that do not print or are too long, and numbers out of range.
func checkValue(v any) error {
	switch v := v.(type) {
	case string:
		if len(v) > maxText || !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsPrint(r) && !canon.Ideograph(r) }) {
			return message.Errorf("a text of more than %d bytes, or with characters that do not print", maxText)
		}
	case float64:
		if v < 0 || v > 1<<40 {
			return message.New("a number out of range")
		}
	case []any:
		if len(v) > maxList {
			return message.Errorf("more than %d", maxList)
		}
		for _, e := range v {
			if err := checkValue(e); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, e := range v {
			if err := checkValue(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkSigners: no person signs twice, and every role has as many signers as its rule demands.
func (f *DeclarationKind) checkSigners(a *Declaration) error {
	seen := map[string]bool{}
	for _, s := range a.Signs {
		if !slices.ContainsFunc(f.Signs, func(r SignerRule) bool { return r.Role == s.Role }) {
			return message.Errorf("no signer of this kind of statement has the role %q", clip(s.Role))
		}
		if s.Name == "" {
			return message.New("a signer without a name")
		}
		if seen[s.Name] {
			return message.Errorf("%s is named twice as a signer", clip(s.Name))
		}
		seen[s.Name] = true
	}
	for _, r := range f.Signs {
		if n := len(a.Names(r.Role)); n < r.Least {
			return message.Errorf("at least %d must sign as %s, and %d do", r.Least, r.Role, n)
		}
	}
	if len(a.Signs) == 0 {
		return message.New("no signer is named")
	}
	return nil
}

func isSHA256(s string) bool { return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == "" }

func checkLists(a *Declaration) error {
	counted := slices.Concat(a.Found, a.Missing, a.Unexpected)
	for _, list := range [][]string{a.Media, counted} {
		seen := map[string]bool{}
		for _, number := range list {
			if err := CheckNumber(number); err != nil {
				return err
			}
			if seen[number] {
				return message.Errorf("%s is named twice", number)
			}
			seen[number] = true
		}
	}
	seen := map[string]bool{}
	for _, name := range a.Escorts {
		if name == "" || seen[name] {
			return message.New("an escort has no name or is named twice")
		}
		seen[name] = true
	}
	return nil
}

// CheckNumber refuses a number that a medium may not have: it has 1 to 64 bytes, and only letters, also Chinese ones, digits and - _ . /, so
// that it can be spoken, typed and printed on a label.
func CheckNumber(number string) error {
	if number == "" || len(number) > 64 {
		return message.New("the number of a medium has 1 to 64 bytes")
	}
	for _, r := range number {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !canon.Ideograph(r) && !strings.ContainsRune("-_./", r) || r == utf8.RuneError {
			return message.Errorf("number %q: only letters, digits and - _ . / are allowed", clip(number))
		}
	}
	return nil
}

// checkWords checks the fields that have a word of a list, and those that belong together.
func (a *Declaration) checkWords(kind Kind) error {
	if a.Class != "" {
		if a.Class.Rank() < 0 {
			return message.Errorf("unknown classification %q", clip(string(a.Class)))
		}
		if longest := a.Class.LongestLimit(); a.LimitYears > longest {
			return message.Errorf("a limit of %d years; %s allows at most %d", a.LimitYears, a.Class, longest)
		}
	}
	if a.InService != "" {
		if _, err := time.Parse(time.DateOnly, a.InService); err != nil {
			return message.Errorf("%q is not a day of the form 2006-01-02", clip(a.InService))
		}
	}
	switch kind {
	case KindRegistration:
		switch {
		case len(a.Media) != 1:
			return message.New("a registration is of exactly one medium")
		case !slices.Contains(MediumTypes, a.Type):
			return message.Errorf("unknown type of medium %q; known are: %s", clip(a.Type), strings.Join(MediumTypes, " "))
		case a.Class != Unclassified && (a.LimitYears == 0) == (a.LimitCondition == ""):
			return message.New("exactly one of limit_years and limit_condition is needed")
		case a.LimitYears > 0 && a.InService == "":
			return message.New("limit_years counts from in_service, which is missing")
		case !slices.Contains(a.Names("custodian"), a.Custodian):
			return message.New("the custodian is not among the signers")
		}
	case KindApproval:
		if !slices.Contains(Purposes, a.Purpose) {
			return message.Errorf("unknown purpose %q; known are: %s", clip(a.Purpose), strings.Join(Purposes, " "))
		}
		if !a.Until.After(a.At) {
			return message.New("the approval ends before it begins")
		}
		if slices.Contains(a.Names("approve"), a.Technician) {
			return message.New("the technician cannot approve their own work")
		}
	case KindHandover:
		if names := a.Names("custodian"); len(names) != 2 || !slices.Contains(names, a.From) || !slices.Contains(names, a.To) {
			return message.New("exactly two must sign: the one who hands over and the one who receives")
		}
	case KindValidation:
		if a.Decision != "accept" && a.Decision != "reject" {
			return message.Errorf("unknown decision %q: it is accept or reject", clip(a.Decision))
		}
	case KindLoss:
		if a.Noticed.After(a.At) || a.Reported != nil && a.Reported.Before(*a.Noticed) {
			return message.New("the times noticed, reported and signed are out of order")
		}
	case KindDestruction:
		for _, f := range a.Evidence {
			if !isSHA256(f.SHA256) || f.Name == "" {
				return message.New("an evidence file without name or SHA-256")
			}
		}
	}
	return nil
}
