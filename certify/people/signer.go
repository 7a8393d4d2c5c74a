package people

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/crypto/ssh"
)

// Signer is one line of an allowed_signers file (ssh-keygen(1), "ALLOWED SIGNERS"): a person, one of his keys, what it may
// sign, and when.
type Signer struct {
	Principal  string    // one person's name: no pattern, no list
	Namespaces []string  // patterns as ssh-keygen has them: * and ?, and ! in front to take away; never none
	After      time.Time // UTC, whole seconds; zero: no limit. The second itself counts
	Before     time.Time // the second itself counts
	Key        ssh.PublicKey
}

// timeForm is the one form of a time that means the same everywhere; without the Z, ssh-keygen takes it for local time.
const timeForm = "20060102150405Z"

// ParseSigner reads a line. It refuses what allowed_signers may say and a roster must not: patterns for names, all
// namespaces at once, local times, certificate authorities.
func ParseSigner(line string) (Signer, error) {
	wrong := func(err error) (Signer, error) { return Signer{}, fmt.Errorf("signer %q: %w", shorten(line), err) }
	principal, rest, ok := strings.Cut(line, " ")
	if !ok || strings.ContainsAny(line, "\r\n\t") {
		return wrong(errors.New("not a name, options and a key on one line"))
	}
	s := Signer{Principal: principal}
	if err := checkPrincipal(principal); err != nil {
		return wrong(err)
	}
	key, _, options, more, err := ssh.ParseAuthorizedKey([]byte(rest))
	if err != nil || len(more) != 0 {
		return wrong(errors.New("no key that can be read"))
	}
	if err := checkKey(key); err != nil {
		return wrong(err)
	}
	s.Key = key
	seen := map[string]bool{}
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		name = strings.ToLower(name)
		if seen[name] {
			return wrong(fmt.Errorf("option %q stands twice", shorten(name)))
		}
		seen[name] = true
		value, quoted := strings.CutPrefix(value, `"`)
		value, ended := strings.CutSuffix(value, `"`)
		switch {
		case name == "cert-authority":
			return wrong(errors.New("certificate authorities are not supported: name each key"))
		case !quoted || !ended:
			return wrong(fmt.Errorf("the value of option %q is not in quotation marks", shorten(name)))
		case name == "namespaces":
			s.Namespaces, err = parsePatterns(value)
		case name == "valid-after":
			s.After, err = parseTime(value)
		case name == "valid-before":
			s.Before, err = parseTime(value)
		default:
			err = fmt.Errorf("unknown option %q", shorten(name))
		}
		if err != nil {
			return wrong(err)
		}
	}
	if len(s.Namespaces) == 0 {
		return wrong(errors.New("without namespaces the key could sign in every role"))
	}
	if !s.Before.IsZero() && !s.Before.After(s.After) {
		return wrong(errors.New("valid-before is not after valid-after"))
	}
	return s, nil
}

// checkPrincipal keeps names to what stands in allowed_signers as itself, in any script.
func checkPrincipal(name string) error {
	if name == "" || len(name) > 100 {
		return errors.New("a person's name has 1 to 100 bytes")
	}
	for _, r := range name {
		if r == unicode.ReplacementChar || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("@._+-", r) {
			return fmt.Errorf("name %q: only letters, digits and @ . _ + - may stand in it: it is one person, not a pattern", shorten(name))
		}
	}
	return nil
}

func parsePatterns(list string) ([]string, error) {
	all := strings.Split(list, ",")
	for _, p := range all {
		for _, r := range strings.TrimPrefix(p, "!") {
			if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-*?", r) {
				return nil, fmt.Errorf("namespace %q: only small letters, digits, - * ? may stand in it", shorten(p))
			}
		}
		if strings.TrimPrefix(p, "!") == "" {
			return nil, errors.New("an empty namespace")
		}
	}
	return all, nil
}

// parseTime reads the times of ssh-keygen(1) that end in Z: days, minutes or seconds of UTC.
func parseTime(s string) (time.Time, error) {
	for _, form := range []string{timeForm, "200601021504Z", "20060102Z"} {
		if len(s) == len(form) {
			if t, err := time.Parse(form, s); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("time %q: write it as %s, with the Z of UTC", shorten(s), timeForm)
}

// String writes the line in the one way that a roster has it.
func (s Signer) String() string {
	options := `namespaces="` + strings.Join(s.Namespaces, ",") + `"`
	if !s.After.IsZero() {
		options += `,valid-after="` + s.After.Format(timeForm) + `"`
	}
	if !s.Before.IsZero() {
		options += `,valid-before="` + s.Before.Format(timeForm) + `"`
	}
	return s.Principal + " " + options + " " + strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(s.Key)), "\n")
}

// mayAs says whether one of the signer's patterns takes the role and none takes it away, as match_pattern_list of OpenSSH.
func (s Signer) mayAs(role Role) bool {
	takes := func(negated bool) bool {
		return slices.ContainsFunc(s.Namespaces, func(p string) bool {
			pattern, not := strings.CutPrefix(p, "!")
			ok, err := path.Match(pattern, role.Namespace())
			return not == negated && ok && err == nil
		})
	}
	return takes(false) && !takes(true)
}

// validAt says why the line did not count at a time, or nil.
func (s Signer) validAt(at time.Time) error {
	switch {
	case !s.After.IsZero() && at.Before(s.After):
		return fmt.Errorf("the key of %s is valid only from %s on", s.Principal, s.After.Format(time.RFC3339))
	case !s.Before.IsZero() && at.After(s.Before):
		return fmt.Errorf("the key of %s was valid only until %s", s.Principal, s.Before.Format(time.RFC3339))
	}
	return nil
}

// ParseSigners reads an allowed_signers file: a signer a line, lines with # and empty ones left out.
func ParseSigners(file string) ([]Signer, error) {
	all := []Signer{}
	for line := range strings.Lines(file) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s, err := ParseSigner(line)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}
