package certify

import (
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Enrol states that the enrolment at an index counts, and what the assurance of the station is from there on. The class rises once; an enrolment behind that
// renews it.
func (c *Chain) Enrol(index int64, assurance string) {
	if c.enrolled == 0 && assurance != c.head.Assurance {
		c.enrolled, c.assurance = index, assurance
	}
}

// AssuranceAt is what the statements of the station must say of its key if they name the head of that size: what they were signed for is what was known there.
func (c *Chain) AssuranceAt(size int64) string {
	if c.enrolled > 0 && size > c.enrolled {
		return c.assurance
	}
	return c.head.Assurance
}

func (c *Chain) assuranceOf(e Entry) string {
	if e.Statement == nil {
		return c.AssuranceAt(0)
	}
	return c.AssuranceAt(e.Statement.Log().Size)
}

// Station is the station by the first entry of the log.
func (c *Chain) Station() Station { return c.head }

// CheckEnrolled returns why an enrolment is not of the station of a log, or nil: of its name, key and counter, of the log that begins with that text, and of all
// entries that have an attestation. from is the first size that has one.
func CheckEnrolled(s statement.Enrolled, station Station, first [32]byte, from int64) error {
	switch c := station.Counter; {
	case c == nil:
		return message.New("the station has no key in a TPM, and cannot be enrolled")
	case s.Name != station.Name || s.Key.String() != station.KeySHA256 || s.First != first:
		return message.New("it enrols another station, key or log than this one")
	case s.Counter.Index != int64(c.Index) || s.Counter.Base != int64(c.Base):
		return message.Errorf("it enrols a counter at index %#08x with base %d, and that of this log is at %#08x with base %d", s.Counter.Index, s.Counter.Base, c.Index, c.Base)
	case policyOf(s.Counter) != c.Policy:
		return message.New("it enrols a key that is bound in another way than this one, or is not bound")
	case s.From != from:
		return message.Errorf("it says that each entry is attested from size %d on, and the log says %d", s.From, from)
	}
	return nil
}
