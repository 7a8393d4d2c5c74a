package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/after"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/internal/progress"
	"rasure/cmd/internal/station"
	"rasure/devices"
	"rasure/wipe"
)

type wipeOptions struct {
	plan        planFlags
	confirm     []string
	chosen      []string // serial numbers that were typed or scanned, where the command line names no disk
	out         string
	operator    string
	allowImage  bool
	allowVolume bool
	giveUp      patience
	giveUpHour  patience
	resume      bool
	restore     bool
	medium      []string // one for each disk, in their order
	asset       []string // the same
	origin      job.Origin
	private     job.Private
	witness     []string
	psid        bool
	psidFile    string
	secret      devices.Secret // that PSID
	progress    string
	after       after.Options
}

func newWipeCmd(a *app) *cobra.Command {
	o := wipeOptions{operator: a.settings.Operator}
	c := &cobra.Command{
		Use:   "wipe [DISK...]",
		Short: "Erase disks and certify it",
		Long: `Erase disks: EVERYTHING ON THEM IS DESTROYED. Each disk is claimed exclusively, overwritten as its plan says and
read back; then a signed certificate goes into the log and, with its proof, into a directory. Before anything is
written you type or scan the serial number of each disk, in any order. Several disks are erased side by side. Without
DISK you are asked for the serial numbers first: each names a disk and confirms it.

A disk without a serial number of its own (none, a placeholder, that of its card reader or dock, or one that another
disk here has too) is confirmed by the port that it is plugged into, or by the name of its bay. Pulled, it is refused.

Ctrl-C stops cleanly: the certificate says "interrupted", and --resume continues from there, also after a power
cut, or when the disk was unplugged and has another name now. A second Ctrl-C stops waiting for a disk that does
not respond. If the terminal goes away, the job goes on.

A medium of the register is erased under its number, --medium: it needs a valid approval for this technician
(--operator), and the policy is enforced. Witnesses who are present sign at the end, the others later by file.`,
		Example: `rasure wipe sdb`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, flag := range []string{"scheme", "level", "verify", "medium", "order", "batch", "asset", "source", "source-host", "customer", "contact", "ticket", "note"} {
				if o.resume && cmd.Flags().Changed(flag) {
					return fault.Usagef("--%s cannot be combined with --resume: the job keeps its original plan", flag)
				}
			}
			if err := o.check(len(args)); err != nil {
				return err
			}
			if !cmd.Flags().Changed("out") && !o.resume { // a job that is resumed goes on where it began
				o.out = a.settings.Out
			}
			if len(args) == 0 {
				var err error
				if args, err = a.chooseDisks(cmd.Context(), o); err != nil {
					return err
				}
				o.chosen = args
				if err := o.check(len(args)); err != nil { // now their number is known
					return err
				}
			}
			return a.runWipe(cmd.Context(), args, o)
		},
	}
	o.AddFlags(c)
	return a.JSONFlag(c)
}

func (o *wipeOptions) AddFlags(c *cobra.Command) {
	c.Flags().StringArrayVar(&o.confirm, "confirm", nil, "serial number of a disk to be erased, or its port if it has none of its own, instead of typing it; one for each disk")
	c.Flags().StringVar(&o.out, "out", "", "directory for certificates and proofs (default: out of the settings, or certificates in the state directory; with --resume: as the job began)")
	c.Flags().StringVar(&o.operator, "operator", o.operator, "who does this (default: out of the settings, or the account behind sudo or the login)")
	c.Flags().BoolVar(&o.allowImage, "allow-image", false, "accept image files and loop devices as disks")
	c.Flags().BoolVar(&o.allowVolume, "allow-volume", false, "accept volumes of RAID adapters and of other machines as disks; the certificate says that the physical disks were not reached")
	c.Flags().Var(&o.giveUp, "give-up", "give up a dying disk when so much time was lost to its errors, in all; 0: never (default: out of the settings, or 6h)")
	c.Flags().Var(&o.giveUpHour, "give-up-hour", "the same within any hour; 0: never (default: out of the settings, or 45m)")
	c.Flags().BoolVar(&o.resume, "resume", false, "resume the interrupted job of the disk, by the plan it began with")
	c.Flags().BoolVar(&o.restore, "restore-hidden", false, "make hidden areas addressable, permanently, instead of erasing; the next wipe then reaches them")
	c.Flags().StringArrayVar(&o.medium, "medium", nil, "register number of the medium; one for each disk, in the same order")
	c.Flags().StringVar(&o.origin.Order, "order", "", "the customer's order, for the certificate (version 2)")
	c.Flags().StringVar(&o.origin.Batch, "batch", "", "the batch that the disks belong to, for the certificate (version 2)")
	c.Flags().StringVar(&o.origin.Source, "source", "", "where the disks come from, for the certificate (version 2)")
	c.Flags().StringVar(&o.origin.SourceHost, "source-host", "", "the computer that the disks were in, for the certificate (version 2)")
	c.Flags().StringVar(&o.private.Customer, "customer", "", "whose disks these are, for the annex of the certificate (version 2)")
	c.Flags().StringVar(&o.private.Contact, "contact", "", "a person of the customer, for the annex")
	c.Flags().StringVar(&o.private.Ticket, "ticket", "", "the customer's ticket, for the annex")
	c.Flags().StringVar(&o.private.Note, "note", "", "a note, for the annex")
	c.Flags().StringArrayVar(&o.asset, "asset", nil, "property number of a disk that is not registered; one for each disk, in the same order (version 2)")
	c.Flags().StringArrayVar(&o.witness, "witness", nil, "a witness who is present and signs at the end: NAME=KEYFILE or NAME=agent")
	c.Flags().BoolVar(&o.psid, "psid", false, "free a drive that is locked (TCG) first, by a revert with the PSID on its label, which is asked for; then erase it")
	c.Flags().StringVar(&o.psidFile, "psid-file", "", "the same, with the PSID out of a file")
	o.plan.AddFlags(c)
	c.Flags().StringVar(&o.after.Report, "report", "", "directory that gets a report of all disks at the end (default: out of the settings)")
	c.Flags().StringVar(&o.after.Sync, "sync", "", "directory on another medium that gets a copy of log and certificates after each job (default: out of the settings)")
	c.Flags().StringVar(&o.after.Hook, "hook", "", "directory that gets a file for other programs after each job (default: out of the settings)")
	c.Flags().StringVar(&o.after.Then, "then", "", "what happens after the last job: none, poweroff or spin-down (default: out of the settings, or none)")
	showFlag(c, &o.progress)
}

