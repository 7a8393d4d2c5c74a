package jobserver

import (
	"context"
	"slices"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/devices"
)

// Watch shows the state.
func (v *service) Watch(ctx context.Context, show func(jobs.State)) error {
	v.watching(1)
	defer v.watching(-1)
	for {
		st, _, changed := v.state()
		show(st)
		rest := time.NewTimer(mostOften)
		select {
		case <-ctx.Done():
			rest.Stop()
			return nil
		case <-rest.C:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// running returns the job of a disk. The caller holds the mutex.
func (v *service) runningOn(disk string) (*task, error) {
	r := v.find(disk)
	if r != nil && r.task != nil && !r.task.over() {
		return r.task, nil
	}
	name := devices.Printable(disk)
	if r != nil {
		name = devices.Printable(r.disk.Name)
	}
	for _, l := range v.foreign {
		if l.Owned && r != nil && l.IsOf(r.disk) {
			err := fault.Refusef("the job of %s belongs to another process", name)
			if l.PID != 0 {
				err = fault.Refusef("the job of %s belongs to process %d", name, l.PID)
			}
			return nil, fault.WithHint(err, "end it where it was started")
		}
	}
	return nil, fault.WithHint(fault.Refusef("no job runs on %s", name), "rasure jobs list shows the jobs")
}

// errStopped is the cause of an interruption that somebody asked for. Certificates have it in English.
var errStopped = message.New("stopped by the operator")

// Stop ends a job cleanly.
func (v *service) Stop(_ context.Context, disk, word string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	t, err := v.runningOn(disk)
	if err != nil {
		return err
	}
	if w := job.Word(t.info.Disk); !job.SameWord(word, w) {
		return fault.Refusef("%q is not the serial number of %s: its job goes on", word, devices.Printable(t.info.Disk.Name))
	}
	t.end(errStopped)
	v.change()
	return nil
}

// Seen takes outcomes and rows off the list.
func (v *service) Seen(_ context.Context, disks []string) error {
	s := v.Server
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range disks {
		r := s.find(key)
		if r == nil {
			continue
		}
		r.arrived = false
		if r.task != nil && !r.task.over() {
			continue
		}
		s.tasks = slices.DeleteFunc(s.tasks, func(t *task) bool { return t.row == r })
		r.task = nil
		if r.gone || r.disk.Bus == devices.File {
			s.rows = slices.DeleteFunc(s.rows, func(o *row) bool { return o == r })
		}
	}
	s.change()
	return nil
}

var _ jobs.Service = (*service)(nil)
