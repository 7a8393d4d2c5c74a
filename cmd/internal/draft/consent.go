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

// SignAs is a signature that a command line asks for: in which role, with which key, and by whom. Without a roster nobody knows by whom.
type SignAs struct{ Role, Key, Name string }

// ParseSignAs reads ROLE=KEY or KEY, several of them separated by commas. KEY is a file or agent. A key without a role has the Role "".
func ParseSignAs(words []string) (all []SignAs, err error) {
	for _, word := range words {
		for _, one := range strings.Split(word, ",") {
			role, key, named := strings.Cut(one, "=")
			if !named {
				role, key = "", one
			}
			if key == "" {
				return nil, fault.Usagef("--sign %s: write ROLE=KEYFILE, ROLE=agent, or only the key", word)
			}
			if _, err := people.ParseRole(role); named && err != nil {
				return nil, fault.Usagef("--sign %s: %w", word, err)
			}
			all = append(all, SignAs{Role: role, Key: key})
		}
	}
	return all, nil
}

// Resolve finds out by the roster in force whose keys these are, and in which of the roles of a statement each signs that has none. roster is nil if there
// is none yet; then only one role is possible, or each is named.
func Resolve(all []SignAs, roster *people.Roster, rules []statement.SignerRule, at time.Time) ([]SignAs, error) {
	resolved := []SignAs{}
	for _, as := range all {
		if roster == nil {
			if as.Role == "" && len(rules) != 1 {
				return nil, fault.Usagef("--sign %s: write ROLE=KEYFILE", as.Key)
			}
			if as.Role == "" {
				as.Role = rules[0].Role
			}
			resolved = append(resolved, as)
			continue
		}
		key, err := PublicKey(as.Key)
		if err != nil {
			return nil, err
		}
		if as, err = resolve(as, key, roster, rules, at); err != nil {
			return nil, fault.Refusef("--sign %s: %w", as.Key, err)
		}
		resolved = append(resolved, as)
	}
	return resolved, nil
}

func resolve(as SignAs, key ssh.PublicKey, roster *people.Roster, rules []statement.SignerRule, at time.Time) (found SignAs, err error) {
	if as.Role != "" {
		as.Name, err = roster.Who(key, people.Role(as.Role), at)
		return as, err
	}
	found = as
	for _, r := range rules {
		name, no := roster.Who(key, people.Role(r.Role), at)
		switch {
		case no != nil && err == nil:
			err = no
		case no == nil && found.Role != "":
			return as, message.Errorf("%s can sign as %s and as %s: write ROLE=KEYFILE", name, found.Role, r.Role)
		case no == nil:
			found.Role, found.Name = r.Role, name
		}
	}
	if found.Role != "" {
		err = nil
	}
	return found, err
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

// About are the entries that a text of version 2 is about, and the lists of its media.
func About(text string) (all []statement.Ref) {
	s, err := statement.Read(text)
	if err != nil {
		return nil
	}
	for _, t := range s.Named().Targets {
		all = append(all, statement.Ref{Index: t.Index, SHA256: t.SHA256})
	}
	for _, l := range s.Named().Lists {
		all = append(all, statement.Ref{Index: l.Index, SHA256: l.SHA256})
	}
	return all
}

// HasLists reports whether the media of a text are in lists of the log, so that the text alone does not show them.
func HasLists(text string) bool {
	s, err := statement.Read(text)
	return err == nil && len(s.Named().Lists) > 0
}

// CheckAbout refuses a file that is none of the entries which a text is about.
func CheckAbout(path string, file []byte, text string) error {
	about := HexSum([]byte(certify.TextOf(file)))
	if slices.ContainsFunc(About(text), func(r statement.Ref) bool { return r.SHA256.String() == about }) {
		return nil
	}
	return fault.NotVerifiedf("the statement is not about %s: it names another text", path)
}
