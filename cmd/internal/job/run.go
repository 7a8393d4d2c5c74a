package job

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"sync"
	"time"

	"rasure/certify"
	"rasure/certify/issue"
	"rasure/certify/statement"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/health"
	"rasure/wipe"
)

// job is one disk from its claim to the proof of its certificate.
type job struct {
	*file
	m          *Manager
	batch      *Options       // of its batch
	number     int            // of its request
	medium     string         // in that
	own        Own            // in that
	psid       devices.Secret // in that
	origin     Origin         // in that
	private    Private        // in its annex
	bay        string         // that the disk is in; "" if its port has no name
	target     *devices.Target
	others     []*devices.Target   // that the drive erases with it
	namespaces []devices.Namespace // that were joined when the job began that is resumed
	resume     bool                // the file is of an earlier process
	before     *health.Report      // of the drive before the begin; nil if it was not asked
	space      *reserve            // for its certificate
	linkJobs   int                 // jobs on the same host adapter or bus, this one included
	notes      []message.Text

	how          How // it was confirmed; "" if it was not
	confirmation statement.Confirmation
	since        time.Time // when the session that runs began; monotonic

	brake brake
	ctx   context.Context // of the job alone
	stop  context.CancelCauseFunc
	hurry chan struct{} // closed when nobody wants to wait for the disk any longer
	once  sync.Once     // closes hurry
	freed sync.Once     // releases the disk

	mu     sync.Mutex // guards the file between start and seal: the terminal may be lost while the state is saved
	erases bool       // between start and seal
	name   string     // its id, once it is in a file

	begun      bool // what goes wrong from here on is a failure of the job, not a refusal
	outcome    wipe.Outcome
	exceptions []wipe.Exception
	at         published
	errs       []error // what failed besides the erasure itself: rules, log, files
	besides    []error // what failed after the certificate
	unsaved    error   // why the state could not be saved at some time
}

func (j *job) fail(format string, args ...any) {
	j.errs = append(j.errs, message.Errorf(format, args...))
}

// noWait ends the waiting for a disk that does not respond to the end of the job's context.
func (j *job) noWait() { j.once.Do(func() { close(j.hurry) }) }

// releaseDisk lets others have the disk, and the drive's other disks.
func (j *job) releaseDisk() {
	j.freed.Do(func() {
		j.target.Close()
		for _, t := range j.others {
			t.Close()
		}
		if j.space != nil {
			j.space.release()
		}
	})
}

// leave releases everything that the job has. What has begun stays in its file.
func (j *job) leave() {
	j.stop(nil)
	j.releaseDisk()
	j.unlock()
}

func (j *job) id() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.name
}

// run logs the begin, erases, certifies and logs the certificate. What fails on the way is kept in j; an erasure that took
// place always ends in a certificate, in the log if possible, otherwise in the job's file.
func (j *job) run(ctx context.Context, onEvent func(wipe.Event)) {
	defer j.unlock()
	j.outcome = wipe.Failed
	if err := j.checkUnchanged(ctx, onEvent); err != nil && ctx.Err() != nil {
		j.outcome = wipe.Interrupted
		return
	} else if err != nil {
		j.fail("nothing was written: %w", err)
		return
	}
	if err := j.start(ctx); err != nil && ctx.Err() != nil && !j.begun {
		j.outcome = wipe.Interrupted
		return
	} else if err != nil {
		j.fail("nothing was erased: %w", err)
		return
	}
	j.begun = true
	keys, err := j.keys()
	if err != nil {
		j.fail("nothing was erased: %w", err)
		return
	}
	report, err := wipe.Run(ctx, j.target, j.Plan, wipe.RunOptions{OnEvent: onEvent, Keys: keys, Resume: j.Wipe, SaveState: j.saveState, SaveStateSync: j.saveStateSync, LinkJobs: j.linkJobs, PSID: j.psid, GiveUp: j.batch.GiveUp, Hurry: j.hurry,
		Gate: &j.brake.gate, OnPause: j.paused})
	if err != nil && report.Outcome == wipe.Failed {
		j.fail("%w", err)
	}
	if is2, err := j.m.st.Version2(); err == nil && is2 { // version 1 does not state it
		j.after = j.askHealth(ctx)
	}
	j.space.release()
	j.mu.Lock()
	j.erases = false
	j.measure()
	j.mu.Unlock()
	j.outcome, j.exceptions = report.Outcome, report.Exceptions
	if err := j.seal(j.m.st, report); err != nil {
		j.errs = append(j.errs, fault.WithHint(message.Errorf("certifying: %w", err), "rasure wipe --resume %s reads the disk again and certifies it", devices.Printable(j.Disk.Path)))
		return
	}
	if j.at, err = j.publish(j.m.st); err != nil {
		j.errs = append(j.errs, err)
	}
}

