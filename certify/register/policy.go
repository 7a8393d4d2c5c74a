// Package register folds the log into the state of every medium, and applies the office's rules.
//
// The log is the truth: the same log with the same rules gives the same register anywhere. One function, [Register.Check], decides
// which rules refuse a statement. The station calls it before it adds one, and an audit calls it again for every entry, so that the two
// cannot disagree.
package register

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"reflect"
	"slices"

	"github.com/BurntSushi/toml"

	"rasure/certify"
	"rasure/cmd/message"
)

// Policy is the rules of an office. Days and counts are not negative.
type Policy struct {
	Name            string `toml:"name"`
	Source          string `toml:"source"` // who decided it, and when
	InventoryDays   int    `toml:"inventory_days"`
	WitnessDays     int    `toml:"witness_days"`
	SecondaryDays   int    `toml:"secondary_days"`
	ApprovalWarning int    `toml:"approval_warning_days"`
	LateDays        int    `toml:"late_days"` // a statement comes into the log at most so long after it was signed
	Rules           []Rule `toml:"rule"`

	Wishes

	sum [32]byte
}

// Rule is what one class of media needs for one purpose.
type Rule struct {
	ID         string          `toml:"id"`
	Class      []certify.Class `toml:"classification"` // none: all
	Purpose    []string        `toml:"purpose"`
	Type       []string        `toml:"type"`
	Level      string          `toml:"level"`
	Verify     string          `toml:"verify"`
	Approvers  int             `toml:"approvers"`
	MayApprove []string        `toml:"may_approve"`
	Witnesses  int             `toml:"witnesses"`
	Escorts    int             `toml:"escorts"`
	Secondary  int             `toml:"secondary"` // per cent
	Channels   []string        `toml:"channels"`  // by which media are handed over or sent; none: any
	Days       int             `toml:"days"`      // an approval is for so many at most; 0: no limit
	Permit     bool            `toml:"permit"`    // an approval names the permit of an authority
	SameDay    bool            `toml:"same_day"`  // what was borrowed is given back on the same day

	// Of a destruction.
	Methods       []string `toml:"methods"`        // none: any
	Residue       bool     `toml:"residue"`        // it says what became of the residue
	Licence       bool     `toml:"licence"`        // a contractor has a licence and an agreement
	MachineDays   int      `toml:"machine_days"`   // it names a machine that was tested at most so long before; 0: it need not
	MachineStated bool     `toml:"machine_stated"` // that machine is stated as equipment, unless a contractor has it

	Why string `toml:"why"`
}

//go:embed policy.toml
var defaultPolicy []byte

// Default returns the rules of an office that has not written any. They are a proposal of rasure, not a standard.
func Default() *Policy {
	p, err := ParsePolicy(defaultPolicy)
	if err != nil {
		panic(err) // a test reads it
	}
	return p
}

// DefaultText returns the file behind [Default], as a template.
func DefaultText() []byte { return slices.Clone(defaultPolicy) }

// Levels and verifications, from the weakest.
var (
	levels  = []string{"none", "clear", "purge", "destroy"}
	verifys = []string{"none", "sample", "full"}
)

// ParsePolicy reads policy.toml. Every key must be known and written exactly as here: TOML's own decoder takes "WITNESSES" for
// "witnesses", so that a file could say a thing twice and mean either.
func ParsePolicy(text []byte) (*Policy, error) {
	wrong := func(format string, args ...any) (*Policy, error) {
		return nil, message.Errorf("reading the policy: %w", message.Errorf(format, args...))
	}
	p := &Policy{sum: sha256.Sum256(text)}
	if len(text) > maxPolicyBytes {
		return wrong("the file is longer than %d bytes", maxPolicyBytes)
	}
	meta, err := toml.Decode(string(text), p)
	if err != nil {
		return nil, message.Errorf("reading the policy: %w", err)
	}
	for _, k := range meta.Keys() {
		if !slices.Contains(policyKeys, k.String()) {
			return wrong("unknown key %q", k.String())
		}
	}
	if p.Name == "" || p.Source == "" || len(p.Rules) == 0 {
		return wrong("name, source or rules are missing")
	}
	for _, days := range []struct {
		key        string
		value, min int
	}{{"inventory_days", p.InventoryDays, 1}, {"witness_days", p.WitnessDays, 1}, {"secondary_days", p.SecondaryDays, 1}, {"late_days", p.LateDays, 1},
		{"approval_warning_days", p.ApprovalWarning, 0}} {
		if days.value < days.min || days.value > maxDays {
			return wrong("%s is %d, but must be between %d and %d", days.key, days.value, days.min, maxDays)
		}
	}
	if err := p.Wishes.check(); err != nil {
		return wrong("%w", err)
	}
	seen := map[string]bool{}
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.ID == "" || seen[r.ID] {
			return wrong("rule %d has no id, or an id that another rule has", i+1)
		}
		seen[r.ID] = true
		if err := r.check(); err != nil {
			return wrong("rule %s: %w", r.ID, err)
		}
	}
	return p, nil
}

