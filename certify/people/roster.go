package people

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"rasure/certify/statement"
	"rasure/cmd/message"
)

// KindRoster is the first line of a roster.
const KindRoster = "rasure/roster/v1"

// Roster is the statement of who may sign what, and when. The office's roots sign it.
type Roster struct {
	Number    int64     `json:"number"`    // 1 for a log's first roster, one more for each after it
	Previous  string    `json:"previous"`  // SHA-256 of the roster before, as it stands in the log, in hex; "" for the first
	Issued    time.Time `json:"issued"`    // UTC, whole seconds; not before the previous one's
	Threshold int       `json:"threshold"` // how many of the root persons must sign the next roster
	Roots     []string  `json:"roots"`     // lines of allowed_signers: who may change the roster
	Signers   []string  `json:"signers"`   // lines of allowed_signers: who may sign statements

	roots, signers []Signer
	entry          [32]byte // SHA-256 of the signed statement
	text2          [32]byte // of its text, which names it in version 2

	version2 bool
	trained  map[string]statement.Day // until the end of which somebody is trained, in version 2
	drops    []string                 // persons of the roster before who are not in this one, in version 2
}

// Person is somebody in the roster.
type Person struct {
	Principal string // the name in the roster
}

// NewRoster drafts the roster that follows before (nil: the first), ready to be signed.
func NewRoster(before *Roster, issued time.Time, threshold int, roots, signers []Signer) (text string, err error) {
	r := &Roster{Number: 1, Issued: issued.UTC().Truncate(time.Second), Threshold: threshold, Roots: []string{}, Signers: []string{}}
	if before != nil {
		r.Number, r.Previous = before.Number+1, before.SHA256()
	}
	for _, s := range roots {
		r.Roots = append(r.Roots, s.String())
	}
	for _, s := range signers {
		r.Signers = append(r.Signers, s.String())
	}
	text, err = r.text()
	if err != nil {
		return "", err
	}
	if _, err := parseRoster(text); err != nil {
		return "", err
	}
	if len(text) > maxBytes/2 { // the signatures need space too
		return "", message.Errorf("the roster has %d bytes, more than %d", len(text), maxBytes/2)
	}
	return text, nil
}

func (r *Roster) text() (string, error) {
	var text bytes.Buffer
	text.WriteString(KindRoster + "\n")
	enc := json.NewEncoder(&text)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return "", fmt.Errorf("writing %s: %w", KindRoster, err)
	}
	return text.String(), nil
}

