package statement

import (
	"reflect"
	"slices"
	"strings"

	"rasure/cmd/message"
)

// Kind is a kind of statement.
type Kind struct {
	Line  string       // its first line: name and version
	Signs []SignerRule // the roles of the people who sign it; nil: the station signs it
	Says  []Saying     // what a signer states; one for each variant
	New   func() Body
	Since string // the release of rasure that has it first
}

// SignerRule is a role that signs a kind of statement, and how many persons in it at least and at most; 0: no limit.
type SignerRule struct {
	Role        string
	Least, Most int
}

// Saying is what a signer states, in both languages. The text of an act has both, so that the signed bytes do not depend on a language.
type Saying struct {
	Variant string // "" if the kind has one saying only
	English string
	Chinese string
}

// String is the saying as the text of an act has it.
func (s Saying) String() string { return s.English + " " + s.Chinese }

// Roles of people. Package people has those of version 1.
const (
	technician = "technician"
	approve    = "approve"
	witness    = "witness"
	custodian  = "custodian"
	validate   = "validate"
	secrecy    = "secrecy"
	root       = "roster"
	enrol      = "enrol"
	auditor    = "audit"
)

func by(role string) SignerRule  { return SignerRule{role, 1, 0} }
func may(role string) SignerRule { return SignerRule{role, 0, 0} }

// Kinds are all kinds of version 2.
var Kinds = []Kind{
	station("station", func() Body { return new(StationStatement) }),
	station("boot", func() Body { return new(Boot) }),
	station("begin", func() Body { return new(Begin) }),
	station("certificate", func() Body { return new(Certificate) }),
	station("preparation", func() Body { return new(Preparation) }),
	station("list", func() Body { return new(List) }),
	station("retirement", func() Body { return new(Retirement) }),

	people("roster", func() Body { return new(Roster) }, by(root)),
	people("policy", func() Body { return new(Policy) }, by(approve), by(secrecy)),
	people("enrolment", func() Body { return new(Enrolment) }, by(enrol)),
	people("registration", func() Body { return new(Registration) }, by(custodian)),
	people("approval", func() Body { return new(Approval) }, by(approve)),
	people("handover", func() Body { return new(Handover) }, SignerRule{custodian, 1, 2}, may(witness)),
	people("carry", func() Body { return new(Carry) }, SignerRule{custodian, 1, 1}, may(witness)),
	people("back", func() Body { return new(Back) }, SignerRule{custodian, 1, 1}, may(witness), may(secrecy)),
	people("return", func() Body { return new(Return) }, by(custodian), may(secrecy)),
	people("transfer", func() Body { return new(Transfer) }, by(approve), SignerRule{custodian, 1, 1}, by(witness)),
	people("result", func() Body { return new(Result) }, SignerRule{technician, 1, 1}),
	people("witness", func() Body { return new(Witness) }, by(witness)),
	people("validation", func() Body { return new(Validation) }, by(validate)),
	people("destruction", func() Body { return new(Destruction) }, by(technician), by(witness)),
	people("inventory", func() Body { return new(Inventory) }, by(custodian), may(witness), may(secrecy)),
	people("loss", func() Body { return new(Loss) }, may(custodian), may(secrecy)),
	people("report", func() Body { return new(Report) }, by(secrecy)),
	people("found", func() Body { return new(Found) }, by(custodian), by(witness)),
	people("reclassify", func() Body { return new(Reclassify) }, by(approve), by(secrecy)),
	people("retype", func() Body { return new(Retype) }, by(custodian), by(approve)),
	people("correction", func() Body { return new(Correction) }, by(custodian), by(approve)),
	people("void", func() Body { return new(Void) }, may(technician), may(approve), may(witness), may(custodian), may(validate), may(secrecy), may(enrol), may(auditor)),
	people("incident", func() Body { return new(Incident) }, by(secrecy)),
	people("equipment", func() Body { return new(Equipment) }, by(custodian), may(secrecy)),
	people("closure", func() Body { return new(Closure) }, may(approve), may(secrecy), may(root)),
	people("recount", func() Body { return new(Recount) }, by(root), by(secrecy)),
	people("succession", func() Body { return new(Succession) }, by(root)),
	people("audit", func() Body { return new(Audit) }, SignerRule{auditor, 1, 1}),
}

