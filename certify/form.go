package certify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Form is what one kind of act looks like: who signs it, what it must and what it may say.
type DeclarationKind struct {
	Kind  Kind
	Verb  string       // the word for it on the command line
	Says  string       // what whoever signs it says
	Signs []SignerRule // roles that sign it
	Must  []string     // fields beside id, at and signers
	May   []string     // remarks may always be there
}

// Signed is a role that signs a form, and how many persons at least.
type SignerRule struct {
	Role  string
	Least int
}

// Forms are all acts there are.
var DeclarationKinds = []DeclarationKind{
	{KindRegistration, "register", "this medium is entered in the register under this number, and I answer for it",
		[]SignerRule{{"custodian", 1}}, []string{"media", "type", "classification", "custodian", "source"},
		[]string{"asset", "serial", "model", "limit_years", "limit_condition", "in_service"}},
	{KindApproval, "approve", "I approve that this is done with these media, by this person, until then",
		[]SignerRule{{"approve", 1}}, []string{"media", "purpose", "technician", "until"}, []string{"reason"}},
	{KindHandover, "handover", "these media have changed hands between us",
		[]SignerRule{{"custodian", 2}}, []string{"media", "from", "to"}, []string{"everything", "due", "place", "seal", "escorts", "reason"}},
	{KindWitness, "witness", "I was there and saw it",
		[]SignerRule{{"witness", 1}}, []string{"entry", "saw"}, []string{"place"}},
	{KindValidation, "validate", "I have examined what was done, and accept or reject it",
		[]SignerRule{{"validate", 1}}, []string{"entry", "decision", "reason"}, []string{"residual_risk", "next_method", "secondary_tool"}},
	{KindDestruction, "destroy", "these media were destroyed; I did it, or saw it",
		[]SignerRule{{"technician", 1}, {"witness", 1}}, []string{"media", "entry", "method", "place"},
		[]string{"machine", "particle_micrometres", "weight_before_grams", "weight_after_grams", "contractor", "licence", "evidence", "escorts"}},
	{KindInventory, "count", "I have counted these media against the register",
		[]SignerRule{{"custodian", 1}, {"witness", 0}}, []string{"custodian"}, []string{"found", "missing", "unexpected", "place"}},
	{KindLoss, "lose", "these media are lost",
		[]SignerRule{{"custodian", 0}, {"secrecy", 0}}, []string{"media", "noticed", "reason"}, []string{"reported", "reported_to", "place"}},
	{KindCorrection, "correct", "the statement named was wrong, in what is said here",
		[]SignerRule{{"custodian", 1}, {"approve", 1}}, []string{"entry", "reason"},
		[]string{"withdraws", "asset", "serial", "model", "source", "classification", "limit_years", "limit_condition", "in_service"}},
}

// FormOf returns the form of a kind, or nil if it is no act.
func DeclarationKindOf(kind Kind) *DeclarationKind {
	for i := range DeclarationKinds {
		if DeclarationKinds[i].Kind == kind {
			return &DeclarationKinds[i]
		}
	}
	return nil
}

// Limits of what an act may hold. 500 media of 64 bytes are half of what the log takes.
const (
	maxList = 500
	maxText = 1000
)

