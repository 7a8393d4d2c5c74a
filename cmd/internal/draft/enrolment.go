package draft

import (
	"time"

	"rasure/certify/enrol"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/logs/durable"
)

// ReadTPMRoots reads the vendors of TPMs that somebody chose to trust from a directory of certificates; nil if none is named.
func ReadTPMRoots(dir string) (*enrol.Trust, error) {
	if dir == "" {
		return nil, nil
	}
	t, err := enrol.ReadRoots(durable.FS(dir))
	if err != nil {
		return nil, fault.Usagef("%s: %w", dir, err)
	}
	return &t, nil
}

// Enrolment is what an authority chooses when it enrols a station.
type Enrolment struct {
	Roots, Certs, CRLs string // directories; the last two may be ""
	Person, Title      string
	Until              string // day; "" is in five years
}

// years is how long an enrolment lasts if nobody says otherwise: a workstation is rarely used longer.
const years = 5

// Options are those of the decision about a request, made now.
func (o Enrolment) Options(id string, now time.Time, zone *time.Location) (to enrol.Options, err error) {
	trust, err := ReadTPMRoots(o.Roots)
	switch {
	case err != nil:
		return to, err
	case trust == nil:
		return to, fault.WithHint(fault.Usagef("--roots is missing: the directory with the certificates of the vendors of TPMs that you trust"),
			"rasure comes with none: the office chooses them")
	case o.Person == "":
		return to, fault.Usagef("--person is missing: your name in the roster of the station")
	}
	_, offset := now.In(zone).Zone()
	to = enrol.Options{Trust: *trust, At: now, Offset: int64(offset / 60), ID: id, Person: o.Person, Title: o.Title, Until: statement.Day(o.Until)}
	if o.Until == "" {
		to.Until = statement.Day(now.In(zone).AddDate(years, 0, 0).Format(time.DateOnly))
	} else if _, err := time.Parse(time.DateOnly, o.Until); err != nil {
		return to, fault.Usagef("--until: %q is not a day such as 2026-01-31", o.Until)
	}
	if o.Certs != "" {
		if to.Fetched, err = enrol.ReadCertificates(durable.FS(o.Certs)); err != nil {
			return to, fault.Usagef("%s: %w", o.Certs, err)
		}
	}
	if o.CRLs != "" {
		if to.CRLs, err = enrol.ReadCRLs(durable.FS(o.CRLs)); err != nil {
			return to, fault.Usagef("%s: %w", o.CRLs, err)
		}
	}
	return to, nil
}
