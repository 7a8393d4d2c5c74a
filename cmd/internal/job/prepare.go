package job

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"rasure/certify/audit"
	"rasure/certify/issue"
	"rasure/certify/register"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/heat"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// Request is one disk to be erased.
type Request struct {
	Disk   string         // as [devices.Host.Find] takes it
	Medium string         // its number in the register; "" if it has none
	PSID   devices.Secret // of a drive that is to be freed first; it is kept in memory only
	Own
	Origin
	Private
}

// Own is the plan of one disk, in place of that of the options; what is empty is as the options have it.
type Own struct {
	Level  wipe.Level      `json:"level,omitempty"`
	Scheme string          `json:"scheme,omitempty"` // its id
	Verify wipe.VerifyMode `json:"verify,omitempty"`
}

// in is o with what the disk has of its own.
func (own Own) in(o wipe.PlanOptions) wipe.PlanOptions {
	o.Level, o.Scheme, o.Verify = cmp.Or(own.Level, o.Level), cmp.Or(own.Scheme, o.Scheme), cmp.Or(own.Verify, o.Verify)
	return o
}

// Options are the same for all disks of a batch.
type Options struct {
	Plan        wipe.PlanOptions // without Offer; not for Resume, which keeps the plan that the job began with
	Resume      bool             // the interrupted job of each disk
	AllowImage  bool
	GiveUp      wipe.GiveUp // when to give up a dying disk; zero fields: as package wipe chooses
	AllowVolume bool        // a volume of a RAID adapter or of another machine may be erased, as far as it is a disk
	Operator    string
	Named       bool                 // the operator was named with a flag, and is not just who runs this process
	Hurry       <-chan struct{}      // closed when nobody wants to wait any longer for a disk that does not respond to the end of ctx; nil: never
	Dir         string               // of certificates and proofs, absolute; "" is the station's own, or with Resume as the job began
	Heat        heat.Limit           // at which a job pauses until its drive has cooled; zero: the drive's own limit
	SpinDown    bool                 // each disk, after its certificate
	After       func(Result) []error // called for each job after its certificate, before its disk is released; nil: nothing follows
	LeaveOut    bool                 // a disk that is refused is left out of the batch, and does not refuse the others
}

// Prepare finds, claims and plans every disk, and asks the rules, before the first disk is touched. It writes nothing to a disk and
// nothing to the log. An error refuses all of the batch. The batch owns its disks until [Batch.Close].
func (m *Manager) Prepare(ctx context.Context, o Options, all []Request) (_ *Batch, err error) {
	b := &Batch{m: m, o: o}
	defer func() {
		if err != nil {
			b.Close()
		}
		if err != nil && ctx.Err() != nil {
			err = message.Errorf("%w: nothing was erased", fault.ErrInterrupted)
		}
	}()
	if err := b.claimAll(ctx, all); err != nil {
		return nil, err
	}
	if !o.Resume { // otherwise each job has its plan, and its drive may not answer questions now
		if err := b.each(ctx, func(j *job) error { return j.plan(ctx, o.Plan) }); err != nil {
			return nil, err
		}
	}
	if err := b.adopt(ctx); err != nil {
		return nil, err
	}
	if err := b.each(ctx, func(j *job) error { return b.claimOthers(ctx, j) }); err != nil {
		return nil, err
	}
	if err := b.each(ctx, b.reserve); err != nil {
		return nil, err
	}
	if err := b.allow(ctx); err != nil {
		return nil, err
	}
	// A TPM that does not sign must fail before the operator is asked.
	if err := m.st.TestSign(); err != nil {
		return nil, message.Errorf("the station cannot sign: nothing was erased: %w", err)
	}
	b.asks = time.Now()
	return b, nil
}

// refuse leaves a disk out of the batch if the caller wants the others. The error that it returns refuses all of them.
func (b *Batch) refuse(ctx context.Context, r Refusal) error {
	if !b.o.LeaveOut || ctx.Err() != nil {
		return r.Err
	}
	b.refused = append(b.refused, r)
	return nil
}

