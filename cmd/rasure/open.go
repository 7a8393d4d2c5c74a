package main

import (
	"path/filepath"
	"time"

	"rasure/cmd/internal/job"
	"rasure/cmd/internal/station"
)

func (a *app) statePath(name string) string { return filepath.Join(a.stateDir, name) }

// local writes a time for people: in the zone of the station, with its offset.
func now() time.Time { return station.Now() }

func (a *app) stationOptions() station.Options {
	o := station.Options{Org: a.settings.Org(), Zone: a.settings.Zone, Policy: a.settings.Policy, Password: a.password, Replaying: func(n int64) { a.Note("verifying the %d entries of the log\n", n) }}
	if a.host != nil {
		o.Root = a.host().Root
	}
	return o
}

// openStation opens the station, and reports what an earlier process had not finished.
func (a *app) openStation() (*station.Station, error) {
	return a.openStationFor(nil)
}

// openStationFor opens the station to append a statement of people.
func (a *app) openStationFor(signed []byte) (*station.Station, error) {
	st, err := station.OpenFor(a.stateDir, a.stationOptions(), signed)
	if err != nil {
		return nil, err
	}
	if i, ok := st.Recovered(); ok {
		a.Note("recovered entry %d of the log, which an earlier process had not finished\n", i)
	}
	return st, nil
}

// printRecovered reports certificates of earlier processes.
func (a *app) printRecovered(all []job.Recovered) {
	for _, r := range all {
		if r.Moved != nil {
			a.Note("%v: the files of job %s go to %s instead\n", r.Moved, r.ID, a.statePath(station.CertificateDir))
		}
		a.Note("recovered the certificate of job %s: log entry %d, file %s\n", r.ID, r.Index, r.Path)
	}
}
