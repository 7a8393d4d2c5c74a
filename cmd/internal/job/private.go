package job

import (
	"rasure/certify/statement"
	"rasure/cmd/internal/annex"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// Private is what must not stay in a log of thirty years about the disk's customer. It goes into the annex of begin and certificate, a file whose
// SHA-256 alone they state: when the file is deleted, the data is gone and the log verifies as before. All of it is optional.
type Private struct {
	Customer string `json:"customer,omitempty"`
	Contact  string `json:"contact,omitempty"` // of the customer
	Ticket   string `json:"ticket,omitempty"`
	Note     string `json:"note,omitempty"`
}

// fields are those that are there, by their paths in the annex, which are also the names of the flags.
func (p Private) fields() (all []statement.AnnexField) {
	for _, f := range []statement.AnnexField{{Path: "customer", Value: p.Customer}, {Path: "contact", Value: p.Contact}, {Path: "ticket", Value: p.Ticket}, {Path: "note", Value: p.Note}} {
		if f.Value != "" {
			all = append(all, f)
		}
	}
	return all
}

// Check refuses, with [fault.BadUsage], what an annex cannot hold.
func (p Private) Check() error {
	for _, f := range p.fields() {
		if err := statement.CheckText(f.Value); err != nil {
			return fault.Usagef("--%s: %w", f.Path, err)
		}
	}
	return nil
}

// keepAnnex keeps the annex of a job that is about to begin in the state directory, and returns its SHA-256; zero if nothing is private. The caller
// calls drop if the job does not begin.
func (j *job) keepAnnex() (sum statement.Hash, drop func(), err error) {
	fields := j.private.fields()
	if len(fields) == 0 {
		return sum, func() {}, nil
	}
	if sum, drop, err = annex.New(j.m.st.Path("."), fields); err != nil {
		return sum, drop, message.Errorf("keeping the annex of the certificate: %w", err)
	}
	return sum, drop, nil
}
