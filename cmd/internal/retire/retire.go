// Package retire takes a station out of use.
package retire

import (
	"context"

	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/internal/station"
)

// Options are how a station is retired.
type Options struct {
	Station station.Options
	TPMGone bool // the TPM is lost: the key cannot be removed from it

	Operator string // who does it; the last entry of the log says so
	Named    bool   // a flag or the settings gave that name

	// Ask is called before anything is changed, and returns the reason for the last entry, if the station adds one. Its error ends it.
	Ask func(*station.Retirement) (reason string, err error)
}

// Retire takes the station in a directory out of use: the last entry of its log says so, and then its key is removed, see [station.Retire]. It refuses a station
// with jobs that have no certificate: nobody could sign one later.
func Retire(ctx context.Context, dir string, o Options) error {
	if _, err := station.ReadKept(dir); err != nil { // before a lock file is made where no station is
		return err
	}
	release, err := jobserver.Alone(dir)
	if err != nil {
		return err
	}
	defer release()
	jobs, err := job.List(dir)
	if err != nil {
		return err
	}
	if len(jobs) > 0 {
		return station.OpenJob(jobs[0].ID)
	}
	leaves, err := station.Leaves(dir)
	if err != nil {
		return err
	}
	leaves.Last = leaves.Last && !(o.TPMGone && leaves.Key == station.KeyTPM) // nothing can sign it
	reason, err := o.Ask(leaves)
	if err == nil && leaves.Last {
		err = station.LastEntry(ctx, dir, o.Station, o.Operator, reason, o.Named)
	}
	if err != nil {
		return err
	}
	return station.Retire(ctx, dir, o.Station, o.TPMGone)
}
