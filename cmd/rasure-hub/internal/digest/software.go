package digest

import (
	"time"

	"rasure/certify"
	"rasure/certify/audit"
)

// softwareOf is how many of the newest certificates say which programs the station runs.
const softwareOf = 50

// Software is a program that made certificates, as these say.
type Software struct {
	Name         string    `json:"name"`
	Version      string    `json:"version"`
	BinarySHA256 string    `json:"binary_sha256,omitempty"`
	Last         time.Time `json:"last"`  // that it signed one
	Index        int64     `json:"index"` // of that one
}

// software reads the newest certificates, and without one the station card.
func (d *Digest) software(r *audit.Report) error {
	d.Software = []Software{}
	add := func(t certify.Tool, at time.Time, index int64) {
		for _, s := range d.Software {
			if s.BinarySHA256 == t.BinarySHA256 && s.Version == t.Version && s.Name == t.Name {
				return
			}
		}
		d.Software = append(d.Software, Software{t.Name, t.Version, t.BinarySHA256, at, index})
	}
	for i, n := len(r.Jobs)-1, 0; i >= 0 && n < softwareOf; i-- {
		if r.Jobs[i].Certificate == nil {
			continue
		}
		n++
		e, _, err := r.ReadEntry(*r.Jobs[i].Certificate)
		if err != nil {
			return err
		}
		if e.Certificate != nil {
			add(e.Certificate.Tool, e.Certificate.Ended, e.Index)
		}
	}
	if len(d.Software) > 0 {
		return nil
	}
	e, _, err := r.ReadEntry(0)
	if err == nil && e.Station != nil {
		add(e.Station.Tool, e.Station.Created, 0)
	}
	return err
}
