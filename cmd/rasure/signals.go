package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"rasure/cmd/message"
)

// runWithSignals runs one command line as this process, and returns its exit code. What is process-wide is set here and in main only.
//
// The first SIGINT, SIGTERM or SIGQUIT ends the command cleanly, the second ends its waiting for disks and readers that do not respond.
// SIGHUP ends it cleanly, unless disks are being erased: then the terminal is gone and the jobs go on.
func (a *app) runWithSignals(args []string) int {
	signal.Ignore(syscall.SIGPIPE) // it would kill a job when the reader of stdout or stderr goes away: "rasure wipe sdb 2>&1 | head"
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	ch := make(chan os.Signal, 8)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	if !signal.Ignored(syscall.SIGHUP) { // it is under nohup
		signal.Notify(ch, syscall.SIGHUP)
	}
	defer signal.Stop(ch)
	impatient := make(chan struct{})
	a.impatient = impatient
	go func() {
		stopped := false
		for s := range ch {
			switch {
			case s == syscall.SIGHUP && a.hangup.happen():
			case ctx.Err() == nil:
				cancel(message.Errorf("%s signal received", s))
			case !stopped:
				stopped = true
				close(impatient)
			}
		}
	}()
	return a.run(ctx, args)
}

// hangup is what happens when the terminal goes away.
type hangup struct {
	mu     sync.Mutex
	during func() // nil: the command ends
	lost   bool
}

// handle has f called at a hangup, instead of ending the command, until stop is called.
func (h *hangup) handle(f func()) (stop func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.during = f
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.during = nil
	}
}

// happen reports whether the command goes on.
func (h *hangup) happen() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lost = true
	if h.during == nil {
		return false
	}
	h.during()
	return true
}

// gone reports whether the terminal is gone: nobody can be asked, and output that cannot be written is dropped.
func (h *hangup) gone() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lost
}