// each does a step of the preparation for every job that is in the batch.
func (b *Batch) each(ctx context.Context, step func(*job) error) error {
	kept := b.jobs[:0:0]
	for i, j := range b.jobs {
		if err := step(j); err == nil {
			kept = append(kept, j)
		} else if err := b.refuse(ctx, Refusal{j.number, j.Disk, err}); err != nil {
			return err
		} else {
			b.jobs[i].leave()
		}
	}
	b.jobs = kept
	return nil
}

// claimAll finds and claims every disk. The jobs hold their disks, also when it fails. The machine is looked at for all disks
// together: for a hundred disks one after the other that takes half a minute.
func (b *Batch) claimAll(ctx context.Context, all []Request) error {
	numbers, disks, err := b.find(ctx, all)
	if err != nil {
		return err
	}
	o := devices.ClaimOptions{AllowImage: b.o.AllowImage, AllowVolume: b.o.AllowVolume}
	var targets []*devices.Target
	errs := make([]error, len(disks))
	if b.o.LeaveOut {
		targets, errs = b.m.host.ClaimEach(ctx, disks, o)
	} else if targets, err = b.m.host.ClaimAll(ctx, disks, o); err != nil {
		return err
	}
	failed := error(nil)
	for i, t := range targets {
		if t != nil {
			b.jobs = append(b.jobs, b.newJob(numbers[i], all[numbers[i]], t))
		} else if err := b.refuse(ctx, Refusal{numbers[i], disks[i], errs[i]}); failed == nil {
			failed = err
		}
	}
	return failed
}

// find finds the disks, and returns the number of the request of each.
func (b *Batch) find(ctx context.Context, all []Request) (numbers []int, disks []devices.Disk, err error) {
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = r.Disk
	}
	found, errs := b.m.host.FindEach(names)
	for i, err := range errs {
		if err != nil {
			if err := b.refuse(ctx, Refusal{i, devices.Disk{}, err}); err != nil {
				return nil, nil, err
			}
			continue
		}
		numbers, disks = append(numbers, i), append(disks, found[i])
	}
	keep := 0
	for i, d := range disks {
		var err error
		for k, o := range disks {
			switch {
			case k < i && o.Path == d.Path:
				err = fault.Usagef("%s was named twice", d.Name)
			case k != i && o.Path != d.Path && SameWord(Word(o), Word(d)) && (k < i || b.o.LeaveOut):
				if o.Protocol == devices.ProtocolNVMe && d.Protocol == devices.ProtocolNVMe {
					err = fault.WithHint(fault.Refusef("%s and %s are one drive, and its serial number confirms both", d.Name, o.Name), "name one of them: --level purge erases all of the drive; otherwise erase them one after the other")
					break
				}
				err = fault.Refusef("two disks are confirmed by the word %q: erase them separately", Word(d))
			}
			if err != nil {
				break
			}
		}
		if err == nil {
			numbers[keep], keep = numbers[i], keep+1
		} else if err := b.refuse(ctx, Refusal{numbers[i], d, err}); err != nil {
			return nil, nil, err
		}
	}
	return numbers[:keep], pick(found, numbers[:keep]), nil
}

func pick(all []devices.Disk, numbers []int) (some []devices.Disk) {
	for _, n := range numbers {
		some = append(some, all[n])
	}
	return some
}

// newJob is a job of a disk that was claimed.
func (b *Batch) newJob(number int, r Request, t *devices.Target) *job {
	j := &job{file: &file{dir: b.m.dir()}, m: b.m, batch: &b.o, target: t, number: number, medium: r.Medium, own: r.Own, psid: r.PSID, origin: r.Origin, private: r.Private, brake: brake{gauge: heat.Gauge{Limit: b.o.Heat}},
		hurry: make(chan struct{})}
	j.ctx, j.stop = context.WithCancelCause(context.Background())
	j.Disk, j.Dir, j.at.index = t.Disk(), b.o.Dir, -1
	if b.m.Bays != nil {
		j.bay = b.m.Bays(j.Disk)
	}
	if j.Dir == "" {
		j.Dir = b.m.st.Path(station.CertificateDir)
	}
	return j
}

