package people

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/certify/statement"
	"rasure/cmd/message"
)

const kindRoster2 = "rasure/roster/v2"

// openRoster2 verifies a roster of version 2, whose signatures were taken from it. The rules are those of version 1, and: it names the text of the
// roster before, who is not in it any more, and each role of each key by itself; its signers are those that it names.
func openRoster2(signed []byte, text string, sigs []Signature, before *Roster) (*Roster, error) {
	r, b, err := readRoster2(text, before)
	if err != nil {
		return nil, err
	}
	r.entry = sha256.Sum256(signed)
	if err := r.checkVotes(text, sigs, before); err != nil {
		return nil, err
	}
	return r, r.checkNamed(b, text, sigs, before)
}

// readRoster2 is [openRoster2] without the signatures.
func readRoster2(text string, before *Roster) (*Roster, *statement.Roster, error) {
	s, err := statement.Read(text)
	if err != nil {
		return nil, nil, err
	}
	b, ok := s.Body.(*statement.Roster)
	if !ok {
		return nil, nil, message.Errorf("this is not a %s", kindRoster2)
	}
	r := &Roster{Number: b.Number, Issued: b.At, Threshold: int(b.Threshold), Roots: b.Roots, Signers: []string{}, version2: true, text2: sha256.Sum256([]byte(text))}
	if !b.Previous.IsZero() {
		r.Previous = b.Previous.String()
	}
	if err := r.parse2(b); err != nil {
		return nil, nil, err
	}
	switch {
	case before == nil && r.Number != 1:
		return nil, nil, message.Errorf("the roster before roster %d is not in the log", r.Number)
	case before != nil && (r.Number != before.Number+1 || r.Previous != before.TextSHA256()):
		return nil, nil, message.Errorf("roster %d does not follow roster %d, the newest in the log", r.Number, before.Number)
	case before != nil && r.Issued.Before(before.Issued):
		return nil, nil, message.Errorf("roster %d is dated before roster %d", r.Number, before.Number)
	}
	return r, b, r.checkDrops(b.Drops, before)
}

// CheckDraft returns why [Rosters.Next] would refuse a text of version 2 as the roster at that index, if everybody had signed whom it names.
func (h *Rosters) CheckDraft(index int64, text string, judge func(*Roster) error) error {
	before := h.At(index)
	r, b, err := readRoster2(text, before)
	if err != nil {
		return err
	}
	if err := judge(r); err != nil {
		return err
	}
	var keys [][]ssh.PublicKey // of each who is named: a root can have another name in the roster before
	for _, name := range b.Names(string(Root)) {
		own, err := r.rootKeys(name, r.Issued)
		if err != nil && before != nil {
			own, err = before.rootKeys(name, r.Issued)
		}
		if err != nil {
			return err
		}
		if p, err := r.holder(own[0], Root, r.Issued); err == nil && p.Principal != name {
			return message.Errorf("the key of %s belongs to %s in roster %d, who must be named as the signer", name, p.Principal, r.Number)
		}
		keys = append(keys, own)
	}
	return r.checkThresholds(before, func(v *Roster) int {
		votes := map[string]bool{}
		for _, own := range keys {
			for _, key := range own {
				if p, err := v.holder(key, Root, r.Issued); err == nil {
					votes[p.Principal] = true
					break
				}
			}
		}
		return len(votes)
	})
}

// rootKeys are the keys with which a root may sign at a time: at least one, or an error.
func (r *Roster) rootKeys(name string, at time.Time) (keys []ssh.PublicKey, err error) {
	for _, s := range r.roots {
		if s.Principal == name && s.validAt(at) == nil {
			keys = append(keys, s.Key)
		}
	}
	if len(keys) == 0 {
		err = r.CheckHasRole(name, Root, at)
	}
	return keys, err
}

