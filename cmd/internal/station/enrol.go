package station

import (
	"context"
	"errors"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/enrol"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// EnrolmentRequest asks the TPM for its endorsement keys and certificates, and signs what an authority needs to enrol the station. It adds nothing to the log,
// and changes nothing in the TPM. A hardware TPM takes some seconds for it.
func (s *Station) EnrolmentRequest(ctx context.Context) ([]byte, error) {
	if err := s.checkEnrollable(); err != nil {
		return nil, err
	}
	r := &statement.EnrolmentRequest{At: Now()}
	keys, err := s.chip.EndorsementKeys()
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		r.Keys = append(r.Keys, k)
	}
	about, err := s.chip.Describe()
	if err != nil {
		return nil, err
	}
	for _, c := range about.EKCertificates {
		r.Certificates = append(r.Certificates, c)
	}
	done, err := s.turn(ctx) // nobody appends meanwhile: the counter is then that of the head
	if err != nil {
		return nil, err
	}
	defer done()
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	by, err := s.ByStation()
	if err != nil {
		return nil, err
	}
	r.Log, r.Station = by.Log, by.Station
	t := s.state.TPM
	r.TPM = statement.TPM{Manufacturer: orUnknown(about.Manufacturer), Vendor: orUnknown(about.Vendor), Firmware: orUnknown(about.Firmware), Key: t.Key.Public, NV: t.Key.NVPublic, Policy: r.Station.Counter.Policy}
	err = s.View(func(state *audit.State) error {
		r.From = state.Chain.AttestedFrom()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return enrol.WriteRequest(r, s.lines...)
}

func (s *Station) checkEnrollable() error {
	if s.state.TPM == nil {
		return fault.Refusef("station %s has a software key: only a key in a TPM can be enrolled", s.Name())
	}
	version2, err := s.Version2()
	if err == nil && !version2 {
		err = fault.WithHint(fault.Refusef("the log has statements of version 1, and an enrolment is one of version 2"), "rasure station upgrade continues the log with version 2")
	}
	return err
}

// Enrol opens the grant of an authority with the TPM, and adds the enrolment in it to the log. The statements of the station that name a head behind it have the
// class that it gives.
func (s *Station) Enrol(ctx context.Context, grant string) (index int64, e *statement.Enrolment, err error) {
	if err := s.checkEnrollable(); err != nil {
		return 0, nil, err
	}
	key, ok := s.counter.(enrol.Activator)
	if !ok {
		return 0, nil, message.New("the key of the station is not in a TPM")
	}
	signed, err := enrol.Open(grant, key)
	if errors.Is(err, tpm.ErrNoEK) {
		return 0, nil, fault.WithHint(fault.Refuse(err), "the authority writes it for the TPM of one station: take it to that one")
	}
	if err != nil {
		return 0, nil, err
	}
	entry, err := certify.CheckEntry(signed, s.public)
	if err != nil {
		return 0, nil, fault.NotVerified(err)
	}
	if e, ok = entry.Statement.Body.(*statement.Enrolment); !ok {
		return 0, nil, fault.NotVerifiedf("the file holds %q, and no enrolment", string(entry.Kind))
	}
	index, err = s.AppendChecked(ctx, signed, nil)
	return index, e, err
}

// assuranceAt is what a statement that names the head of that size says of the key: what the card says, or an enrolment before that.
func (s *Station) assuranceAt(size int64) (class string, err error) {
	if class = s.state.Assurance; s.state.TPM == nil || size == 0 {
		return class, nil
	}
	err = s.View(func(state *audit.State) error {
		class = state.Chain.AssuranceAt(size)
		return nil
	})
	return class, err
}
