package draft

import (
	"bytes"
	"encoding/hex"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"rasure/certify/people"
	"rasure/certify/statement"
	"rasure/certify/statement/nfc"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

// Roster is what is asked for a roster. What is not given stays as in the roster before.
type Roster struct {
	Roots, Signers string   // files in the form of allowed_signers
	Persons        []string // NAME=ROLE+ROLE[:KEY.pub]
	Threshold      int      // 0: as before
	Particulars    string   // file with title, department and the like of persons, in version 2
	Drops          []string // NAME=REASON, in version 2
	Signs          []string // names of the roots who sign, in version 2
}

// Text drafts the roster that follows before, which is nil for the first; of version 2 if log is not nil.
func (o Roster) Text(before *people.Roster, log Log, zone *time.Location) (string, error) {
	var roots, signers []people.Signer
	if before != nil {
		roots, signers = before.Lines()
		if o.Threshold == 0 {
			o.Threshold = before.Threshold
		}
	} else if o.Roots == "" && len(o.Persons) == 0 || o.Threshold == 0 {
		return "", fault.Usagef("the first roster needs --roots and --threshold")
	}
	for _, from := range []struct {
		path string
		to   *[]people.Signer
	}{{o.Roots, &roots}, {o.Signers, &signers}} {
		if from.path == "" {
			continue
		}
		text, err := cli.ReadFile(from.path)
		if err != nil {
			return "", err
		}
		if *from.to, err = people.ParseSigners(string(text)); err != nil {
			return "", fault.Usagef("%s: %w", from.path, err)
		}
	}
	roots, signers, err := o.people(roots, signers)
	if err != nil {
		return "", err
	}
	draft := people.NewRoster
	if log != nil {
		draft = func(before *people.Roster, _ time.Time, threshold int, roots, signers []people.Signer) (string, error) {
			return o.second(before, log, zone, int64(threshold), roots, signers)
		}
	} else if o.Particulars != "" || len(o.Drops)+len(o.Signs) > 0 {
		return "", fault.Usagef("--particulars, --drop and --signer are for a roster of version 2")
	}
	text, err := draft(before, station.Now(), o.Threshold, roots, signers)
	if err != nil {
		return "", fault.Usage(err)
	}
	return text, nil
}

// people adds or replaces those whom the command line names one by one, and takes those away who are dropped.
func (o Roster) people(roots, signers []people.Signer) (_, _ []people.Signer, err error) {
	gone := []string{}
	for _, word := range o.Drops {
		name, _, _ := strings.Cut(word, "=")
		gone = append(gone, name)
	}
	added := []people.Signer{}
	for _, word := range o.Persons {
		s, err := parsePerson(word)
		if err != nil {
			return nil, nil, err
		}
		added, gone = append(added, s), append(gone, s.Principal)
	}
	without := func(s people.Signer) bool { return slices.Contains(gone, s.Principal) }
	roots, signers = slices.DeleteFunc(roots, without), slices.DeleteFunc(signers, without)
	for _, s := range added {
		if slices.Contains(s.Namespaces, people.Root.Namespace()) {
			roots = append(roots, s)
		} else {
			signers = append(signers, s)
		}
	}
	return roots, signers, nil
}

// SignersOf are the roots who sign at once. A first roster names them itself.
func (o Roster) SignersOf(all []SignAs) (names []string, err error) {
	for _, as := range all {
		name := as.Name
		if name == "" {
			key, err := PublicKey(as.Key)
			if err != nil {
				return nil, err
			}
			for _, word := range o.Persons {
				if s, err := parsePerson(word); err == nil && bytes.Equal(s.Key.Marshal(), key.Marshal()) {
					name = s.Principal
				}
			}
		}
		if name != "" {
			names = append(names, name)
		}
	}
	return names, nil
}

// parsePerson reads NAME=ROLE+ROLE:KEY.pub. Without a file it is NAME.pub.
func parsePerson(word string) (s people.Signer, err error) {
	name, rest, ok := strings.Cut(word, "=")
	list, path, _ := strings.Cut(rest, ":")
	if !ok || name == "" || list == "" {
		return s, fault.Usagef("--person %s: write NAME=ROLE:KEY.pub", word)
	}
	if path == "" {
		path = name + ".pub"
	}
	key, err := cli.ReadFile(path)
	if err != nil {
		return s, err
	}
	spaces := []string{}
	for _, role := range strings.Split(list, "+") {
		r, err := people.ParseRole(role)
		if err != nil {
			return s, fault.Usagef("--person %s: %w", word, err)
		}
		spaces = append(spaces, r.Namespace())
	}
	fields := strings.Fields(string(key))
	if len(fields) < 2 {
		return s, fault.Usagef("%s is not a public key", path)
	}
	return people.ParseSigner(name + ` namespaces="` + strings.Join(spaces, ",") + `" ` + fields[0] + " " + fields[1])
}

// second drafts a roster of version 2.
func (o Roster) second(before *people.Roster, log Log, zone *time.Location, threshold int64, roots, signers []people.Signer) (string, error) {
	r := &statement.Roster{Number: 1, Threshold: threshold}
	if before != nil {
		previous, err := hex.DecodeString(before.TextSHA256())
		if err != nil {
			return "", err
		}
		r.Number, r.Previous = before.Number+1, statement.Hash(previous)
	}
	for _, s := range roots {
		r.Roots = append(r.Roots, s.String())
	}
	for _, s := range signers {
		if err := addLine(r, s); err != nil {
			return "", err
		}
	}
	if err := o.setParticulars(r); err != nil {
		return "", err
	}
	if err := o.drop(r, before); err != nil {
		return "", err
	}
	signs := []statement.Signer{}
	for _, name := range o.Signs {
		signs = append(signs, statement.Signer{Role: string(people.Root), Person: strings.TrimPrefix(name, string(people.Root)+"=")})
	}
	if len(signs) == 0 {
		return "", fault.WithHint(fault.Usagef("--signer is missing: name who must sign"), "--signer %s=NAME", string(people.Root))
	}
	nfc.Strings(r)
	return writeAct(r, &r.Act, log, zone, signs...)
}

// addLine adds the line of a key to its person. Nobody can say of a key in a file that it is in hardware.
func addLine(r *statement.Roster, s people.Signer) error {
	for _, n := range s.Namespaces {
		if role, ok := strings.CutPrefix(n, "rasure-"); !ok || !slices.ContainsFunc(people.Roles[:], func(r people.Role) bool { return string(r) == role }) {
			return message.Errorf("%s: %q is not a role: a roster of version 2 lists the roles one by one", s.Principal, n)
		}
	}
	inHardware := strings.HasPrefix(s.Key.Type(), "sk-")
	for i := range r.People {
		if p := &r.People[i]; p.Person == s.Principal {
			p.Keys, p.Hardware = append(p.Keys, s.String()), p.Hardware && inHardware
			return nil
		}
	}
	r.People = append(r.People, statement.RosterPerson{Person: s.Principal, Keys: []string{s.String()}, Hardware: inHardware})
	return nil
}

// setParticulars takes what is said of persons from a JSON object: their names, and for each an object.
func (o Roster) setParticulars(r *statement.Roster) error {
	if o.Particulars == "" {
		return nil
	}
	file, err := cli.ReadFile(o.Particulars)
	if err != nil {
		return err
	}
	all, err := parseObject(file)
	if err != nil {
		return message.Errorf("%s: %w", o.Particulars, err)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		i := slices.IndexFunc(r.People, func(p statement.RosterPerson) bool { return p.Person == name })
		fields, ok := all[name].(map[string]any)
		if i < 0 || !ok {
			return message.Errorf("%s: %s is no person of the roster with an object", o.Particulars, name)
		}
		for _, taken := range []string{"person", "keys", "hardware"} {
			if fields[taken] != nil {
				return message.Errorf("%s: %s: %s follows from the lines of the keys", o.Particulars, name, taken)
			}
		}
		if err := new(act).merge(reflect.ValueOf(&r.People[i]).Elem(), "", fields, false); err != nil {
			return message.Errorf("%s: %s: %w", o.Particulars, name, err)
		}
	}
	return nil
}

// drop states why persons of the roster before are not in this one.
func (o Roster) drop(r *statement.Roster, before *people.Roster) error {
	gone := []string{}
	if before != nil {
		_, signers := before.Lines()
		for _, s := range signers {
			if !slices.Contains(gone, s.Principal) && !slices.ContainsFunc(r.People, func(p statement.RosterPerson) bool { return p.Person == s.Principal }) {
				gone = append(gone, s.Principal)
			}
		}
	}
	for _, word := range o.Drops {
		name, reason, ok := strings.Cut(word, "=")
		i := slices.Index(gone, name)
		if !ok || i < 0 {
			return message.Errorf("--drop %s: write NAME=REASON, of a person of the roster before who is not in this one", word)
		}
		gone = slices.Delete(gone, i, i+1)
		r.Drops = append(r.Drops, statement.Drop{Person: name, Reason: reason})
	}
	if len(gone) > 0 {
		return fault.WithHint(message.Errorf("%s was in roster %d and is not in this one", gone[0], before.Number), "say why: --drop %s=REASON", gone[0])
	}
	return nil
}