func (f *DeclarationKind) check(a *Declaration, fields map[string]any) error {
	always := []string{"id", "at", "signers", "remarks"}
	for name := range fields {
		if !slices.Contains(always, name) && !slices.Contains(f.Must, name) && !slices.Contains(f.May, name) {
			return fmt.Errorf("it has no field %s", name)
		}
	}
	for _, name := range f.Must {
		if _, ok := fields[name]; !ok {
			return fmt.Errorf("%s is missing", name)
		}
	}
	for name, value := range fields {
		if err := checkValue(value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(a.ID) != 26 || strings.Trim(a.ID, crockford) != "" {
		return fmt.Errorf("%q is not an id", clip(a.ID))
	}
	for _, at := range []*time.Time{&a.At, a.Until, a.Due, a.Noticed, a.Reported} {
		if at != nil && (at.Location() != time.UTC || at.Nanosecond() != 0 || at.Year() < 2000) {
			return errors.New("a time that is not UTC in whole seconds")
		}
	}
	if a.Entry != nil && (a.Entry.Index < 0 || !isSHA256(a.Entry.SHA256)) {
		return errors.New("entry does not name an entry of a log")
	}
	if err := f.checkSigners(a); err != nil {
		return err
	}
	if err := checkLists(a); err != nil {
		return err
	}
	return a.checkWords(f.Kind)
}

// checkValue holds every text in a field to what may be printed, and every number to what can be counted.
func checkValue(v any) error {
	switch v := v.(type) {
	case string:
		if len(v) > maxText || !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return fmt.Errorf("a text of more than %d bytes, or with characters that do not print", maxText)
		}
	case float64:
		if v < 0 || v > 1<<40 {
			return errors.New("a number out of range")
		}
	case []any:
		if len(v) > maxList {
			return fmt.Errorf("more than %d", maxList)
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

// checkSigners: nobody signs twice, and every role has as many as the form demands.
func (f *DeclarationKind) checkSigners(a *Declaration) error {
	seen := map[string]bool{}
	for _, s := range a.Signs {
		if !slices.ContainsFunc(f.Signs, func(r SignerRule) bool { return r.Role == s.Role }) {
			return fmt.Errorf("nobody signs it as %q", clip(s.Role))
		}
		if s.Name == "" {
			return errors.New("a signer without a name")
		}
		if seen[s.Name] {
			return fmt.Errorf("%s is to sign twice", clip(s.Name))
		}
		seen[s.Name] = true
	}
	for _, r := range f.Signs {
		if n := len(a.Names(r.Role)); n < r.Least {
			return fmt.Errorf("%d must sign as %s, not %d", r.Least, r.Role, n)
		}
	}
	if len(a.Signs) == 0 {
		return errors.New("nobody is to sign it")
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
				return fmt.Errorf("%s is named twice", number)
			}
			seen[number] = true
		}
	}
	seen := map[string]bool{}
	for _, name := range a.Escorts {
		if name == "" || seen[name] {
			return errors.New("an escort without a name, or one twice")
		}
		seen[name] = true
	}
	return nil
}

// CheckNumber says whether a medium may bear this number: letters, also Chinese ones, digits and - _ . / only, so that it
// can be spoken, typed and printed on a label.
func CheckNumber(number string) error {
	if number == "" || len(number) > 64 {
		return errors.New("a medium's number has 1 to 64 bytes")
	}
	for _, r := range number {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./", r) || r == utf8.RuneError {
			return fmt.Errorf("number %q: only letters, digits and - _ . / may stand in it", clip(number))
		}
	}
	return nil
}

// checkWords holds the fields that choose among few words, and those that belong together.
func (a *Declaration) checkWords(kind Kind) error {
	if a.Class != "" {
		if a.Class.Rank() < 0 {
			return fmt.Errorf("%q is no classification", clip(string(a.Class)))
		}
		if longest := a.Class.LongestLimit(); a.LimitYears > longest {
			return fmt.Errorf("a limit of %d years; %s has at most %d", a.LimitYears, a.Class, longest)
		}
	}
	if a.InService != "" {
		if _, err := time.Parse(time.DateOnly, a.InService); err != nil {
			return fmt.Errorf("%q is not a day", clip(a.InService))
		}
	}
	switch kind {
	case KindRegistration:
		switch {
		case len(a.Media) != 1:
			return errors.New("one medium at a time")
		case !slices.Contains(MediumTypes, a.Type):
			return fmt.Errorf("%q is no type of medium: %s", clip(a.Type), strings.Join(MediumTypes, " "))
		case a.Class != Unclassified && (a.LimitYears == 0) == (a.LimitCondition == ""):
			return errors.New("either limit_years or limit_condition")
		case a.LimitYears > 0 && a.InService == "":
			return errors.New("limit_years counts from in_service, which is missing")
		case !slices.Contains(a.Names("custodian"), a.Custodian):
			return errors.New("the custodian does not sign")
		}
	case KindApproval:
		if !slices.Contains(Purposes, a.Purpose) {
			return fmt.Errorf("%q is no purpose: %s", clip(a.Purpose), strings.Join(Purposes, " "))
		}
		if !a.Until.After(a.At) {
			return errors.New("it ends before it begins")
		}
		if slices.Contains(a.Names("approve"), a.Technician) {
			return errors.New("nobody approves what he does himself")
		}
	case KindHandover:
		if names := a.Names("custodian"); len(names) != 2 || !slices.Contains(names, a.From) || !slices.Contains(names, a.To) {
			return errors.New("exactly the two sign between whom the media change hands")
		}
	case KindValidation:
		if a.Decision != "accept" && a.Decision != "reject" {
			return fmt.Errorf("%q is no decision: accept or reject", clip(a.Decision))
		}
	case KindLoss:
		if a.Noticed.After(a.At) || a.Reported != nil && a.Reported.Before(*a.Noticed) {
			return errors.New("noticed, reported and signed are in the wrong order")
		}
	case KindDestruction:
		for _, f := range a.Evidence {
			if !isSHA256(f.SHA256) || f.Name == "" {
				return errors.New("an evidence file without name or SHA-256")
			}
		}
	}
	return nil
}