// check refuses what is wrong with the words alone, before anything is opened.
func (o *wipeOptions) check(disks int) error {
	if err := checkShow(o.progress); err != nil {
		return err
	}
	if err := o.plan.check(); err != nil {
		return err
	}
	if disks > 0 && len(o.medium) > 0 && len(o.medium) != disks {
		return fault.Usagef("%d disk(s) and %d --medium: give one for each disk, in the same order", disks, len(o.medium))
	}
	if disks > 0 && len(o.asset) > 0 && len(o.asset) != disks {
		return fault.Usagef("%d disk(s) and %d --asset: give one for each disk, in the same order", disks, len(o.asset))
	}
	if disks > 1 && o.freesDrive() {
		return fault.Usagef("--psid frees one drive at a time")
	}
	if err := errors.Join(o.origin.Check(), o.private.Check()); err != nil {
		return err
	}
	if len(o.witness) > 0 && len(o.medium) == 0 && !o.resume {
		return fault.Usagef("--witness needs --medium: only the erasure of a registered medium is witnessed")
	}
	_, err := draft.ParseWitnesses(o.witness)
	return err
}

func (o *wipeOptions) batch() jobs.Options {
	return jobs.Options{Level: o.plan.level, Scheme: o.plan.scheme, Verify: o.plan.verify, Resume: o.resume, AllowImage: o.allowImage, AllowVolume: o.allowVolume, GiveUp: time.Duration(o.giveUp), GiveUpHour: time.Duration(o.giveUpHour),
		Operator: operator(o.operator), Named: o.operator != "", Dir: o.out, After: o.after}
}

// patience is a flag for a time after which a dying disk is given up, as [wipe.GiveUp] has it: 0, which nobody gives, is the default, and less is
// never.
type patience time.Duration

// Set takes 0 for never.
func (p *patience) Set(s string) error {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return err
	case d < 0:
		return strconv.ErrRange
	case d == 0:
		d = -1
	}
	*p = patience(d)
	return nil
}

func (p *patience) String() string {
	if *p == 0 {
		return ""
	}
	return time.Duration(max(*p, 0)).String()
}

func (p *patience) Type() string { return "duration" }

func (o *wipeOptions) requests(disks []string) (all []jobs.Request) {
	for i, d := range disks {
		r := jobs.Request{Disk: fromHere(d), Origin: o.origin, Private: o.private}
		if len(o.asset) > 0 {
			r.Asset = o.asset[i]
		}
		r.PSID = o.secret
		if len(o.medium) > 0 {
			r.Medium = o.medium[i]
		}
		all = append(all, r)
	}
	return all
}

// fromHere makes the path of an image file absolute: a job server has another directory.
func fromHere(disk string) string {
	if _, err := os.Stat(filepath.Join("/sys/class/block", disk)); err == nil && !strings.Contains(disk, "/") {
		return disk
	}
	if info, err := os.Stat(disk); err != nil || !info.Mode().IsRegular() {
		return disk
	}
	if abs, err := filepath.Abs(disk); err == nil {
		return abs
	}
	return disk
}

