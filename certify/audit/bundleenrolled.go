package audit

import (
	"slices"

	"rasure/certify"
	"rasure/certify/enrol"
	"rasure/certify/people"
	"rasure/certify/statement"
)

// enrolmentIndices are the entries that a bundle of a station that was enrolled needs.
func (s *State) enrolmentIndices() (all []int64) {
	for _, e := range s.enrolments {
		all = append(all, e.index)
	}
	return all
}

// checkEnrolment takes an enrolment of a bundle, whose signatures were verified: by are those.
func (b *opened) checkEnrolment(v *VerifiedBundle, e certify.Entry, index int64, by []SignedBy) error {
	body := enrolmentIn(e)
	if body == nil {
		return nil
	}
	names := []string{}
	for _, s := range by {
		names = append(names, s.Name)
	}
	err := certify.CheckEnrolled(body.Station, b.head, b.first, b.attestedFrom(index))
	if err == nil {
		err = enrol.Check(body)
	}
	one := enrolledOf(index, body, names, enrol.Class(b.head.Assurance, body))
	if err == nil {
		err = one.compare(body, b.tpmRoots)
	}
	if err != nil {
		return failf("the enrolment, entry %d: %w", index, err)
	}
	v.Enrolments = append(v.Enrolments, one)
	return nil
}

// attestedFrom is the first size that has an attestation, by the station statements of the bundle before an entry.
func (b *opened) attestedFrom(index int64) (from int64) {
	for _, i := range b.order {
		if e := b.checked[i]; i < index && e.Statement != nil {
			if s, ok := e.Statement.Body.(*statement.StationStatement); ok {
				from = max(1, s.From)
			}
		}
	}
	return from
}

// station is what the certificate of a bundle must say of the station, for the head that it names.
func (b *opened) station(v *VerifiedBundle, cert certify.Entry) certify.Station {
	if cert.Statement == nil {
		return b.head
	}
	for _, e := range v.Enrolments {
		if e.Index < cert.Statement.Log().Size && e.Assurance != b.head.Assurance {
			return b.head.WithAssurance(e.Assurance)
		}
	}
	return b.head
}

// claimEnrolled says what the enrolments show of the certificate. pinned says that the roots of the first roster are known independently of the bundle:
// without that the station could have made itself the authority.
func (b *opened) claimEnrolled(v *VerifiedBundle, pinned bool) {
	if len(v.Enrolments) == 0 || v.Assurance != certify.TPMVerified { // the class was compared with the enrolments
		return
	}
	if pinned {
		v.NotShown = slices.DeleteFunc(v.NotShown, func(u Unshown) bool { return u == Enrolling })
		v.CounterBy = TPM
	}
	if !v.Enrolments[len(v.Enrolments)-1].Compared {
		v.NotShown = append(v.NotShown, TPMRoots)
	}
}

// pinnedBy reports whether the first roster has the roots that the card of the verifier names. What a log says of its own roots pins nothing: who has the key
// writes it.
func pinnedBy(by Pin, first certify.Entry, rosters *people.Rosters) bool {
	at := rosters.Indices()
	if by.Card == nil || first.Statement == nil || len(at) == 0 {
		return false
	}
	card, ok := first.Statement.Body.(*statement.StationStatement)
	return ok && !card.Roots.IsZero() && rosters.At(at[0]+1).RootsSHA256() == card.Roots
}
