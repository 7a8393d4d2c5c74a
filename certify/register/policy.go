// Package register folds the log into the state of every medium, and knows the office's rules.
//
// Nothing of it is ever stored: the log is the truth, and the same log with the same rules gives the same register
// anywhere. One function, [Register.Check], says what stands against a statement; the station asks it before it adds one,
// and an audit asks it again for every entry. So the two cannot disagree.
package register

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/BurntSushi/toml"

	"rasure/certify"
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
	Why        string          `toml:"why"`
}

//go:embed policy.toml
var defaultPolicy []byte

// Default is the rules of an office that has not written its own. They are ours, and no standard.
func Default() *Policy {
	p, err := ParsePolicy(defaultPolicy)
	if err != nil {
		panic(err) // a test reads it
	}
	return p
}

// DefaultText is the file behind [Default], to start one's own from.
func DefaultText() []byte { return slices.Clone(defaultPolicy) }

// Levels and verifications, from the weakest.
var (
	levels  = []string{"none", "clear", "purge", "destroy"}
	verifys = []string{"none", "sample", "full"}
)

// ParsePolicy reads policy.toml. A key it does not know is an error: a rule that is misspelt would not be kept.
func ParsePolicy(text []byte) (*Policy, error) {
	p := &Policy{sum: sha256.Sum256(text)}
	if len(text) > 1<<20 {
		return nil, fmt.Errorf("reading the policy: more than 1 MiB")
	}
	meta, err := toml.Decode(string(text), p)
	if err != nil {
		return nil, fmt.Errorf("reading the policy: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("reading the policy: it has no key %s", unknown[0])
	}
	if p.Name == "" || p.Source == "" || len(p.Rules) == 0 {
		return nil, fmt.Errorf("reading the policy: name, source or rules are missing")
	}
	if p.InventoryDays <= 0 || p.WitnessDays <= 0 || p.SecondaryDays <= 0 || p.LateDays <= 0 || p.ApprovalWarning < 0 {
		return nil, fmt.Errorf("reading the policy: days must be given, and be more than 0")
	}
	seen := map[string]bool{}
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Verify == "" {
			r.Verify = "none"
		}
		switch {
		case r.ID == "" || seen[r.ID]:
			return nil, fmt.Errorf("reading the policy: rule %d has no id, or one that is taken", i+1)
		case slices.Index(levels, r.Level) < 1 || !slices.Contains(verifys, r.Verify):
			return nil, fmt.Errorf("reading the policy: rule %s: level clear, purge or destroy, verify none, sample or full", r.ID)
		case r.Approvers < 0 || r.Witnesses < 0 || r.Escorts < 0 || r.Secondary < 0 || r.Secondary > 100:
			return nil, fmt.Errorf("reading the policy: rule %s: a number out of range", r.ID)
		}
		seen[r.ID] = true
		for _, c := range r.Class {
			if c.Rank() < 0 {
				return nil, fmt.Errorf("reading the policy: rule %s: %q is no classification", r.ID, c)
			}
		}
		for _, w := range r.Purpose {
			if !slices.Contains(certify.Purposes, w) {
				return nil, fmt.Errorf("reading the policy: rule %s: %q is no purpose", r.ID, w)
			}
		}
		for _, w := range r.Type {
			if !slices.Contains(certify.MediumTypes, w) {
				return nil, fmt.Errorf("reading the policy: rule %s: %q is no type of medium", r.ID, w)
			}
		}
	}
	return p, nil
}

// SHA256 names the file the policy was read from, in hex.
func (p *Policy) SHA256() string { return hex.EncodeToString(p.sum[:]) }

// Ref is how statements name the policy.
func (p *Policy) Ref() *certify.Policy { return &certify.Policy{Name: p.Name, SHA256: p.SHA256()} }

// Rule returns the rule for a medium and a purpose, or nil where the policy has none: then nothing is allowed.
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

// weaker says whether a is less than b in a list that begins with the weakest; what is not in it is weakest of all.
func weaker(list []string, a, b string) bool { return slices.Index(list, a) < slices.Index(list, b) }
