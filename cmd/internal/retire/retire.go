// Package retire takes a station out of use.
package retire

import (
	"context"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/internal/station"
)

// Options are how a station is retired.
type Options struct {
	Station station.Options
	TPMGone bool // the TPM is lost: the key cannot be removed from it

	// Ask is called before anything is changed; its error ends it.
	Ask func(*station.Retirement) error
}

// Retire takes the station in a directory out of use, see [station.Retire]. It refuses a station with jobs that have no certificate: nobody could sign one
// later.
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
		return fault.WithHint(fault.Refusef("job %s has no certificate, and nobody can sign one later", jobs[0].ID), "resume it (rasure wipe --resume), or end it with rasure cert abandon")
	}
	leaves, err := station.Leaves(dir)
	if err != nil {
		return err
	}
	if err := o.Ask(leaves); err != nil {
		return err
	}
	return station.Retire(ctx, dir, o.Station, o.TPMGone)
}