// parse2 reads the lines of a roster.
func (r *Roster) parse2(b *statement.Roster) error {
	owner := map[string]string{}
	for _, line := range b.Roots {
		s, err := parseLineOf(line, true, owner)
		if err == nil && !slices.Equal(s.Namespaces, []string{Root.Namespace()}) {
			err = message.Errorf("%s: the line of a root has the namespace %s and no other", s.Principal, Root.Namespace())
		}
		if err != nil {
			return err
		}
		r.roots = append(r.roots, s)
	}
	r.trained = map[string]statement.Day{}
	for _, p := range b.People {
		r.trained[p.Person] = p.Trained
		for _, line := range p.Keys {
			s, err := parseLineOf(line, false, owner)
			switch {
			case err != nil:
				return err
			case s.Principal != p.Person:
				return message.Errorf("%s has a line of %s", p.Person, s.Principal)
			}
			if err := s.checkRoles(); err != nil {
				return err
			}
			r.signers, r.Signers = append(r.signers, s), append(r.Signers, line)
		}
	}
	return r.checkThreshold()
}

// checkRoles wants a known role in each namespace, once: a pattern would allow what nobody has decided, with every role that a later version adds.
func (s Signer) checkRoles() error {
	for i, n := range s.Namespaces {
		if role, err := roleOf(n); err != nil || role == Root {
			return message.Errorf("%s: %q is not a role: a roster of version 2 lists the roles one by one", s.Principal, n)
		}
		if slices.Contains(s.Namespaces[:i], n) {
			return message.Errorf("%s: the role %s is there twice", s.Principal, strings.TrimPrefix(n, namespacePrefix))
		}
	}
	return nil
}

// checkDrops: who is in the roster before and not in this one is dropped for a reason, and nobody else is.
func (r *Roster) checkDrops(drops []statement.Drop, before *Roster) error {
	for _, d := range drops {
		r.drops = append(r.drops, d.Person)
	}
	gone := []string{}
	if before != nil {
		for _, s := range before.signers {
			if !r.has(s.Principal) && !slices.Contains(gone, s.Principal) {
				gone = append(gone, s.Principal)
			}
		}
	}
	for _, name := range gone {
		if !slices.Contains(r.drops, name) {
			return message.Errorf("%s was in roster %d, is not in this one, and is not dropped", name, before.Number)
		}
	}
	for _, name := range r.drops {
		if !slices.Contains(gone, name) {
			return message.Errorf("%s is dropped, and was not in the roster before, or is in this one", name)
		}
	}
	return nil
}

func (r *Roster) has(person string) bool {
	return slices.ContainsFunc(r.signers, func(s Signer) bool { return s.Principal == person })
}

// checkNamed wants the signatures of the persons that the roster names as its signers, and no other.
func (r *Roster) checkNamed(b *statement.Roster, text string, sigs []Signature, before *Roster) error {
	signed := map[string]bool{}
	for _, sig := range sigs {
		p, err := r.Verify([]byte(text), sig, Root, r.Issued)
		if err != nil && before != nil {
			p, err = before.Verify([]byte(text), sig, Root, r.Issued)
		}
		if err != nil {
			return err
		}
		if !slices.Contains(b.Names(string(Root)), p.Principal) {
			return message.Errorf("%s signed as %s, but the statement does not name this signer", p.Principal, string(Root))
		}
		signed[p.Principal] = true
	}
	for _, name := range b.Names(string(Root)) {
		if !signed[name] {
			return message.Errorf("the signature of %s as %s is missing", name, string(Root))
		}
	}
	return nil
}

// TextSHA256 names the roster in version 2: the SHA-256 of its text, in hex.
func (r *Roster) TextSHA256() string { return hex.EncodeToString(r.text2[:]) }

// Drops are the persons of the roster before who may sign no more; none of a roster of version 1, which does not name them.
func (r *Roster) Drops() []string { return slices.Clone(r.drops) }

// RootsSHA256 is the SHA-256 of the lines of the roots, each with its newline: a station statement of version 2 pins the first roster by it.
func (r *Roster) RootsSHA256() statement.Hash {
	return sha256.Sum256([]byte(strings.Join(r.Roots, "\n") + "\n"))
}

// Trained reports whether the roster says that a person is trained on a day, which is that of the signer's clock.
func (r *Roster) Trained(name string, day statement.Day) bool {
	until, ok := r.trained[name]
	return ok && until != "" && day <= until
}