// start puts the job on record: its file first, so that a begin in the log always leads to one.
func (j *job) start(ctx context.Context) error {
	defer func() {
		j.mu.Lock()
		j.erases, j.name = j.Phase == running, j.Facts.ID
		j.mu.Unlock()
	}()
	if j.resume {
		if j.Phase == running { // nobody recorded why it ended: the process was killed, or the power was cut
			j.interrupted("vanished")
		}
		if err := j.takeAnchor(j.m.st); err != nil {
			return err
		}
		j.Phase = running
		j.beginSession()
		return j.save()
	}
	annex, drop, err := j.keepAnnex()
	if err == nil {
		err = j.saveBegin(annex)
	}
	if err != nil {
		drop()
		return err
	}
	index, err := j.m.st.AppendChecked(ctx, j.Begin, nil)
	if fault.Code(err) == fault.Refused || errors.Is(err, fault.ErrInterrupted) { // nothing was appended
		j.remove()
		drop()
	}
	if err != nil {
		return message.Errorf("logging the begin: %w", err)
	}
	j.Facts.Begin = refTo(index, j.Begin)
	j.Phase = running
	j.beginSession()
	return errors.Join(j.takeAnchor(j.m.st), j.save())
}

// saveBegin signs the begin, which names an annex, and saves it in the job's file, which it locks.
func (j *job) saveBegin(annex statement.Hash) error {
	if err := j.signBegin(annex); err != nil {
		return err
	}
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return err
	}
	if err := j.lock(time.Second); err != nil {
		return err
	}
	j.Phase = starting
	return j.save()
}

// signBegin signs the begin now, and not before the operator has confirmed: its time is that of the start.
func (j *job) signBegin(annex statement.Hash) (err error) {
	f, started := &j.Facts, station.Now()
	if f.ID, err = certify.NewID(started, rand.Reader); err != nil {
		return err
	}
	if is2, err := j.m.st.Version2(); is2 || err != nil {
		return errors.Join(err, j.signBegin2(annex))
	}
	j.Begin, err = j.m.st.Sign(certify.KindBegin, certify.Begin{
		ID: f.ID, Station: f.Station, Operator: f.Operator, Disk: issue.DiskOf(j.Disk, *f),
		Plan: issue.PlanOf(j.Plan), Started: started, Tool: f.Tool,
		Register: f.Register, Policy: f.Policy,
	})
	return err
}

// saveState takes the state of the wipe. If it cannot be saved the job goes on: only less of it can be resumed.
func (j *job) saveState(s wipe.State) {
	if err := j.saveStateSync(s); err != nil {
		j.unsaved = err
	}
}

// saveStateSync takes a state before the drive is commanded to erase itself. If it cannot be saved, the command is not sent.
func (j *job) saveStateSync(s wipe.State) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Wipe = &s
	j.measure()
	return j.save()
}

// terminalLost records in the job's file that the terminal is gone.
func (j *job) terminalLost() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.erases {
		return
	}
	waits := j.since.IsZero() // between two sessions
	j.measure()
	j.interrupted("terminal-lost")
	if !waits {
		j.beginSession()
	}
	if err := j.save(); err != nil {
		j.unsaved = err
	}
}