func (a *app) runWipe(ctx context.Context, disks []string, o wipeOptions) (err error) {
	if o.out != "" {
		if o.out, err = filepath.Abs(o.out); err != nil { // the job may be resumed from another directory
			return err
		}
	}
	if o.after, err = o.after.Absolute(); err != nil {
		return err
	}
	witnesses, err := draft.ParseWitnesses(o.witness)
	if err != nil {
		return err
	}
	st, err := a.openStation()
	if err != nil {
		return err
	}
	defer st.Close()
	if o.operator, err = a.operatorOfRoster(st, o.operator); err != nil {
		return err
	}
	if o.restore {
		return a.runRestoreHidden(ctx, st, disks, o)
	}
	if o.secret, err = a.readPSID(ctx, disks, o); err != nil {
		return err
	}
	s, err := a.jobsOf(ctx, st)
	if err != nil {
		return err
	}
	defer s.Close()
	prepared, err := s.Prepare(ctx, o.batch(), o.requests(disks))
	if err != nil {
		return err
	}
	defer prepared.Close()
	b := prepared.(jobs.Follower)
	a.printRecovered(b.Recovered())
	a.printErasing(b.Erasing())
	if err := a.refuseAny(b, o); err != nil {
		return err
	}
	registered := slices.ContainsFunc(b.Disks(), func(d jobs.Prepared) bool { return d.Refused == nil && d.Medium != nil })
	if err := draft.CheckWitnesses(st, registered, witnesses, operator(o.operator)); err != nil {
		return err
	}
	if err := a.confirm(ctx, b, o.confirm, o.chosen); err != nil {
		return err
	}
	err = a.erase(ctx, st, b, witnesses, o)
	// A job server does that itself. Who pressed Ctrl-C wants to do something with the machine.
	if _, server := s.(*jobs.Client); !server && ctx.Err() == nil && a.powerOff != nil && o.after.Or(jobserver.RulesOf(a.settings).After).Then == after.PowerOff && len(b.Started()) > 0 {
		if err := after.SwitchOff(ctx, a.stateDir, a.powerOff); err != nil {
			a.Note("rasure: %v\n", err)
		}
	}
	return err
}

// operatorOfRoster is the technician by the name that the roster has, whatever the case of the letters that was typed.
func (a *app) operatorOfRoster(st *station.Station, typed string) (string, error) {
	if typed == "" {
		return "", nil
	}
	name, doubt, err := draft.Operator(st, typed)
	if !doubt.IsZero() {
		a.Note("warning: %s\n", doubt)
	}
	return name, err
}

// jobsOf returns the job server of the station if one runs, and otherwise one in this process, for the jobs of this command alone.
func (a *app) jobsOf(ctx context.Context, st *station.Station) (jobs.Service, error) {
	c, err := a.dialJobs(ctx)
	if newer := new(jobs.VersionError); errors.As(err, &newer) {
		a.Note("%v: this command runs its jobs itself\n", err)
		c, err = nil, nil
	}
	if err != nil || c != nil {
		return c, err
	}
	s := jobserver.New(st, a.liveHost(), jobserver.Options{StateDir: a.stateDir, Rules: jobserver.RulesOf(a.settings), Awake: a.awake})
	recovered, err := s.Recover(ctx)
	a.printRecovered(recovered)
	return s.Service(a.Lang), err
}

// refuseAny refuses all disks if one is refused, unless somebody at a terminal may erase the others.
func (a *app) refuseAny(b jobs.Follower, o wipeOptions) error {
	disks := b.Disks()
	for i := range disks {
		if err := b.Refused(i); err != nil && (len(disks) == 1 || len(o.confirm) > 0 || !a.Interactive()) {
			return err
		}
	}
	return nil
}

// erase runs a batch that was confirmed. From here on a failure is a fact to certify.
func (a *app) erase(ctx context.Context, st *station.Station, b jobs.Follower, witnesses []draft.Witness, o wipeOptions) error {
	err := b.Start(ctx)
	for _, r := range b.Superseded() {
		a.Note("the interrupted job %s is not resumed: it has a certificate now, log entry %d, file %s\n", r.ID, r.Index, r.Path)
	}
	if err != nil {
		return err
	}
	show := progress.New(progress.Options{Out: a.Terminal, Mode: progress.Mode(o.progress), Lang: a.Lang, Temperature: b.Temperature})
	for _, n := range b.Started() {
		show.Add(b.Disks()[n].Disk.Disk)
	}
	show.Start()
	stop := a.hangup.handle(func() { b.TerminalLost(context.Background()) })
	defer stop()
	results, err := a.follow(ctx, b, show)
	if show.Close() != nil {
		a.DropNotes() // a reader that takes nothing must not keep the process from ending
	}
	if err != nil {
		return err
	}
	unwitnessed := a.signWitnesses(ctx, st, results, witnesses)
	if unwitnessed != nil {
		a.Note("rasure: %v\n", unwitnessed) // the erasure is done and certified all the same
	}
	err = a.printResults(results, len(b.Disks()))
	refused := a.printLeftOut(b)
	switch {
	case err != nil:
		return err
	case unwitnessed != nil:
		return fault.Outcome(wipe.CompletedWithExceptions)
	}
	return refused
}

// follow shows the jobs of a batch until they have ended. The end of ctx stops them cleanly, and a second Ctrl-C ends the waiting for disks
// that do not respond.
func (a *app) follow(ctx context.Context, b jobs.Follower, show *progress.Display) ([]job.Result, error) {
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for _, more := range []<-chan struct{}{ctx.Done(), a.impatient} {
			select {
			case <-more:
				b.StopAll(context.Background(), context.Cause(ctx))
			case <-ended:
				return
			}
		}
	}()
	return b.Follow(context.Background(), show)
}
