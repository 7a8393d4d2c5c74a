package jobserver

import (
	"context"
	"strings"
	"sync"

	"rasure/cmd/internal/cli"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/devices"
	"rasure/devices/contents"
)

// reads is the reading of disks that no job has: one at a time, and none while disks are claimed. A disk that is read while another
// process erases it would have "opened by others" on its certificate.
type reads struct {
	again chan struct{} // something may be there to be read; holds one

	mu     sync.Mutex // guards what follows
	claims int        // that are being made
	cancel context.CancelFunc
	idle   chan struct{} // closed when the read that runs has ended; nil: none runs
}

// wake has the reader look for something to read.
func (r *reads) wake() {
	select {
	case r.again <- struct{}{}:
	default:
	}
}

// hold ends the read that runs and lets none begin until release is called.
func (r *reads) hold() (release func()) {
	r.mu.Lock()
	r.claims++
	idle := r.idle
	if idle != nil {
		r.cancel()
	}
	r.mu.Unlock()
	if idle != nil {
		<-idle
	}
	return func() {
		r.mu.Lock()
		r.claims--
		r.mu.Unlock()
		r.wake()
	}
}

// begin begins a read, unless disks are being claimed. The read ends when end is called.
func (r *reads) begin(ctx context.Context) (reading context.Context, end func(), ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.claims > 0 {
		return nil, nil, false
	}
	reading, r.cancel = context.WithCancel(ctx)
	r.idle = make(chan struct{})
	return reading, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.cancel()
		close(r.idle)
		r.idle = nil
	}, true
}

// readAll asks each drive for its health and reads what is on each disk, once, until ctx ends.
func (s *Server) readAll(ctx context.Context) {
	for {
		reading, end, ok := s.reads.begin(ctx)
		var r *row
		if ok {
			s.askHealth(reading)
			if r = s.unread(); r != nil && reading.Err() == nil {
				s.read(reading, r)
			}
			end()
		}
		if r != nil && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-s.reads.again:
		}
	}
}

// unread returns a disk that can be read and was not.
func (s *Server) unread() *row {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rows {
		if !r.probed && !s.busy(r) {
			return r
		}
	}
	return nil
}

// busy reports whether a disk is to be left alone: somebody has it, or there is nothing. The caller holds s.mu.
func (s *Server) busy(r *row) bool {
	busy := r.gone || s.held[r.disk.Path] != nil || r.task != nil && !r.task.over() || r.disk.Size == 0
	for _, l := range s.foreign {
		busy = busy || l.Owned && l.IsOf(r.disk)
	}
	for _, z := range r.hazards {
		busy = busy || z.Kind == devices.Busy || z.Kind == devices.Offline || z.Kind == devices.NoMedium
	}
	return busy
}

func (s *Server) read(ctx context.Context, r *row) {
	s.mu.Lock()
	d := r.disk
	s.mu.Unlock()
	summary, err := s.o.Contents(ctx, s.host, d)
	if ctx.Err() != nil {
		return // it is read again
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.probed = true
	if err == nil {
		r.onIt = describe(summary)
	}
	s.change()
}

func probe(ctx context.Context, h *devices.Host, d devices.Disk) (contents.Summary, error) {
	f, err := h.OpenFile(ctx, d)
	if err != nil {
		return contents.Summary{}, err
	}
	defer f.Close()
	return contents.Probe(ctx, f, d.Size, d.LogicalBlock)
}

// describe is what is on a disk, in a line.
func describe(c contents.Summary) message.Text {
	volumes := c.Partitions
	if c.Whole != nil {
		volumes = append([]contents.Volume{*c.Whole}, volumes...)
	}
	known := []string{}
	for _, v := range volumes {
		if v.FileSystem == "" {
			continue
		}
		word := v.FileSystem
		if v.Label != "" {
			word += " \"" + v.Label + "\""
		}
		known = append(known, word+" "+humanize.Size(v.Size))
	}
	list := strings.Join(known, ", ")
	switch {
	case len(known) > 0 && len(known) == len(volumes):
		return message.Of("%s", list)
	case len(known) > 0:
		return message.Of("%s, and %d more partitions", list, len(volumes)-len(known))
	case len(volumes) > 0:
		return message.Of("%d partitions without a file system that is known", len(volumes))
	case c.Table == contents.None:
		return message.Of("zeros at its beginning and its end")
	case len(c.Notes) > 0:
		return c.Notes[0]
	}
	return message.Of("%s", cli.Word(c.Table))
}
