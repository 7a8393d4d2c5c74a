package jobserver

import (
	"context"
	"time"

	"rasure/cmd/internal/bays"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/devices"
)

// Pause has a job wait after its current transfer.
func (v *service) Pause(_ context.Context, disk string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	t, err := v.runningOn(disk)
	if err == nil {
		err = t.batch.own.Pause(t.number)
	}
	v.change()
	return err
}

// Continue lets a job go on.
func (v *service) Continue(_ context.Context, disk string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	t, err := v.runningOn(disk)
	if err == nil {
		t.batch.own.Continue(t.number)
	}
	v.change()
	return err
}

// idle returns an attached disk with which nobody is doing anything. The caller holds the mutex.
func (v *service) idle(disk string) (*row, error) {
	r := v.find(disk)
	if r == nil || r.gone {
		return nil, fault.WithHint(fault.Refuse(devices.ErrNotFound), "rasure list shows the disks attached now")
	}
	name := devices.Printable(r.disk.Name)
	switch {
	case r.task != nil && !r.task.over():
		return r, fault.Refusef("%s is being erased by job %s", name, r.task.id())
	case v.held[r.disk.Path] != nil:
		return r, fault.Refusef("%s is selected to be erased", name)
	}
	return r, nil
}

// How long a disk is made to be noticed. Chosen: a light can be left on for somebody who has to walk there.
const (
	locateByLight   = 30 * time.Second
	locateByReading = 10 * time.Second
)

// Locate makes a disk be noticed for some time, and returns at once how. A disk that is being erased blinks by itself.
func (v *service) Locate(_ context.Context, disk string) (how string, err error) {
	s := v.Server
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := v.idle(disk)
	if r == nil {
		return "", err
	}
	by, long := s.host.LocateBy(r.disk), locateByReading
	switch {
	case by == devices.LocateByLight:
		long = locateByLight
	case err != nil && r.task != nil:
		return "", fault.WithHint(err, "its own light shows that it works")
	}
	if r.located {
		return string(by), nil
	}
	r.located = true
	d := r.disk
	s.all.Go(func() {
		err := s.host.Locate(s.background, d, long)
		s.mu.Lock()
		r.located = false
		s.mu.Unlock()
		if err != nil {
			s.note(message.Of("%v", err))
		}
	})
	return string(by), nil
}

// Unmount unmounts the file systems of a disk.
func (v *service) Unmount(ctx context.Context, disk string) error {
	v.mu.Lock()
	r, err := v.idle(disk)
	var d devices.Disk
	if r != nil {
		d = r.disk
	}
	v.mu.Unlock()
	if err != nil {
		return err
	}
	_, err = v.host.Unmount(ctx, d)
	v.kick()
	return err
}

// inBays returns the disks in the order of the bays, with a place for each that is empty, and then the others. The caller holds the mutex.
func (v *service) inBays() (all []jobs.Disk) {
	all = []jobs.Disk{}
	named := v.rules.Load().Bays
	for _, b := range named {
		n := len(all)
		for _, r := range v.rows {
			if r.disk.Port == b.Port {
				all = append(all, v.disk(r))
			}
		}
		if len(all) == n {
			all = append(all, jobs.Disk{Key: "bay " + b.Name, Bay: b.Name, Disk: devices.Disk{Port: b.Port}, Empty: true, Hazards: []jobs.Note{},
				Health: jobs.Health{Verdict: "unknown", Reasons: []string{}}})
		}
	}
	for _, r := range v.rows {
		if bays.Of(named, r.disk) == nil {
			all = append(all, v.disk(r))
		}
	}
	return all
}