// plan asks the drive what its firmware can do, and makes the plan. At level clear its own erase is not wanted, so that a drive that
// does not answer is only noted.
func (j *job) plan(ctx context.Context, o wipe.PlanOptions) (err error) {
	o = j.own.in(o)
	name := devices.Printable(j.Disk.Name)
	offer, err := j.target.Capabilities(ctx)
	switch {
	case err != nil && o.Level == wipe.Purge:
		return message.Errorf("asking %s what it can erase by itself: %w", name, err)
	case err != nil:
		j.notes = append(j.notes, message.Of("%s could not be asked for hidden areas: %s", name, devices.Printable(err.Error())))
	}
	o.PSID = j.psid != ""
	o.Offer = &offer
	for _, m := range offer.Methods {
		if others := m.AlsoErases; o.Level != wipe.Purge && len(others) > 0 {
			j.notes = append(j.notes, message.Of("the drive has other namespaces, %s, which this job does not erase", devices.Printable(strings.Join(others, ", "))))
			break
		}
	}
	if j.Plan, err = wipe.PlanFor(j.Disk, o); err == nil && j.Plan.Method != nil && j.Plan.Method.Blocking {
		if others := j.m.host.Pollers(); !others.IsZero() {
			j.notes = append(j.notes, others)
		}
	}
	return err
}

// adopt takes over what earlier processes left of the disks: with Resume the newest job of each, which is resumed. The others are
// superseded when the batch begins. There can be several: one was skipped because another process was looking at it.
func (b *Batch) adopt(ctx context.Context) error {
	left, recovered, err := b.m.unfinished(ctx)
	b.recovered = recovered
	if err != nil {
		return err
	}
	defer func() { unlockAll(left) }() // another process may resume them while this one erases
	err = b.each(ctx, func(j *job) error {
		mine := []*file{}
		left = slices.DeleteFunc(left, func(f *file) bool {
			if !f.isLike(j.Disk) && (b.o.Resume || !f.hasNamespace(j.Disk)) || !j.recognises(ctx, f, b.o.Resume) {
				return false
			}
			f.of = j
			mine = append(mine, f)
			return true
		})
		if !b.o.Resume {
			b.old = append(b.old, mine...) // Close unlocks them
			return checkNotErasing(mine, j.Disk)
		}
		if len(mine) == 0 {
			return nothingToResume(left, j.Disk)
		}
		last := len(mine) - 1
		b.old = append(b.old, mine[:last]...)
		j.takeOver(mine[last], b.o.Dir)
		return nil
	})
	if err != nil {
		return err
	}
	for _, f := range left {
		if f.erasing() {
			b.erasing = append(b.erasing, f.describeErasing())
		}
	}
	return nil
}

func (j *job) takeOver(f *file, dir string) {
	doubt := f.Disk.Doubt
	j.namespaces = f.Disk.Namespaces
	f.Disk = j.Disk // its name and number may have changed
	f.Disk.Doubt = doubt
	j.file, j.resume = f, true
	if dir != "" {
		f.Dir = dir
	}
}