const release = "0.2"

func station(name string, make func() Body) Kind {
	return Kind{Line: "rasure/" + name + "/v2", New: make, Since: release}
}

func people(name string, make func() Body, signs ...SignerRule) Kind {
	return Kind{Line: "rasure/" + name + "/v2", Signs: signs, Says: sayings[name], New: make, Since: release}
}

// KindOf returns the kind with this first line, or nil.
func KindOf(line string) *Kind { return kindsByLine[line] }

var kindsByLine, kindsByType = func() (map[string]*Kind, map[reflect.Type]*Kind) {
	byLine, byType := map[string]*Kind{}, map[reflect.Type]*Kind{}
	for i := range Kinds {
		byLine[Kinds[i].Line], byType[reflect.TypeOf(Kinds[i].New())] = &Kinds[i], &Kinds[i]
	}
	return byLine, byType
}()

func kindFor(b Body) *Kind { return kindsByType[reflect.TypeOf(b)] }

// Name is the kind without program and version: "begin".
func (k *Kind) Name() string { return nameOf(k.Line) }

// nameOf is the name of the kind in a first line of any version, or "".
func nameOf(line string) string {
	rest, ok := strings.CutPrefix(line, "rasure/")
	name, version, ok2 := strings.Cut(rest, "/v")
	if !ok || !ok2 || version != "1" && version != "2" {
		return ""
	}
	return name
}

// ByPeople reports whether people sign statements of this kind, and not the station.
func (k *Kind) ByPeople() bool { return k.Signs != nil }

// SayingOf is what the signers of an act state.
func SayingOf(body Body) Saying {
	k, variant := kindFor(body), ""
	if b, ok := body.(interface{ variant() string }); ok {
		variant = b.variant()
	}
	if i := slices.IndexFunc(k.Says, func(s Saying) bool { return s.Variant == variant }); i >= 0 {
		return k.Says[i]
	}
	return Saying{}
}

// check checks a statement of this kind: its parts, its signers, and the rules of the kind.
func (k *Kind) check(body Body) error {
	s := Statement{Kind: k, Body: body}
	if _, first := body.(*StationStatement); !first && !s.Log().complete() {
		return errNoHead
	}
	if err := checkParts(body, s.Log().Size); err != nil {
		return err
	}
	if a := s.Act(); a != nil {
		if err := k.checkSigners(a); err != nil {
			return err
		}
		if want := SayingOf(body).String(); a.Says != want {
			return message.Errorf("what its signers state must be: %s", want)
		}
	}
	return body.check()
}

// checkSigners: no person signs twice, and every role has as many signers as its rule demands.
func (k *Kind) checkSigners(a *Act) error {
	seen := map[string]bool{}
	for _, s := range a.Signers {
		if !slices.ContainsFunc(k.Signs, func(r SignerRule) bool { return r.Role == s.Role }) {
			return message.Errorf("no signer of this kind of statement has the role %q", s.Role)
		}
		if seen[s.Person] {
			return message.Errorf("%s is named twice as a signer", s.Person)
		}
		seen[s.Person] = true
	}
	for _, r := range k.Signs {
		n := len(a.Names(r.Role))
		if n < r.Least {
			return message.Errorf("at least %d must sign as %s, and %d do", r.Least, r.Role, n)
		}
		if r.Most > 0 && n > r.Most {
			return message.Errorf("at most %d may sign as %s, and %d do", r.Most, r.Role, n)
		}
	}
	return nil
}

// Names returns who must sign in a role.
//
//go:noinline
func (a *Act) Names(role string) []string {
	names := []string{}
	for _, s := range a.Signers {
		if s.Role == role {
			names = append(names, s.Person)
		}
	}
	return names
}
