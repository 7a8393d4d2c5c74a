package job

import (
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
)

// Origin is where a disk comes from, and for whom it is erased, as its begin and certificate of version 2 name it. All of it is optional.
type Origin struct {
	Order      string `json:"order,omitempty"` // of the customer
	Batch      string `json:"batch,omitempty"`
	Asset      string `json:"asset,omitempty"`       // number of a disk that is not in the register
	Source     string `json:"source,omitempty"`      // where the disk came from
	SourceHost string `json:"source_host,omitempty"` // the computer that it was in
}

// Check refuses, with [fault.BadUsage], what a statement cannot name.
func (o Origin) Check() error {
	for _, f := range []struct{ name, value string }{{"order", o.Order}, {"batch", o.Batch}, {"asset", o.Asset}, {"source", o.Source}, {"source-host", o.SourceHost}} {
		if f.value == "" {
			continue
		}
		if err := statement.CheckText(f.value); err != nil {
			return fault.Usagef("--%s: %w", f.name, err)
		}
	}
	return nil
}

// checkOrigin refuses an origin that the certificate would not name: a log of version 1 has no place for it, and the asset of a registered
// medium is in the register.
func (j *job) checkOrigin() error {
	if j.origin == (Origin{}) && j.private == (Private{}) {
		return nil
	}
	is2, err := j.m.st.Version2()
	switch {
	case err != nil:
		return err
	case !is2:
		return fault.WithHint(fault.Refusef("a certificate of version 1 has no place for order, batch, asset, source or customer"), "rasure station upgrade begins version 2")
	case j.origin.Asset != "" && j.Facts.Register != nil:
		return fault.Refusef("medium %s is registered, and its asset number with it", j.Facts.Register.Number)
	}
	return j.origin.Check()
}