// parseRoster reads a roster's text, which must be written exactly as [NewRoster] writes it: of two values for one field, people would
// read one and programs the other.
func parseRoster(text string) (*Roster, error) {
	body, ok := strings.CutPrefix(text, KindRoster+"\n")
	if !ok {
		return nil, message.Errorf("this is not a %s", KindRoster)
	}
	r := new(Roster)
	if err := json.Unmarshal([]byte(body), r); err != nil {
		return nil, message.Errorf("reading %s: %w", KindRoster, err)
	}
	if again, err := r.text(); err != nil || again != text || r.Roots == nil || r.Signers == nil || r.Issued.Location() != time.UTC || r.Issued.Nanosecond() != 0 {
		return nil, message.Errorf("reading %s: not in the form that rasure writes", KindRoster)
	}
	owner := map[string]string{}
	parse := func(lines []string, root bool) ([]Signer, error) {
		all := []Signer{}
		for _, line := range lines {
			s, err := parseLineOf(line, root, owner)
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
		return all, nil
	}
	var err error
	if r.roots, err = parse(r.Roots, true); err != nil {
		return nil, err
	}
	if r.signers, err = parse(r.Signers, false); err != nil {
		return nil, err
	}
	return r, r.checkThreshold()
}

// parseLineOf reads a line of a roster. owner has the persons of the keys of the lines before it.
func parseLineOf(line string, root bool, owner map[string]string) (Signer, error) {
	s, err := ParseSigner(line)
	if err != nil {
		return Signer{}, err
	}
	key := string(s.Key.Marshal())
	switch other, taken := owner[key]; {
	case s.String() != line:
		return Signer{}, message.Errorf("signer %q: write it as %q", shorten(line), s.String())
	case taken && other != s.Principal:
		return Signer{}, message.Errorf("%s and %s have the same key", other, s.Principal)
	case s.mayAs(Root) != root:
		return Signer{}, message.Errorf("%s: only roots have the namespace %s", s.Principal, Root.Namespace())
	}
	owner[key] = s.Principal
	return s, nil
}

func (r *Roster) checkThreshold() error {
	persons := map[string]bool{}
	for _, s := range r.roots {
		persons[s.Principal] = true
	}
	if r.Threshold < 1 || r.Threshold > len(persons) {
		return message.Errorf("the threshold is %d, but there are %d root person(s)", r.Threshold, len(persons))
	}
	return nil
}

// OpenRoster verifies a roster: it is signed by as many roots of the roster before it as that one demands, and by as many of its own as it
// demands, so that a key that does not exist locks nobody out. The first one (before is nil) vouches for itself: compare its roots
// with a list obtained independently of the log.
func OpenRoster(signed []byte, before *Roster) (*Roster, error) {
	text, sigs, err := Open(signed)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(text, kindRoster2+"\n") {
		return openRoster2(signed, text, sigs, before)
	}
	r, err := parseRoster(text)
	if err != nil {
		return nil, err
	}
	r.entry, r.text2 = sha256.Sum256(signed), sha256.Sum256([]byte(text))
	switch {
	case before != nil && before.version2:
		return nil, message.Errorf("roster %d is of version 1, and the one before it is of version 2", r.Number)
	case before == nil && (r.Number != 1 || r.Previous != ""):
		return nil, message.Errorf("the roster before roster %d is not in the log", r.Number)
	case before != nil && (r.Number != before.Number+1 || r.Previous != before.SHA256()):
		return nil, message.Errorf("roster %d does not follow roster %d, the newest in the log", r.Number, before.Number)
	case before != nil && r.Issued.Before(before.Issued):
		return nil, message.Errorf("roster %d is dated before roster %d", r.Number, before.Number)
	}
	if err := r.checkVotes(text, sigs, before); err != nil {
		return nil, err
	}
	for _, s := range sigs { // a line that does not count would look as if it did
		if _, err := r.Verify([]byte(text), s, Root, r.Issued); err != nil && before != nil {
			_, err = before.Verify([]byte(text), s, Root, r.Issued)
			if err != nil {
				return nil, err
			}
		} else if err != nil {
			return nil, err
		}
	}
	return r, nil
}

// checkVotes wants as many roots of the roster before as that one demands, and as many of its own as it demands.
func (r *Roster) checkVotes(text string, sigs []Signature, before *Roster) error {
	return r.checkThresholds(before, func(v *Roster) int { return v.rootsAmong(text, sigs, r.Issued) })
}

// checkThresholds compares how many roots of the roster before, and of this one, sign with what each demands.
func (r *Roster) checkThresholds(before *Roster, votes func(*Roster) int) error {
	voters := []*Roster{r}
	if before != nil {
		voters = []*Roster{before, r}
	}
	for _, v := range voters {
		if n := votes(v); n < v.Threshold {
			return message.Errorf("roster %d is signed by %d root(s) of roster %d, which demands %d", r.Number, n, v.Number, v.Threshold)
		}
	}
	return nil
}

// rootsAmong counts the root persons who have signed: two keys of one person are one vote.
func (r *Roster) rootsAmong(text string, sigs []Signature, at time.Time) int {
	signed := map[string]bool{}
	for _, s := range sigs {
		if p, err := r.Verify([]byte(text), s, Root, at); err == nil {
			signed[p.Principal] = true
		}
	}
	return len(signed)
}

// SHA256 names the roster as it stands in the log, in hex.
func (r *Roster) SHA256() string { return hex.EncodeToString(r.entry[:]) }

// Verify returns who made a signature over text, if it was made in this role by a key that the roster allowed for it at the time. The
// error names the rule that refuses it.
func (r *Roster) Verify(text []byte, sig Signature, role Role, at time.Time) (Person, error) {
	if err := sig.check(text); err != nil {
		return Person{}, err
	}
	if sig.Role != role {
		return Person{}, message.Errorf("key %s signs as %s, not as %s", sig.Fingerprint(), sig.Role, role)
	}
	return r.holder(sig.Key, role, at)
}

// holder returns whose key it is in a role at a time.
func (r *Roster) holder(key ssh.PublicKey, role Role, at time.Time) (Person, error) {
	among := r.signers
	if role == Root {
		among = r.roots
	}
	err := message.Errorf("key %s is not in roster %d", ssh.FingerprintSHA256(key), r.Number)
	for _, s := range among {
		if !bytes.Equal(s.Key.Marshal(), key.Marshal()) {
			continue
		}
		if !r.grants(s, role) {
			err = message.Errorf("%s may not sign as %s", s.Principal, role)
			continue
		}
		if err = s.validAt(at); err == nil {
			return Person{s.Principal}, nil
		}
	}
	return Person{}, err
}

// grants reports whether a line of the roster allows the role.
func (r *Roster) grants(s Signer, role Role) bool {
	return s.mayAs(role) && (r.version2 || !role.isNew())
}

// AllowedSigners returns the file with which `ssh-keygen -Y verify -f` checks statements and rosters.
func (r *Roster) AllowedSigners() []byte {
	return []byte(strings.Join(append(append([]string{}, r.Roots...), r.Signers...), "\n") + "\n")
}

// Rosters are the rosters of a log, folded in its order.
type Rosters struct {
	all []*Roster
	at  []int64
}

// Add takes the roster at an index of the log, greater than those before. One that is refused changes nothing. judge applies the rules of
// the log, such as those that every statement of people obeys about its date; nil has none.
func (h *Rosters) Add(index int64, signed []byte, judge func(*Roster) error) error {
	r, err := h.Next(index, signed, judge)
	if err != nil {
		return err
	}
	h.all, h.at = append(h.all, r), append(h.at, index)
	return nil
}

// Next returns the roster that [Rosters.Add] would take at that index, or why it would refuse it.
func (h *Rosters) Next(index int64, signed []byte, judge func(*Roster) error) (*Roster, error) {
	if n := len(h.at); n > 0 && index <= h.at[n-1] {
		return nil, message.New("rosters are out of order")
	}
	r, err := OpenRoster(signed, h.At(index))
	if err != nil {
		return nil, err
	}
	if judge != nil {
		if err := judge(r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// At returns the roster that was in force when the entry at index was added: the newest before it, or nil if there was none.
func (h *Rosters) At(index int64) *Roster {
	for i := len(h.at) - 1; i >= 0; i-- {
		if h.at[i] < index {
			return h.all[i]
		}
	}
	return nil
}

// Indices returns the indexes in the log of the rosters that count.
func (h *Rosters) Indices() []int64 { return slices.Clone(h.at) }

// Lines returns the parsed lines of the roster: the roots, and the other signers.
func (r *Roster) Lines() (roots, signers []Signer) {
	return slices.Clone(r.roots), slices.Clone(r.signers)
}
