package jobserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"rasure/cmd/internal/job"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/health"
)

// row is a disk that is shown: it is attached, or it left and the outcome of its job was not seen.
type row struct {
	key      string
	disk     devices.Disk
	hazards  []devices.Hazard
	examined bool // all hazards could be looked for
	arrived  bool
	returned time.Time // to its port, from which it had been pulled; zero: it was not
	gone     bool
	probed   bool
	health   *health.Report // nil: not asked
	asked    time.Time
	located  bool // it is being made to be noticed
	onIt     message.Text
	task     *task // the newest of this server
}

// keyOf names a disk as long as it is attached: another one under its name has another disk sequence, or else another number.
func keyOf(d devices.Disk) string {
	switch {
	case d.Bus == devices.File:
		return d.Path
	case d.Seq != 0:
		return fmt.Sprintf("%s#%d", d.Name, d.Seq)
	}
	return fmt.Sprintf("%s@%s", d.Name, d.Number)
}

// lookAgain is how often the machine is looked at where the kernel sends no messages, as [devices.Host.Watch] does. Chosen.
const lookAgain = 5 * time.Second

// Run watches the disks until ctx ends.
func (s *Server) Run(ctx context.Context) {
	s.all.Go(func() { s.readAll(ctx) })
	if s.o.Settings != nil {
		s.all.Go(func() { s.o.Settings(ctx, s.reread) })
	}
	s.all.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-s.kicked:
				s.look()
			}
		}
	})
	every := cmp.Or(s.host.LookAgain, lookAgain)
	if err := s.host.Watch(ctx, func() error { s.look(); return nil }); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		s.note(message.Of("%v: changes are noticed only every %v", err, every))
	}
	for ctx.Err() == nil { // without messages of the kernel
		s.look()
		select {
		case <-ctx.Done():
		case <-time.After(every):
		}
	}
}

// kick wants a look at the disks soon.
func (s *Server) kick() {
	select {
	case s.kicked <- struct{}{}:
	default:
	}
}

// look brings the rows up to date.
func (s *Server) look() {
	s.looking.Lock()
	defer s.looking.Unlock()
	disks, failed := view.List(s.host)
	if failed != nil && (errors.Is(failed, devices.ErrLost) || errors.Is(failed, fs.ErrNotExist)) {
		disks, failed = view.List(s.host) // a disk that is pulled out in the middle of a listing
	}
	files, _ := job.List(s.o.StateDir) // what cannot be read is no job that anybody could show
	log, logErr := s.readLog()
	s.mu.Lock()
	defer s.mu.Unlock()
	if logErr == nil {
		s.log = log
	}
	s.foreign = slices.DeleteFunc(files, func(l job.Listed) bool {
		return l.Owned && slices.ContainsFunc(s.tasks, func(t *task) bool { return t.id() == l.ID }) || !l.Owned && !l.Resumable
	})
	s.complete = failed == nil
	s.merge(disks, failed != nil)
	s.intake()
	s.change()
	s.reads.wake()
}

// merge takes the disks that are attached now. If some could not be read, none is taken for gone. The caller holds s.mu.
func (s *Server) merge(disks []view.Disk, incomplete bool) {
	was := s.rows
	for _, r := range was {
		if !incomplete && !r.gone && !slices.ContainsFunc(disks, func(d view.Disk) bool { return keyOf(d.Disk) == r.key }) {
			s.left(r.disk)
		}
	}
	s.rows = nil
	for _, d := range disks {
		key := keyOf(d.Disk)
		i := slices.IndexFunc(was, func(r *row) bool { return r.key == key })
		var r *row
		if i >= 0 {
			r = was[i]
		} else {
			r = &row{key: key, arrived: s.looked, returned: s.returned(d.Disk)}
		}
		r.disk, r.hazards, r.examined, r.gone = d.Disk, d.Hazards, d.Wipeable || len(d.Hazards) > 0, false
		s.rows = append(s.rows, r)
	}
	for i, r := range was { // those that are not attached any more stay where they were
		if slices.Contains(s.rows, r) || r.task == nil && !incomplete {
			continue
		}
		r.gone = r.disk.Bus != devices.File && !incomplete
		s.rows = slices.Insert(s.rows, min(i, len(s.rows)), r)
	}
	s.looked = true
}

// find returns the row that a request means; nil if none. The caller holds s.mu.
func (s *Server) find(arg string) *row {
	for _, r := range s.rows {
		d := r.disk
		if r.key == arg || !r.gone && (d.Path == arg || d.Name == arg || arg != "" && (strings.EqualFold(d.Serial, arg) || strings.EqualFold(d.WWN, arg))) {
			return r
		}
	}
	return nil
}

// rowOf returns the row of a disk, and makes one for an image file. The caller holds s.mu.
func (s *Server) rowOf(d devices.Disk) *row {
	key := keyOf(d)
	if r := s.find(key); r != nil {
		return r
	}
	r := &row{key: key, disk: d, examined: true, probed: true}
	s.rows = append(s.rows, r)
	return r
}
