package enrol

import (
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"rasure/certify"
	"rasure/certify/statement"
	"rasure/certify/tpm"
	"rasure/cmd/message"
)

// ErrNoCertificate says that there is no certificate of any of the endorsement keys. Some vendors do not store them in the TPM.
var ErrNoCertificate = message.New("there is no certificate of any endorsement key of this TPM")

// Options are what an authority decides with.
type Options struct {
	Trust
	Fetched []*x509.Certificate // that the authority has obtained: of endorsement keys, and of authorities above them
	At      time.Time
	Offset  int64 // of the place, in minutes east of UTC
	ID      string
	Person  string // who signs, as in the roster of the station
	Title   string // may be ""
	Until   statement.Day
}

// Decision is an enrolment that waits for its signature.
type Decision struct {
	Body *statement.Enrolment
	EK   []byte // TPMT_PUBLIC of the endorsement key, for which it is encrypted
}

// Decide checks a request, and writes the enrolment. An error says why the TPM cannot be enrolled.
func (r *Request) Decide(o Options) (*Decision, error) {
	o.Between = slices.Concat(o.Between, r.certificates, o.Fetched)
	var all []error
	for _, area := range r.Keys {
		ek, err := tpm.CheckEK(area)
		if err != nil {
			all = append(all, err)
			continue
		}
		for _, c := range o.Between {
			if !sameKey(ek, c.PublicKey) {
				continue
			}
			chain, err := o.Verify(c, o.At)
			if err != nil {
				all = append(all, err)
				continue
			}
			body, err := r.enrolment(chain, o)
			if err != nil {
				return nil, err
			}
			return &Decision{body, area}, nil
		}
	}
	if len(all) == 0 {
		all = append(all, ErrNoCertificate)
	}
	return nil, errors.Join(all...)
}

// enrolment is what the signer states.
func (r *Request) enrolment(c *Chain, o Options) (*statement.Enrolment, error) {
	e := &statement.Enrolment{
		Act:     statement.Act{ID: o.ID, Log: r.Log, At: o.At, Offset: o.Offset, Signers: []statement.Signer{{Role: "enrol", Person: o.Person, Title: o.Title}}},
		Station: statement.Enrolled{Name: r.Station.Name, Key: r.Station.Key, First: r.Log.First, Counter: *r.Station.Counter, From: r.From},
		Policy:  r.TPM.Policy,
		TPM:     chipOf(c.EK), Roots: c.roots(), Until: o.Until,
		CRLs: sumsOf(c.CRLs, func(l *x509.RevocationList) []byte { return l.Raw }),
	}
	e.Says = statement.SayingOf(e).String()
	e.EK.Certificate = c.EK.Raw
	for _, b := range c.Between {
		e.EK.Chain = append(e.EK.Chain, b.Raw)
	}
	var err error
	if e.EK.Public, err = keySum(c.EK.PublicKey); err != nil {
		return nil, err
	}
	e.Checked = append([]string{CheckedKey, CheckedEK, CheckedCounter, CheckedCredential}, c.Checked...)
	if !slices.ContainsFunc(r.certificates, c.EK.Equal) {
		e.Checked = append(e.Checked, WarnFetched)
	}
	if r.Counter != uint64(r.Station.Counter.Base+r.Log.Size) {
		e.Checked = append(e.Checked, WarnRecount)
	}
	if r.Station.Assurance == certify.TPMEmulated || tpm.Emulates(r.TPM.Manufacturer, r.TPM.Vendor) || IsEmulator(e) {
		e.Checked = append(e.Checked, WarnEmulator)
	}
	_, err = statement.Write(e)
	return e, err
}
