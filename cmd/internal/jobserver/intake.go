package jobserver

import (
	"context"
	"sync"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/intake"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// armed is the intake mode while it lasts.
type armed struct {
	mode  *intake.Mode // guarded by the server's mutex
	o     jobs.Options
	since time.Time

	starting sync.Mutex // held while a job begins, so that none begins once the mode has ended
	over     bool
}

// Arm begins the intake mode.
func (v *service) Arm(_ context.Context, word string, o jobs.Options) error {
	if word != jobs.ArmWord {
		return fault.Refusef("the intake mode begins with the word %s: nothing was armed", jobs.ArmWord)
	}
	s := v.Server
	s.look() // what is there now must be known
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.armed != nil:
		return fault.Refusef("the intake mode is armed already")
	case !s.complete:
		return fault.WithHint(fault.Refusef("not all disks could be read: nothing was armed"), "rasure list names the disk; unplug it")
	case s.watchers == 0:
		return fault.Refusef("nobody would see the countdown: the intake mode needs a screen")
	}
	mode := intake.Arm(s.rules.Load().Bays, s.seen())
	if len(mode.Bays()) == 0 {
		return fault.WithHint(fault.Refusef("no bay is named for the intake mode"), "write intake = true in a [[bay]] of the settings")
	}
	s.armed = &armed{mode: mode, o: o, since: time.Now()}
	s.change()
	return nil
}

// Disarm ends the intake mode, and all countdowns.
func (v *service) Disarm(context.Context) error {
	v.disarm()
	return nil
}

func (s *Server) disarm() (was bool) {
	s.mu.Lock()
	a := s.armed
	s.armed = nil
	s.change()
	s.mu.Unlock()
	if a == nil {
		return false
	}
	a.starting.Lock()
	defer a.starting.Unlock()
	a.over = true
	return true
}

// watching counts those who see a countdown. With the last one the intake mode ends.
func (s *Server) watching(n int) {
	s.mu.Lock()
	s.watchers += n
	left := s.watchers == 0
	s.mu.Unlock()
	if left && s.disarm() {
		s.note(message.Of("the intake mode has ended, because nobody watched it"))
	}
}

// Hold keeps the intake mode from erasing a disk.
func (v *service) Hold(_ context.Context, disk string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r := v.find(disk); r == nil || v.armed == nil || !v.armed.mode.Hold(r.key) {
		return fault.Refusef("%s does not count down", devices.Printable(disk))
	}
	v.change()
	return nil
}

// seen is what the intake mode sees. The caller holds the mutex.
func (s *Server) seen() (all []intake.Seen) {
	for _, r := range s.rows {
		if r.gone || r.disk.Bus == devices.File {
			continue
		}
		d := intake.Seen{Disk: r.disk, Key: r.key, Hazards: r.hazards, Examined: r.examined, Busy: r.task != nil && !r.task.over() || s.held[r.disk.Path] != nil}
		for _, l := range s.foreign {
			d.Busy = d.Busy || l.Owned && l.IsOf(r.disk)
		}
		if e := s.entryOf(r.disk.UniqueSerial()); e != nil {
			d.Medium, d.Approved = e.Number, e.Approved != ""
		}
		all = append(all, d)
	}
	return all
}

// intake has the intake mode look at the disks, and begins what it wants to be erased. The caller holds the mutex.
func (s *Server) intake() {
	a := s.armed
	if a == nil {
		return
	}
	start, refused := a.mode.Look(time.Now(), s.seen(), s.complete)
	for _, r := range refused {
		s.notices = append(s.notices, notice{time.Now(), message.Of("bay %s: %s is not erased: %s", r.Bay.Name, r.Disk.Name, r.Why)})
	}
	s.notices = s.notices[max(0, len(s.notices)-maxNotices):]
	for _, d := range start {
		s.all.Go(func() {
			if err := s.begins(a, d); err != nil {
				s.note(message.Of("bay %s: %s is not erased: %v", d.Bay.Name, d.Name, err))
			}
		})
	}
	if at, ok := a.mode.Next(); ok {
		rest := time.Until(at)
		if rest <= 0 { // it waits until nobody has the disk open
			rest = time.Second
		}
		time.AfterFunc(rest, s.kick)
	}
}

// begins erases a disk that arrived, as the plan of its bay says. All that holds for a disk that a person confirms holds for this one, too.
func (s *Server) begins(a *armed, d intake.Start) error {
	p := d.Bay.Intake.Plan
	o := jobs.Options{Level: string(p.Level), Scheme: p.Scheme, Verify: string(p.Verify), Operator: a.o.Operator, Named: a.o.Named, Dir: a.o.Dir}
	prepared, err := (&service{s, message.English}).Prepare(s.background, o, []jobs.Request{{Disk: d.Key, Medium: d.Medium}})
	if err != nil {
		return err
	}
	defer prepared.Close()
	b := prepared.(*batch)
	if err := b.refused[0]; err != nil {
		return err
	}
	if got := b.own.Jobs()[0].Disk; keyOf(got) != d.Key || got.Identity != d.Identity || got.Port != d.Port || got.Size != d.Size {
		return fault.Refusef("it is not the disk that arrived any more")
	}
	b.own.ConfirmArrived(0, d.Bay.Name)
	a.starting.Lock()
	defer a.starting.Unlock()
	if a.over {
		return nil
	}
	if err := b.Start(s.background); err != nil {
		return err
	}
	s.running.Go(func() {
		results, err := b.Wait(context.Background())
		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil && len(results) == 1 && results[0].Outcome == wipe.Verified {
			a.mode.Erased(d.Key)
		}
	})
	return nil
}

// intakeState is the intake mode as screens show it; nil if it is not armed. The caller holds the mutex.
func (s *Server) intakeState() *jobs.Intake {
	a := s.armed
	if a == nil {
		return nil
	}
	in := &jobs.Intake{Since: a.since.UTC().Truncate(time.Second), Operator: a.o.Operator, Bays: a.mode.Bays(), Starting: []jobs.Count{}}
	for _, c := range a.mode.Starting() {
		in.Starting = append(in.Starting, jobs.Count{Disk: c.Key, At: c.At.UTC()})
	}
	return in
}