// nothingToResume explains why there is no job of d to resume, with what comes nearest.
func nothingToResume(left []*file, d devices.Disk) error {
	err := fault.Refusef("no interrupted job of %s (serial number %s)", devices.Printable(d.Name), dash(d.Serial))
	for _, f := range left {
		switch was := f.Disk; {
		case d.Serial == "" || was.Serial != d.Serial:
			continue
		case f.hasNamespace(d):
			return fault.WithHint(err, "an interrupted job of all namespaces of the drive exists: resume it with rasure wipe --resume %s", devices.Printable(was.Namespaces[0].Name))
		case was.Identity == d.Identity && was.LogicalBlock != d.LogicalBlock:
			return fault.WithHint(fault.Refusef("%s has blocks of %d bytes here, and the interrupted job began with blocks of %d bytes", devices.Printable(d.Name), d.LogicalBlock, was.LogicalBlock),
				"attach it as it was then, without the dock or USB adapter or with the other one; or erase it from the beginning, without --resume")
		default:
			return fault.WithHint(err, "an interrupted job exists for a different disk with this serial number: %s %s, %d bytes", devices.Printable(was.Vendor), devices.Printable(was.Model), was.Size)
		}
	}
	if d.IdentifiedBy() == devices.ByPort {
		return fault.WithHint(err, "the bytes on it are not those of an interrupted job: erase it from the beginning, without --resume")
	}
	return fault.WithHint(err, "erase it from the beginning, without --resume")
}

// reserve makes the directory for certificates and holds the space for them.
func (b *Batch) reserve(j *job) (err error) {
	if err := os.MkdirAll(j.Dir, 0o755); err != nil {
		return fault.WithHint(message.Errorf("creating the directory for certificates: %w", err), "choose another directory with --out")
	}
	j.FileSystem = fileSystem(j.Dir)
	j.space, err = newReserve(b.m.st.Path("."), j.Dir)
	return err
}

// allow asks the register whether the jobs may begin, and notes in them as what. A job that is resumed was asked when it began. It is
// asked for disks without a number, too: one of them may be a registered medium. The rules are checked again when the begin is logged.
func (b *Batch) allow(ctx context.Context) error {
	tool, err := b.m.st.Tool()
	if err != nil {
		return err
	}
	about := b.m.st.Describe()
	b.askHealth(ctx)
	return b.m.st.View(func(state *audit.State) error {
		return b.each(ctx, func(j *job) error {
			j.Facts.Station, j.Facts.Tool = about, tool
			return j.allow(state)
		})
	})
}

func (j *job) allow(state *audit.State) (err error) {
	f, o := &j.Facts, j.batch
	if j.resume && f.Register != nil && f.Operator != o.Operator {
		return fault.Refusef("medium %s: only %s, who started it, may resume it", f.Register.Number, f.Operator)
	}
	f.Operator, f.Direct, f.DirectIO, f.Confirmed = o.Operator, j.target.Direct(), issue.DirectIO(j.target.DirectIO()), j.target.Confirmed()
	j.Who = operator(station.Operator2(state, o.Operator, o.Named))
	if j.resume {
		return nil
	}
	if j.Disk.IdentifiedBy() == devices.ByPort && !state.Chain.Version2() {
		return fault.WithHint(fault.Refusef("%s has no serial number of its own, which a certificate of version 1 cannot state", devices.Printable(j.Disk.Name)),
			"rasure station upgrade continues the log with version 2 of statements, which identifies a disk by its port")
	}
	if j.Disk.Zones != nil && !state.Chain.Version2() {
		return fault.WithHint(fault.Refusef("%s has host-managed zones, which a certificate of version 1 cannot state", devices.Printable(j.Disk.Name)),
			"rasure station upgrade continues the log with version 2 of statements")
	}
	well := ""
	if j.before != nil && state.Chain.Version2() { // a begin of version 1 does not state it
		well = string(j.before.Verdict)
	}
	f.Register, err = state.Register.Allow(register.EraseRequest{Health: well, Offline: j.m.st.Offline(), Number: j.medium, Disk: issue.DiskOf(j.Disk, *f), Level: string(j.Plan.Level),
		Verify: string(j.Plan.Verify), Operator: o.Operator, At: station.Now()})
	if err != nil {
		err = fault.Refusef("nothing was erased: %s: %w", devices.Printable(j.Disk.Name), err)
		if _, hinted := fault.HintOf(err); !hinted {
			err = fault.WithHint(err, "rasure medium list shows what is registered")
		}
		return err
	}
	f.Policy = state.Register.Policy.Ref()
	return errors.Join(j.checkOrigin(), j.private.Check())
}
