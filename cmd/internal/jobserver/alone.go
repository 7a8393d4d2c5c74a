package jobserver

import (
	"errors"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/logs/durable"
)

// Alone is for what must not be done to a state directory while disks are erased: it keeps job servers from starting until release is called, and refuses a
// directory with a server or a job that runs.
func Alone(stateDir string) (release func() error, err error) {
	release, err = Lock(stateDir)
	if errors.Is(err, durable.ErrLocked) {
		return nil, fault.WithHint(fault.Refuse(err), "end the job server first: systemctl stop rasure-jobs, or wait until its jobs and screens have ended")
	}
	if err != nil {
		return nil, err
	}
	if id, pid := job.Running(stateDir); id != "" {
		return nil, errors.Join(fault.Refusef("job %s runs (process %d): its certificate belongs into the log", id, pid), release())
	}
	return release, nil
}
