package people

import (
	"encoding/base64"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"rasure/certify/internal/canon"
	"rasure/cmd/message"

	"golang.org/x/crypto/ssh"
)

// Signer is one line of an allowed_signers file (ssh-keygen(1), "ALLOWED SIGNERS"): a person, one key of that person, what it may sign,
// and when.
type Signer struct {
	Principal  string    // one person's name: no pattern, no list
	Namespaces []string  // patterns as ssh-keygen has them: * and ?, and ! in front to take away; never none
	After      time.Time // UTC, whole seconds; zero: no limit. The second itself counts
	Before     time.Time // the second itself counts
	Key        ssh.PublicKey
}

// timeForm is the only form of a time that means the same everywhere; ssh-keygen reads a time without the Z as local.
const timeForm = "20060102150405Z"

// ParseSigner reads a line. It refuses what allowed_signers may have and a roster must not: patterns for names, lines without
// namespaces, local times, certificate authorities.
func ParseSigner(line string) (Signer, error) {
	wrong := func(err error) (Signer, error) { return Signer{}, message.Errorf("signer %q: %w", shorten(line), err) }
	principal, rest, ok := strings.Cut(line, " ")
	if !ok || strings.ContainsAny(line, "\r\n\t") {
		return wrong(message.New("not a name, options and a key on one line"))
	}
	s := Signer{Principal: principal}
	if err := checkPrincipal(principal); err != nil {
		return wrong(err)
	}
	key, _, options, more, err := ssh.ParseAuthorizedKey([]byte(rest))
	if err != nil {
		if name := unknownKeyType(rest); name != "" {
			return wrong(errKeyType(name))
		}
		return wrong(message.Errorf("reading the key: %w", err))
	}
	if len(more) != 0 {
		return wrong(message.New("more than one line"))
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
			return wrong(message.Errorf("option %q appears twice", shorten(name)))
		}
		seen[name] = true
		value, quoted := strings.CutPrefix(value, `"`)
		value, ended := strings.CutSuffix(value, `"`)
		switch {
		case name == "cert-authority":
			return wrong(message.New("certificate authorities are not supported: name each key"))
		case !quoted || !ended:
			return wrong(message.Errorf("the value of option %q is not in quotation marks", shorten(name)))
		case name == "namespaces":
			s.Namespaces, err = parsePatterns(value)
		case name == "valid-after":
			s.After, err = parseTime(value)
		case name == "valid-before":
			s.Before, err = parseTime(value)
		default:
			err = message.Errorf("unknown option %q", shorten(name))
		}
		if err != nil {
			return wrong(err)
		}
	}
	if len(s.Namespaces) == 0 {
		return wrong(message.New("without namespaces the key could sign in every role"))
	}
	if !s.Before.IsZero() && !s.Before.After(s.After) {
		return wrong(message.New("valid-before is not after valid-after"))
	}
	return s, nil
}

// unknownKeyType returns the type of the key on a line, if the line has one that x/crypto does not know.
func unknownKeyType(line string) string {
	words := strings.Fields(line)
	for i := 1; i < len(words); i++ {
		wire, err := base64.StdEncoding.DecodeString(words[i])
		if name := keyType(wire); err == nil && name == words[i-1] && !slices.Contains(knownTypes, name) {
			return name
		}
	}
	return ""
}

// checkPrincipal allows only characters, of any script, that have no special meaning in allowed_signers.
func checkPrincipal(name string) error {
	if name == "" || len(name) > 100 {
		return message.New("a person's name has 1 to 100 bytes")
	}
	for _, r := range name {
		if r == unicode.ReplacementChar || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !canon.Ideograph(r) && !strings.ContainsRune("@._+-", r) {
			return message.Errorf("name %q: only letters, digits and @ . _ + - are allowed; a name is one person, not a pattern", shorten(name))
		}
	}
	return nil
}

func parsePatterns(list string) ([]string, error) {
	all := strings.Split(list, ",")
	for _, p := range all {
		for _, r := range strings.TrimPrefix(p, "!") {
			if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-*?", r) {
				return nil, message.Errorf("namespace %q: only small letters, digits, - * ? are allowed", shorten(p))
			}
		}
		if strings.TrimPrefix(p, "!") == "" {
			return nil, message.New("an empty namespace")
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
	return time.Time{}, message.Errorf("time %q: write it as %s, with the Z of UTC", shorten(s), timeForm)
}

// String writes the line in the only form that a roster takes.
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

// mayAs reports whether one of the signer's patterns matches the role and no negated one does, as match_pattern_list of OpenSSH.
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

// validAt returns why the line does not count at a time, or nil.
func (s Signer) validAt(at time.Time) error {
	switch {
	case !s.After.IsZero() && at.Before(s.After):
		return message.Errorf("the key of %s is valid only from %s on", s.Principal, s.After.Format(time.RFC3339))
	case !s.Before.IsZero() && at.After(s.Before):
		return message.Errorf("the key of %s was valid only until %s", s.Principal, s.Before.Format(time.RFC3339))
	}
	return nil
}

// ParseSigners reads an allowed_signers file. It skips empty lines and lines that begin with #.
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
