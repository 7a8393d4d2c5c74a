package audit

import (
	"time"

	"rasure/certify"
	"rasure/certify/people"
)

// Statement is an entry of a bundle.
type Statement struct {
	Index  int64      `json:"index"`
	Kind   string     `json:"kind"`
	Signed []SignedBy `json:"signed_by"` // [] for what the station signed
}

// SignedBy is one signature by a person on an entry.
type SignedBy struct {
	Role   string    `json:"role"`
	Name   string    `json:"name"`
	Roster int64     `json:"roster"` // index of the entry that allows it
	At     time.Time `json:"at"`     // when it had to be allowed
}

// statementOf says who signed an entry, by the roster in force there. A signature that does not count makes it a [Failure].
func statementOf(rosters *people.Rosters, index int64, entry []byte) (Statement, error) {
	s := Statement{index, string(certify.KindOf(entry)), []SignedBy{}}
	if !byPeople(entry) {
		return s, nil
	}
	text, sigs, err := people.Open(entry)
	if err != nil {
		return s, failf("entry %d: %w", index, err)
	}
	c := concernsOf(entry, nil)
	at := c.At
	by := []int64{}
	for _, i := range rosters.Indices() {
		if i < index {
			by = []int64{i}
		}
	}
	if certify.IsRoster(certify.KindOf(entry)) {
		at = c.Issued
		by = append(by, index) // a new root signs by the roster that names it
	}
	for _, sig := range sigs {
		p, err := allowedBy(rosters, by, text, sig, at)
		if err != nil {
			return s, failf("entry %d: %w", index, err)
		}
		s.Signed = append(s.Signed, p)
	}
	return s, nil
}

func allowedBy(rosters *people.Rosters, by []int64, text string, sig people.Signature, at time.Time) (p SignedBy, err error) {
	err = failf("the log has no roster before this entry, so nobody may sign")
	for _, i := range by {
		roster := rosters.At(i + 1)
		if roster == nil {
			continue
		}
		var person people.Person
		if person, err = roster.Verify([]byte(text), sig, sig.Role, at); err == nil {
			return SignedBy{string(sig.Role), person.Principal, i, at}, nil
		}
	}
	return p, err
}
