package jobs

import (
	"context"
	"time"

	"rasure/cmd/internal/after"
	"rasure/cmd/internal/job"
	"rasure/devices"
	"rasure/wipe"
)

// Service is a job server. Its methods may be called from several goroutines. Their errors have the codes of package fault, and hints.
type Service interface {
	// Watch calls show with the state now, and again soon after each change, at most ten times a second, until ctx ends. Show must not wait.
	Watch(ctx context.Context, show func(State)) error

	// Prepare claims and plans disks. What it refuses is in the batch, and does not keep the others from being prepared. An error is about
	// all of them. Nothing is written to a disk. The claims end with Close, or when the connection ends.
	Prepare(ctx context.Context, o Options, disks []Request) (Batch, error)

	// Stop ends a job cleanly, so that it can be resumed. Word is what confirms the disk.
	Stop(ctx context.Context, disk, word string) error
	// Pause has a job wait after its current transfer, and Continue lets it go on.
	Pause(ctx context.Context, disk string) error
	Continue(ctx context.Context, disk string) error

	// Seen takes the outcomes of jobs that have ended off the list, and the rows of disks that have left.
	Seen(ctx context.Context, disks []string) error
	// Locate makes the disk be noticed: its bay's light blinks, or the disk is read for some seconds. It returns which of them.
	Locate(ctx context.Context, disk string) (how string, err error)
	// Unmount unmounts every file system of a disk that is on a removable device.
	Unmount(ctx context.Context, disk string) error

	// Arm begins the intake mode; the word must be [ArmWord]. Disarm ends it, and what counts down.
	Arm(ctx context.Context, word string, o Options) error
	Disarm(ctx context.Context) error
	// Hold keeps the intake mode from erasing a disk that is counted down.
	Hold(ctx context.Context, disk string) error

	Close() error
}

// ArmWord is typed to begin the intake mode, in every language.
const ArmWord = "ERASE"

// Options are the same for all disks that are prepared together.
type Options struct {
	Level       string        `json:"level"`  // "" is clear
	Scheme      string        `json:"scheme"` // "" is that of the medium
	Verify      string        `json:"verify"` // "" is full
	Resume      bool          `json:"resume"` // the interrupted job of each disk
	AllowImage  bool          `json:"allow_image"`
	AllowVolume bool          `json:"allow_volume"`
	GiveUp      time.Duration `json:"give_up"`      // time lost to errors, in all, after which a dying disk is given up; 0: as package wipe chooses; less: never
	GiveUpHour  time.Duration `json:"give_up_hour"` // the same within an hour
	Operator    string        `json:"operator"`
	Named       bool          `json:"named"` // the operator was chosen, and is not just who runs the screen
	Dir         string        `json:"directory"`
	After       after.Options `json:"after"` // what it does not say is as the server's settings have it
}

// ForJob are the options of a batch that leaves out the disks that are refused.
func (o Options) ForJob() job.Options {
	return job.Options{Plan: wipe.PlanOptions{Level: wipe.Level(o.Level), Scheme: o.Scheme, Verify: wipe.VerifyMode(o.Verify)}, Resume: o.Resume,
		AllowImage: o.AllowImage, AllowVolume: o.AllowVolume, GiveUp: wipe.GiveUp{Total: o.GiveUp, PerHour: o.GiveUpHour}, Operator: o.Operator, Named: o.Named, Dir: o.Dir, LeaveOut: true}
}

// Request is one disk to be erased.
type Request struct {
	Disk   string         `json:"disk"`           // the key of its row, or as [devices.Host.Find] takes it
	Medium string         `json:"medium"`         // its number in the register; "" if it has none
	PSID   devices.Secret `json:"psid,omitempty"` // of a drive that is locked, to free it before it is erased
	job.Own
	job.Origin
	job.Private
}

// Prepared is a disk of a batch, as the operator must know it to confirm.
type Prepared struct {
	Disk    Disk     `json:"disk"`
	Refused *Note    `json:"refused,omitempty"` // why it is not erased; it needs no confirmation
	Word    string   `json:"word"`              // that confirms it; compared without case
	Scheme  string   `json:"scheme"`
	Passes  int      `json:"passes"`
	Level   string   `json:"level"`
	Verify  string   `json:"verify"`
	Method  string   `json:"method"` // of the drive's own erase; "" if there is none
	Minutes int      `json:"estimate"`
	Others  []string `json:"others"` // disks that the drive erases with it
	Medium  *Entry   `json:"medium"`
	Notes   []string `json:"notes"`   // warnings
	Resumes int64    `json:"resumes"` // bytes that are written already, with Resume
}

// How is the way in which a disk was confirmed.
type How = job.How

// The ways; the certificate names them.
const (
	Typed     = job.Typed
	Scanned   = job.Scanned
	Replugged = job.Replugged
	ByFlag    = job.ByFlag
)

// Batch is disks that are claimed and planned.
type Batch interface {
	Disks() []Prepared
	// Confirm confirms the disk whose word this is, in any order and any case, and returns its number. A word that fits none changes nothing.
	Confirm(ctx context.Context, word string, how How) (i int, err error)
	// Leave takes a disk out of the batch.
	Leave(ctx context.Context, i int) error
	// Start begins the jobs of all disks that were confirmed, and releases the others. The jobs do not end with the connection.
	Start(ctx context.Context) error
	// Wait returns when all jobs have ended, with a result for each that was started.
	Wait(ctx context.Context) ([]job.Result, error)
	// Close releases what was not started.
	Close() error
}

// Follower is a batch that a command runs from its beginning to its end. The batches of the server and of its client are.
type Follower interface {
	Batch
	// Refused returns why a disk of the batch is not erased, with its code and its hint; nil if it can be.
	Refused(i int) error
	// Recovered returns what preparing published of earlier processes, and Erasing the drives that these left erasing themselves.
	Recovered() []job.Recovered
	Erasing() []job.Erasing

	// Started returns the numbers of the disks whose jobs have begun, and Superseded the jobs that are not resumed. Both are for after Start.
	Started() []int
	Superseded() []job.Recovered
	// Follow is Wait, and shows o what happens meanwhile; jobs are counted from 0 in the order of Started.
	Follow(ctx context.Context, o job.Observer) ([]job.Result, error)
	// Temperature returns that of a disk whose job runs, as it was measured last; false where it is not known.
	Temperature(d devices.Disk) (devices.Temperature, bool)
	// StopAll stops all jobs of the batch cleanly, for a reason that their certificates have. The second time it no longer waits for disks
	// that do not respond.
	StopAll(ctx context.Context, reason error) error
	// TerminalLost records that the terminal is gone on which the jobs were started.
	TerminalLost(ctx context.Context) error
}
