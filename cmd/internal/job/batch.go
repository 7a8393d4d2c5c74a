package job

import (
	"cmp"
	"context"
	"sync"
	"time"

	"rasure/certify"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// Batch is disks that are erased side by side. It owns their claims, their job files and the space for their certificates.
type Batch struct {
	m    *Manager
	o    Options
	jobs []*job
	asks time.Time // when the disks were prepared, which is when the operator is asked
	old  []*file   // unfinished jobs of the disks that are not resumed

	recovered []Recovered
	erasing   []Erasing
	refused   []Refusal
}

// Refusal is a disk that [Options.LeaveOut] left out of a batch.
type Refusal struct {
	Number int          // of the request
	Disk   devices.Disk // zero if it was not found
	Err    error
}

// A serial number that is longer than this is confirmed by its end: nobody types 121 digits.
const (
	longSerial = 32
	serialEnd  = 8
)

// Word is what a person types or scans to confirm a disk: its serial number, or the last 8 characters of one that has more than 32. If it has none
// of its own, it is the port of the disk. Of an image or a loop device, it is the kernel's name or the file's base name.
func Word(d devices.Disk) string {
	if d.IdentifiedBy() == devices.ByPort {
		return d.Port
	}
	if r := []rune(d.Serial); len(r) > longSerial {
		return string(r[len(r)-serialEnd:])
	}
	return cmp.Or(d.Serial, d.Name)
}

// Info is what the operator must know to confirm a job.
type Info struct {
	Number  int // of the request
	Disk    devices.Disk
	Word    string // to be typed or scanned
	Bay     string // of a disk that is identified by its port: its name confirms it, too; "" if it has none
	Plan    wipe.Plan
	Others  []devices.Disk     // that the drive erases with it
	Medium  *certify.MediumRef // nil: not of the register
	Notes   []message.Text
	Resumed *wipe.State // where the job is resumed; nil: it begins
	How     How         // it was confirmed; "" if it was not
}

// Jobs describes the jobs, in the order of the requests.
func (b *Batch) Jobs() []Info {
	all := []Info{}
	for _, j := range b.jobs {
		i := Info{Number: j.number, Disk: j.Disk, Word: Word(j.Disk), Plan: j.Plan, Medium: j.Facts.Register, Notes: j.notes, How: j.how}
		if j.Disk.IdentifiedBy() == devices.ByPort {
			i.Bay = j.bay
		}
		for _, t := range j.others {
			i.Others = append(i.Others, t.Disk())
		}
		if j.resume {
			if i.Resumed = j.Wipe; i.Resumed == nil {
				i.Resumed = &wipe.State{}
			}
		}
		all = append(all, i)
	}
	return all
}

// Refused returns the disks that were left out, in the order in which they were refused.
func (b *Batch) Refused() []Refusal { return b.refused }

// Recovered returns what [Manager.Prepare] published of earlier processes.
func (b *Batch) Recovered() []Recovered { return b.recovered }

// Erasing returns the drives that earlier processes left erasing themselves and that are not in the batch.
func (b *Batch) Erasing() []Erasing { return b.erasing }

// countLinkJobs gives every job the number of those on the same host adapter or USB bus, so that together they do not fill its
// queue. One that ends early leaves its part unused: two transfers of a disk keep it busy anyway.
func (b *Batch) countLinkJobs() {
	n := map[string]int{}
	for _, j := range b.jobs {
		n[j.Disk.Link()]++
	}
	for _, j := range b.jobs {
		if link := j.Disk.Link(); link != "" {
			j.linkJobs = n[link]
		}
	}
}

// Observer sees how the jobs of a batch get on. Its methods are called from several goroutines, and must not wait. [progress.Display]
// is one.
type Observer interface {
	Update(i int, e wipe.Event)
	End(i int, o wipe.Outcome)
}

// Thermometer is an [Observer] that is also shown the temperature of each drive, from time to time while its job runs.
type Thermometer interface {
	Measured(i int, t devices.Temperature, reported bool)
}

// Result is how a job ended.
type Result struct {
	Disk        devices.Disk
	Outcome     wipe.Outcome // Failed also where nothing was begun
	Exceptions  []wipe.Exception
	Index       int64  // of the certificate in the log; -1 where it is not in the log
	Certificate string // path; "" where it could not be written
	Proof       string // path; "" where there is none
	Begun       bool   // what is in Errs is a failure of the job; otherwise it was refused and nothing was written
	Resumable   bool
	Medium      *certify.MediumRef
	Operator    string
	Errs        []error // what failed besides the erasure itself: rules, log, files
	Besides     []error // what failed of that which follows the certificate ([Options.After]); the erasure is as good
	Unsaved     error   // why the state could not be saved at some time, so that the job could not have been resumed; nil if it could
}

// Supersede certifies that the unfinished jobs of the confirmed disks that are not resumed ended early. [Batch.Run] does it where it was
// not done.
func (b *Batch) Supersede() (done []Recovered, err error) {
	b.KeepConfirmed()
	for len(b.old) > 0 {
		r, err := b.m.supersede(b.old[0])
		if err != nil {
			return done, err
		}
		if r != nil {
			done = append(done, *r)
		}
		b.old[0].unlock()
		b.old = b.old[1:]
	}
	return done, nil
}

// Run erases the disks that were confirmed. It returns when every job has ended, and a result for each, in their order. An error means
// that nothing was begun. When ctx ends the jobs end cleanly: interrupted, with a certificate. Each disk is released when its job has ended.
func (b *Batch) Run(ctx context.Context, o Observer) ([]Result, error) {
	if _, err := b.Supersede(); err != nil {
		return nil, err
	}
	b.countLinkJobs()
	show := func(int, devices.Temperature, bool) {}
	if t, ok := o.(Thermometer); ok {
		show = t.Measured
	}
	ended := make(chan struct{})
	defer close(ended)
	var all sync.WaitGroup
	for i, j := range b.jobs {
		if ctx.Err() != nil { // at once, so that nothing begins
			j.stop(context.Cause(ctx))
		}
		defer context.AfterFunc(ctx, func() { j.stop(context.Cause(ctx)) })()
		all.Go(func() {
			measured, stop := context.WithCancel(j.ctx)
			var heat sync.WaitGroup
			heat.Go(func() {
				j.watchHeat(measured, b.m.host.Temperature, func(t devices.Temperature, reported bool) { show(i, t, reported) })
			})
			j.run(j.ctx, func(e wipe.Event) { j.brake.event(e); o.Update(i, e) })
			stop()
			heat.Wait()
			j.follow(b.Result(i))
			j.releaseDisk()
			o.End(i, j.outcome)
		})
	}
	go func() {
		select {
		case <-b.o.Hurry:
			for _, j := range b.jobs {
				j.noWait()
			}
		case <-ended:
		}
	}()
	all.Wait()
	results := []Result{}
	for i := range b.jobs {
		results = append(results, b.Result(i))
	}
	return results, nil
}

// Result is how a job ended, once [Observer.End] was called for it.
func (b *Batch) Result(i int) Result {
	j := b.jobs[i]
	return Result{Disk: j.Disk, Outcome: j.outcome, Exceptions: j.exceptions, Index: j.at.index, Certificate: j.at.certificate, Proof: j.at.proof,
		Begun: j.begun, Medium: j.Facts.Register, Operator: j.Facts.Operator, Errs: j.errs, Besides: j.besides, Unsaved: j.unsaved,
		Resumable: resumable(wipe.Report{Outcome: j.outcome, Exceptions: j.exceptions}) != ""}
}

// Stop ends one job cleanly: interrupted, with a certificate that has the cause. Stopped again, it no longer waits for a disk that does not
// respond.
func (b *Batch) Stop(i int, cause error) {
	if j := b.jobs[i]; j.ctx.Err() == nil {
		j.stop(cause)
	} else {
		j.noWait()
	}
}

// ID returns the id of a job; "" before its begin is signed.
func (b *Batch) ID(i int) string { return b.jobs[i].id() }

// TerminalLost records on every job that is running that the terminal that started it is gone. The jobs go on.
func (b *Batch) TerminalLost() {
	for _, j := range b.jobs {
		j.terminalLost()
	}
}

// Restored is a hidden area that was made addressable, or could not be.
type Restored struct {
	Disk devices.Disk
	Area devices.HiddenArea
	Done bool
}

// RestoreHidden makes what the plans would not reach addressable, for good. The disks have other sizes then: they must be found, planned
// and confirmed again, so that nothing is erased now.
func (b *Batch) RestoreHidden(ctx context.Context) (all []Restored, err error) {
	b.KeepConfirmed()
	for _, j := range b.jobs {
		for _, h := range j.Plan.Unreached() {
			r := Restored{j.Disk, h, h.Bytes > 0 && h.Restorable}
			if r.Done {
				if err := j.target.Restore(ctx, h); err != nil {
					return all, message.Errorf("%s: restoring %s: %w", devices.Printable(j.Disk.Name), h.Kind, err)
				}
			}
			all = append(all, r)
		}
	}
	return all, nil
}

// Close releases disks, job files and space. What has begun stays in the job files and can be resumed.
func (b *Batch) Close() error {
	for _, j := range b.jobs {
		j.leave()
	}
	unlockAll(b.old)
	return nil
}