// otherPurposes are those for which version 2 has approvals, besides erasure and destruction.
var otherPurposes = []string{"borrow", "carry", "send", "abroad", "repair", "copy"}

// maxPolicyBytes is far more than the rules of an office need.
const maxPolicyBytes = 1 << 20

// maxDays is a hundred years: a number of days times 24 hours must not overflow a time.Duration.
const maxDays = 36_500

// maxPersons is more than can sign one statement (32 lines, certify/people/FORMAT.md).
const maxPersons = 32

// policyKeys are the keys of policy.toml, those of a table behind its name.
var policyKeys = func() (all []string) {
	for _, t := range []struct {
		prefix string
		of     reflect.Type
	}{{"", reflect.TypeFor[Policy]()}, {"", reflect.TypeFor[Wishes]()}, {"rule.", reflect.TypeFor[Rule]()}, {"keep.", reflect.TypeFor[Keep]()}} {
		for i := range t.of.NumField() {
			if tag := t.of.Field(i).Tag.Get("toml"); tag != "" {
				all = append(all, t.prefix+tag)
			}
		}
	}
	return all
}()

// check reports values that no rule can have. An absent verify is "none".
func (r *Rule) check() error {
	if r.Verify == "" {
		r.Verify = "none"
	}
	if slices.Index(levels, r.Level) < 1 {
		return message.Errorf("level is %q, but must be clear, purge or destroy", r.Level)
	}
	if !slices.Contains(verifys, r.Verify) {
		return message.Errorf("verify is %q, but must be none, sample or full", r.Verify)
	}
	for _, n := range []struct {
		key        string
		value, max int
	}{{"approvers", r.Approvers, maxPersons}, {"witnesses", r.Witnesses, maxPersons}, {"escorts", r.Escorts, maxPersons}, {"secondary", r.Secondary, 100}, {"days", r.Days, maxDays}, {"machine_days", r.MachineDays, maxDays}} {
		if n.value < 0 || n.value > n.max {
			return message.Errorf("%s is %d, but must be between 0 and %d", n.key, n.value, n.max)
		}
	}
	for _, c := range r.Class {
		if c.Rank() < 0 {
			return message.Errorf("unknown classification %q", c)
		}
	}
	for _, w := range r.Purpose {
		if !slices.Contains(certify.Purposes, w) && !slices.Contains(otherPurposes, w) {
			return message.Errorf("unknown purpose %q", w)
		}
	}
	for _, w := range r.Channels {
		if !slices.Contains(channels, w) {
			return message.Errorf("unknown channel %q", w)
		}
	}
	for _, w := range r.Methods {
		if !slices.Contains(methods, w) {
			return message.Errorf("unknown method %q", w)
		}
	}
	for _, w := range r.Type {
		if !slices.Contains(certify.MediumTypes, w) {
			return message.Errorf("unknown type of medium %q", w)
		}
	}
	return nil
}

// SHA256 is that of the file that the policy was read from, in hex.
func (p *Policy) SHA256() string { return hex.EncodeToString(p.sum[:]) }

// Ref is the policy as statements refer to it.
func (p *Policy) Ref() *certify.Policy { return &certify.Policy{Name: p.Name, SHA256: p.SHA256()} }

// Rule returns the rule for a medium and a purpose. Nil means that the policy has none, and nothing is allowed.
func (p *Policy) Rule(class certify.Class, purpose, kind string) *Rule {
	for i := range p.Rules {
		r := &p.Rules[i]
		if (len(r.Class) == 0 || slices.Contains(r.Class, class)) && (len(r.Purpose) == 0 || slices.Contains(r.Purpose, purpose)) &&
			(len(r.Type) == 0 || slices.Contains(r.Type, kind)) {
			return r
		}
	}
	return nil
}

// weaker reports whether a is weaker than b in a list that begins with the weakest. A word that is not in the list is the weakest.
func weaker(list []string, a, b string) bool { return slices.Index(list, a) < slices.Index(list, b) }
