package audit

import (
	"time"

	"rasure/certify"
	"rasure/certify/enrol"
	"rasure/certify/internal/pack"
	"rasure/certify/register"
	"rasure/certify/statement"
	"rasure/cmd/message"
)

// Enrolled is an enrolment that counts: an authority has shown that the key of the station is in a TPM.
type Enrolled struct {
	Index        int64     `json:"index"`
	At           time.Time `json:"at"`
	By           []string  `json:"by"` // who signed it
	Assurance    string    `json:"assurance"`
	Manufacturer string    `json:"manufacturer"` // of the TPM, as its certificate describes it
	Model        string    `json:"model"`
	Firmware     string    `json:"firmware"`
	Emulator     bool      `json:"emulator"` // the certificates are those of a program that emulates a TPM
	EK           string    `json:"endorsement_key_sha256"`
	Roots        []string  `json:"roots_sha256"` // certificates of vendors to which the authority followed the chain
	Checked      []string  `json:"checked"`      // codes, as the authority states them
	Until        string    `json:"until"`
	From         int64     `json:"attested_from_entry"` // from this one on each entry of the log has the attestation of the counter, as the authority states it
	Compared     bool      `json:"compared"`            // the chain leads to roots of the auditor as well
}

func enrolledOf(index int64, e *statement.Enrolment, by []string, class string) *Enrolled {
	to := &Enrolled{Index: index, At: e.At, By: by, Assurance: class, Manufacturer: e.TPM.Manufacturer, Model: e.TPM.Model, Firmware: e.TPM.Firmware,
		Emulator: enrol.IsEmulator(e) || class == certify.TPMEmulated, EK: e.EK.Public.String(), Roots: []string{}, Checked: append([]string{}, e.Checked...), Until: string(e.Until), From: e.Station.From - 1}
	for _, sum := range e.Roots {
		to.Roots = append(to.Roots, sum.String())
	}
	return to
}

// compare follows the chain to the roots of the auditor.
func (e *Enrolled) compare(of *statement.Enrolment, with *enrol.Trust) error {
	if with == nil {
		return nil
	}
	if _, err := enrol.Recheck(of, *with); err != nil {
		return message.Errorf("the TPM of the station does not lead to your roots: %w", err)
	}
	e.Compared = true
	return nil
}

// enrolment is an entry that counts.
type enrolment struct {
	index int64
	by    []string
}

// enrolmentIn returns the enrolment that an entry is, or nil.
func enrolmentIn(e certify.Entry) *statement.Enrolment {
	if e.Statement == nil {
		return nil
	}
	b, _ := e.Statement.Body.(*statement.Enrolment)
	return b
}

// addEnrolment raises the class of the station, if the enrolment counts.
func (s *State) addEnrolment(e register.Entry) {
	b := enrolmentIn(e.Entry)
	if b == nil || !s.Register.Counts(e.Index) {
		return
	}
	one := enrolment{index: e.Index}
	for _, p := range e.By {
		one.by = append(one.by, p.Name)
	}
	s.enrolments = append(s.enrolments, one)
	s.Chain.Enrol(e.Index, enrol.Class(s.Chain.Station().Assurance, b))
}

func (s *State) packEnrolments(c *pack.Coder) {
	pack.Slice(c, &s.enrolments, func(e *enrolment) {
		pack.Int(c, &e.index)
		pack.Slice(c, &e.by, func(name *string) { pack.String(c, name) })
	})
}

// fillEnrolled says what the enrolments of the log show: what is wrong with one is a problem, and then the class is the station's own word.
func (r *Report) fillEnrolled(o Options) {
	s := r.State
	r.Assurance = s.Chain.AssuranceAt(r.Entries)
	r.Enrolments = []*Enrolled{}
	good := false
	for _, one := range s.enrolments {
		wrong := func(err error) {
			r.Problems = append(r.Problems, register.Violation{Index: one.index, Rule: certify.Enrolling, Detail: message.Of("%v", err), Entries: []int64{}})
		}
		entry, _, err := r.ReadEntry(one.index)
		if err != nil {
			wrong(err)
			good = false
			continue
		}
		b := enrolmentIn(entry.Entry)
		e := enrolledOf(one.index, b, one.by, enrol.Class(r.head.Assurance, b))
		err = e.compare(b, o.TPMRoots)
		if err != nil {
			wrong(err)
		}
		good = err == nil && e.Assurance == certify.TPMVerified
		r.Enrolments = append(r.Enrolments, e)
	}
	switch {
	case r.Assurance == certify.TPMEmulated:
		r.CounterBy = Emulator
	case good && (o.Roots != nil || pinnedBy(o.Pin, r.first, &s.Rosters)):
		r.CounterBy = TPM
	}
	r.warnEnded()
}

// warnEnded warns of statements behind the last day of the last enrolment.
func (r *Report) warnEnded() {
	if len(r.Enrolments) == 0 {
		return
	}
	last := r.Enrolments[len(r.Enrolments)-1]
	if day := r.State.Register.Newest().Format(time.DateOnly); day > last.Until {
		r.Warnings = append(r.Warnings, certify.Problem{Index: last.Index, Rule: certify.Enrolling, Detail: message.Of("the enrolment ended on %s, and the log has statements of %s", last.Until, day)})
	}
}
