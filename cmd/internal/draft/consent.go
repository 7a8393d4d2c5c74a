package draft

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// SignAs is a signature that a command line asks for: in which role, and with which key.
type SignAs struct{ Role, Key string }

// ParseSignAs reads ROLE=KEYFILE or ROLE=agent.
func ParseSignAs(word string) (SignAs, error) {
	role, key, ok := strings.Cut(word, "=")
	if !ok || key == "" {
		return SignAs{}, fault.Usagef("--sign %s: write ROLE=KEYFILE or ROLE=agent", word)
	}
	if _, err := people.ParseRole(role); err != nil {
		return SignAs{}, fault.Usagef("--sign %s: %w", word, err)
	}
	return SignAs{role, key}, nil
}

// SignersOf are the persons, each as ROLE=NAME, who have the keys with which a draft is to be signed at once: whose key is there need not be named.
func SignersOf(roster *people.Roster, words []string, at time.Time) (signers []string, err error) {
	for _, word := range words {
		as, err := ParseSignAs(word)
		if err != nil || roster == nil {
			return nil, err
		}
		key, err := PublicKey(as.Key)
		if err != nil {
			return nil, err
		}
		name, err := roster.Who(key, people.Role(as.Role), at)
		if err != nil {
			return nil, fault.Refusef("--sign %s: %w", word, err)
		}
		signers = append(signers, as.Role+"="+name)
	}
	return signers, nil
}

// Check refuses a draft that the log would refuse with all its signatures, so that nobody signs in vain.
func Check(state *audit.State, text string) error {
	if err := state.CheckDraft(text); err != nil {
		return fault.Refuse(err)
	}
	return nil
}

// CheckSigner refuses a key that the roster in force gives to nobody whom a text of version 2 names in that role, and returns who it is of.
func CheckSigner(state *audit.State, text string, role people.Role, key ssh.PublicKey) (name string, err error) {
	s, err := statement.Read(text)
	if err != nil {
		return "", fault.Refuse(err)
	}
	roster := state.Rosters.At(state.Checkpoint.Size)
	if s.Act() == nil || roster == nil {
		return "", fault.Refuse(message.New("the log has no roster, so nobody may sign"))
	}
	for _, name := range s.Act().Names(string(role)) {
		if err = roster.CheckMaySign(name, key, role, s.Act().At); err == nil {
			return name, nil
		}
	}
	return "", fault.Refusef("key %s is not of a person whom the statement names as %s: %w", ssh.FingerprintSHA256(key), string(role), err)
}

// Targets are the entries that a text of version 2 is about.
func Targets(text string) []statement.Target {
	s, err := statement.Read(text)
	if err != nil {
		return nil
	}
	return s.Named().Targets
}

// CheckAbout refuses a file that is none of the entries which a text is about.
func CheckAbout(path string, file []byte, text string) error {
	about := HexSum([]byte(certify.TextOf(file)))
	if slices.ContainsFunc(Targets(text), func(t statement.Target) bool { return t.SHA256.String() == about }) {
		return nil
	}
	return fault.NotVerifiedf("the statement is not about %s: it names another text", path)
}
