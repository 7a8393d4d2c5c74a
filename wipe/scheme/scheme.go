// Package scheme is the table of named schemes: ordered lists of passes, with their sources.
package scheme

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"rasure/cmd/message"
	"rasure/wipe/pattern"
)

// Scheme is a named, ordered list of passes. It is data that never changes under its id: a certificate names it by id and by
// the SHA-256 of its text.
type Scheme struct {
	ID       string `json:"id"`    // lower case, digits and hyphens
	Title    string `json:"title"` // for people
	Passes   []Pass `json:"passes"`
	Source   string `json:"source"`   // the document, or who says so where no document can be obtained
	Disputed string `json:"disputed"` // where well-known tools or quotations differ; "" if they agree
}

// Pass writes one pattern over the whole disk.
type Pass struct {
	Pattern pattern.Spec `json:"pattern"`
	Verify  bool         `json:"verify"` // read back and compare after the pass is written
}

// Text is the input of the scheme's SHA-256: one line for the id, then one for each pass, each with a newline:
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

// table is made once.
var table = sync.OnceValue(All)

// UnknownError says that no scheme has this id.
type UnknownError struct{ ID string }

func (e *UnknownError) Message() message.Text { return message.Of("unknown scheme %q", e.ID) }
func (e *UnknownError) Error() string         { return e.Message().String() }

// IDOf returns the id that a person means: in any case of letters, or by the name that another tool gives the scheme. It is false where no
// scheme is called so.
func IDOf(word string) (id string, ok bool) {
	word = strings.ToLower(word)
	if to, ok := aliases[word]; ok {
		return to, true
	}
	return word, Lookup(word) != nil
}

// Aliases returns the other names of a scheme, in alphabetical order.
func Aliases(id string) (all []string) {
	for name, to := range aliases {
		if to == id {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// Named returns the scheme with that id, or an [UnknownError].
func Named(id string) (Scheme, error) {
	for _, s := range table() {
		if s.ID == id {
			s.Passes = slices.Clone(s.Passes)
			return s, nil
		}
	}
	return Scheme{}, &UnknownError{id}
}

// Known is a scheme with its hash.
type Known struct {
	Scheme
	Sum string // [Scheme.SHA256]
}

// known is made once: an audit asks for the scheme of every certificate.
var known = sync.OnceValue(func() map[string]*Known {
	all := map[string]*Known{}
	for _, s := range table() {
		all[s.ID] = &Known{s, s.SHA256()}
	}
	return all
})

// Lookup returns the scheme with that id, or nil: a later version may have others. It is shared, and must not be changed.
func Lookup(id string) *Known { return known()[id] }

// Check refuses a scheme that cannot be carried out, or whose last pass is not read back.
func (s Scheme) Check() error {
	if len(s.Passes) == 0 || !s.Passes[len(s.Passes)-1].Verify {
		return message.Errorf("scheme %q does not end with a pass that is read back", s.ID)
	}
	var before []pattern.Spec
	for i, p := range s.Passes {
		if err := p.Pattern.Check(before); err != nil {
			return message.Errorf("scheme %q, pass %d, pattern %q: %w", s.ID, i+1, string(p.Pattern), err)
		}
		before = append(before, p.Pattern)
	}
	return nil
}

// VerifiesRandom reports whether at least one pass that is read back is random. If none is, reading back proves only that the
// device returns a constant: one that stores nothing, or less than its size, can do the same.
func (s Scheme) VerifiesRandom() bool {
	return slices.ContainsFunc(s.Passes, func(p Pass) bool { return p.Verify && p.Pattern.Random() })
}

// passes parses the short form of the table: specifications, with ! after those that are read back.
func passes(row string) []Pass {
	var all []Pass
	for f := range strings.FieldsSeq(row) {
		name, verify := strings.CutSuffix(f, "!")
		all = append(all, Pass{pattern.Spec(name), verify})
	}
	return all
}
