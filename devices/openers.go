package devices

import (
	"context"
	"sync"

	"rasure/cmd/message"
)

// Opener is somebody else who uses a disk that we have claimed: a process that has it open, or something that was made of it.
type Opener struct {
	PID      int          // of the process; 0 where it is not known which
	ReadOnly bool         // its descriptor cannot be written to; commands for a drive can be sent all the same
	Detail   message.Text // one sentence without a full stop, safe to print
}

// OtherOpeners looks again for others who use the disk, or a namespace that was joined. The claim keeps away mounts and exclusive openers,
// but not a process that simply opens the device or the image file, and what such a process writes is not noticed by anyone else. Call it
// before each pass, and at the end. What it cannot see, [Target.UsersUnknown] says. It returns when ctx ends.
//
// Calls for several disks at the same time share one look at the machine.
func (t *Target) OtherOpeners(ctx context.Context) ([]Opener, error) {
	all, err := await(ctx, func() ([]Opener, error) { return t.otherOpeners() }, nil)
	if err != nil {
		return nil, message.Errorf("looking for others that use %s: %w", Printable(t.disk.Name), err)
	}
	return all, nil
}

func (t *Target) otherOpeners() ([]Opener, error) {
	h, check := t.host.limited()
	u, err := t.host.shared.snapshot(h)
	if u == nil {
		return nil, check(err)
	}
	list := &hazards{}
	for _, each := range append([]*Target{t}, t.others...) {
		list.users(h, each, u)
	}
	all := []Opener{}
	for _, z := range list.all {
		all = append(all, Opener{z.pid, z.readOnly, z.Detail})
	}
	return all, check(err)
}

// users adds who uses one disk.
func (l *hazards) users(h *Host, t *Target, u *usage) {
	d := t.disk
	if d.Bus == File {
		l.file(h, d.Path, t.bound.file, "", u)
		return
	}
	above := u.ancestors(d.Name)
	l.mounted(h, above, u)
	l.swap(h, above, u)
	l.held(h, d, above, u)
	l.open(h, d, above, u)
	if b := u.byName[d.Name]; b != nil && b.file != "" {
		l.file(h, b.file, b.fileID, b.name, u)
	}
}

// sharedLook lets callers that need a look at the machine at the same time share it. A look that had begun before a call is too old for it.
type sharedLook struct {
	mu   sync.Mutex
	next *oneLook // has not begun; nil if nobody waits for one
	turn sync.Mutex
}

type oneLook struct {
	once sync.Once
	u    *usage
	err  error
}

func (s *sharedLook) snapshot(h *Host) (*usage, error) {
	if s == nil {
		return h.snapshot()
	}
	s.mu.Lock()
	if s.next == nil {
		s.next = &oneLook{}
	}
	look := s.next
	s.mu.Unlock()
	s.turn.Lock() // one look at a time: all who come meanwhile take the next
	defer s.turn.Unlock()
	look.once.Do(func() {
		s.mu.Lock()
		s.next = nil
		s.mu.Unlock()
		look.u, look.err = h.snapshot()
	})
	return look.u, look.err
}
