package wipe

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"rasure/wipe/pattern"
)

// Scheme is a named, ordered list of passes. It is data that never changes under its id: a certificate names it by id and by
// the SHA-256 of its text.
type Scheme struct {
	ID       string       `json:"id"`    // lower case, digits and hyphens
	Title    string       `json:"title"` // for people
	Passes   []SchemePass `json:"passes"`
	Source   string       `json:"source"`   // the document that says so, or who says so where there is none to be had
	Disputed string       `json:"disputed"` // where well-known tools or quotations differ; "" if they do not
}

// SchemePass is one pattern over the whole disk.
type SchemePass struct {
	// Pattern is a name that pattern.Parse knows, or character: one byte drawn when the job runs, the same for the whole
	// pass; or character-complement: the last drawn one inverted. random-complement is the complement of the last random.
	Pattern string `json:"pattern"`
	Verify  bool   `json:"verify"` // read back and compare when the pass is written
}

// Text is what the scheme's SHA-256 is taken over: one line for the id, then one for each pass, each with a newline:
//
//	rasure/scheme/v1 flash-clear
//	1 random verify
//	2 random-complement verify
//
// A pass that is not read back has no third word.
func (s Scheme) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "rasure/scheme/v1 %s\n", s.ID)
	for i, p := range s.Passes {
		fmt.Fprintf(&b, "%d %s", i+1, p.Pattern)
		if p.Verify {
			b.WriteString(" verify")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// SHA256 is the hash of [Scheme.Text], 64 lower-case hex digits.
func (s Scheme) SHA256() string {
	sum := sha256.Sum256([]byte(s.Text()))
	return hex.EncodeToString(sum[:])
}

// known is made once: an audit asks for the scheme of every certificate.
var known = sync.OnceValue(Schemes)

// SchemeNamed finds a scheme by its id.
func SchemeNamed(id string) (Scheme, error) {
	for _, s := range known() {
		if s.ID == id {
			s.Passes = slices.Clone(s.Passes)
			return s, nil
		}
	}
	return Scheme{}, fmt.Errorf("no scheme is called %q", id)
}

// check refuses passes that cannot be carried out, and a last pass that nobody reads back.
func (s Scheme) check() error {
	if len(s.Passes) == 0 || !s.Passes[len(s.Passes)-1].Verify {
		return fmt.Errorf("scheme %q does not end with a pass that is read back", s.ID)
	}
	before := map[string]bool{}
	for i, p := range s.Passes {
		what, complement := strings.CutSuffix(p.Pattern, "-complement")
		switch {
		case what != "random" && what != "character":
			if _, err := pattern.Parse(p.Pattern, ""); err != nil {
				return fmt.Errorf("scheme %q, pass %d: %w", s.ID, i+1, err)
			}
		case complement && !before[what]:
			return fmt.Errorf("scheme %q, pass %d is the complement of nothing", s.ID, i+1)
		}
		before[what] = true
	}
	return nil
}

// passes reads the short form of the table: pattern names, with ! behind those that are read back.
func passes(table string) []SchemePass {
	var all []SchemePass
	for f := range strings.FieldsSeq(table) {
		name, verify := strings.CutSuffix(f, "!")
		all = append(all, SchemePass{name, verify})
	}
	return all
}
