package wipe

import (
	"cmp"
	"crypto/rand"
	"io"
	"time"

	"rasure/devices"
	"rasure/wipe/internal/pump"
)

// RunOptions are what a caller of [Run] may choose about how, not what. The zero value is good.
type RunOptions struct {
	OnEvent func(Event)      // may be nil; called from the goroutine that called Run
	Now     func() time.Time // the wall clock, for the times in the report; nil: time.Now
	Rand    io.Reader        // of keys, characters and seeds; nil: crypto/rand
	Keys    Keys             // of passes, markers, probe and samples; nil: drawn from Rand

	Workers       int             // concurrent transfers; 0: chosen for the disk, and more if that turns out to be faster
	LinkJobs      int             // jobs on the same [devices.Disk.Link], this one included; 0: 1
	Block         int             // bytes of one transfer, a multiple of the logical block; 0: chosen for the disk
	ErrorBudget   time.Duration   // time that one job may spend on errors before failing blocks are no longer split; 0: 30 minutes
	GiveUp        GiveUp          // when to give a dying disk up; zero fields: [DefaultGiveUp]
	CancelTimeout time.Duration   // how long to wait for a disk that does not answer after ctx has ended; 0: 30 seconds
	Hurry         <-chan struct{} // closed when nobody wants to wait for CancelTimeout any longer; nil: never

	PSID devices.Secret // of a drive that the plan frees

	Gate    *Gate      // where the job waits while it is shut; nil: there is none
	OnPause func(bool) // may be nil; called from Run's goroutine with true when the job waits and its state is saved, and with false when it goes on or ends

	Resume        *State            // where to resume; nil: begin
	SaveState     func(State)       // may be nil; called from Run's goroutine whenever there is a new state to resume from
	SaveStateSync func(State) error // makes a state durable before a step that cannot be undone; nil: there is no such record
	PollInterval  time.Duration     // between two questions to a drive that erases itself; 0: 1 s, and 10 s after a minute
}

// Gate pauses a job: while it is shut, the job waits before its next transfer. The zero value is open. A drive that erases itself does not
// wait, and neither does a flush. Its methods may be called from several goroutines, but not from within the functions in [RunOptions].
type Gate = pump.Gate

// CheckOptions are for [Check]. Disk.LogicalBlock is required.
type CheckOptions struct {
	OnEvent func(Event)      // may be nil; called from the goroutine that called Check
	Now     func() time.Time // the wall clock, for the times in the report; nil: time.Now
	Rand    io.Reader        // of the seed of a sample; nil: crypto/rand

	Workers       int // as in [RunOptions], and so on
	LinkJobs      int
	Block         int
	ErrorBudget   time.Duration
	CancelTimeout time.Duration
	Hurry         <-chan struct{}

	Disk devices.Disk // what is known of the disk; its Size does not count
	Skip []Extent     // sorted; not to be read, because a certificate lists them as not written
}

func (o RunOptions) pump() pump.Options {
	g := GiveUp{Total: cmp.Or(o.GiveUp.Total, DefaultGiveUp.Total), PerHour: cmp.Or(o.GiveUp.PerHour, DefaultGiveUp.PerHour)}
	return pump.Options{Workers: o.Workers, LinkJobs: o.LinkJobs, Block: o.Block, ErrorBudget: o.ErrorBudget, GiveUp: g, CancelTimeout: o.CancelTimeout, Hurry: o.Hurry, Gate: o.Gate}
}

func (o CheckOptions) pump() pump.Options {
	return pump.Options{Workers: o.Workers, LinkJobs: o.LinkJobs, Block: o.Block, ErrorBudget: o.ErrorBudget, CancelTimeout: o.CancelTimeout, Hurry: o.Hurry}
}

// GiveUp is how much time a job may lose to errors before it gives its disk up: in all, and within an hour. What was not tried then is on the
// report. Less than zero is no limit.
type GiveUp = pump.GiveUp

// DefaultGiveUp is our choice: a disk on which three quarters of an hour of work are lost to errors would take weeks.
var DefaultGiveUp = GiveUp{Total: 6 * time.Hour, PerHour: 45 * time.Minute}

func orCryptoRand(r io.Reader) io.Reader {
	if r == nil {
		return rand.Reader
	}
	return r
}
