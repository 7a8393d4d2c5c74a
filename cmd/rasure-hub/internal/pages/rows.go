package pages

import (
	"strings"
	"time"

	"rasure/certify"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/logs/fleet"
)

// Row is an entry in a list.
type Row struct {
	Station string    `json:"station"`
	ID      string    `json:"station_id"`
	Index   int64     `json:"index"`
	Kind    string    `json:"kind"` // of the statement: certificate
	At      time.Time `json:"at"`
	Serial  string    `json:"serial,omitempty"`
	Numbers []string  `json:"numbers"`
	Model   string    `json:"model,omitempty"`
	People  []string  `json:"people"` // the operator, or who signed
	Outcome string    `json:"outcome,omitempty"`
	Level   string    `json:"level_achieved,omitempty"`
	Newer   bool      `json:"not_understood,omitempty"` // it needs a newer version
}

// rowOf is the row of an entry whose signature was verified.
func rowOf(e hub.Entry) Row {
	r := Row{Station: e.Station, ID: e.ID, Index: e.Index, Kind: certify.KindName(e.Kind), Numbers: []string{}, People: []string{}, Newer: e.Newer()}
	if r.Newer {
		return r
	}
	r.At = e.Stated()
	disk := func(d certify.Disk, operator string, m *certify.MediumRef) {
		r.Serial, r.Model = d.Serial, strings.TrimSpace(d.Model)
		if operator != "" {
			r.People = append(r.People, operator)
		}
		if m != nil {
			r.Numbers = append(r.Numbers, m.Number)
		}
	}
	switch {
	case e.Certificate != nil:
		disk(e.Certificate.Disk, e.Certificate.Operator, e.Certificate.Register)
		r.Outcome, r.Level = e.Certificate.Outcome, e.Certificate.Level
	case e.Begin != nil:
		disk(e.Begin.Disk, e.Begin.Operator, e.Begin.Register)
	case e.Preparation != nil:
		disk(e.Preparation.Disk, e.Preparation.Operator, nil)
	case e.Act != nil:
		r.Serial, r.Model = e.Act.Serial, e.Act.Model
		r.Numbers = append(r.Numbers, e.Act.Media...)
		for _, s := range e.Act.Signs {
			r.People = append(r.People, s.Name)
		}
	}
	return r
}

// rows reads entries.
func (p *Pages) rows(places []fleet.Place) ([]Row, error) {
	entries, err := p.hub.Entries(places)
	all := []Row{}
	for _, e := range entries {
		all = append(all, rowOf(e))
	}
	return all, err
}
