package logs

import (
	"strings"

	"rasure/cmd/message"
)

// rolePrefix begins the names in the signatures of people (certify/people), such as rasure-witness.
const rolePrefix = "rasure-"

// checkName refuses a name that a new log or cosigner may not have. The name is in signature lines (c2sp.org/signed-note: no space, no
// plus sign) and in file names; it must not be mistaken for a path or for a person's role.
func checkName(name string) error {
	if err := checkNameCharacters(name); err != nil {
		return err
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.Trim(part, ".") == "" {
			return message.Errorf("name %q: no part between slashes may be empty or only dots", name)
		}
	}
	if strings.HasPrefix(strings.ToLower(name), rolePrefix) {
		return message.Errorf("name %q: names that begin with %s are the names of people's roles", name, rolePrefix)
	}
	return nil
}

// checkNameCharacters holds for names that exist already, too.
func checkNameCharacters(name string) error {
	if name == "" || len(name) > 100 || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '+' || r >= 0x7f }) {
		return message.Errorf("name %q: a name has 1 to 100 characters of ASCII, without space and +", name)
	}
	return nil
}
