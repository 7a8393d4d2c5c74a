package main

import (
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/certify/audit"
	"rasure/certify/register"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/logs"
)

type auditOptions struct{ log, key, since, cosigner, roots, policy, at string }

func newAuditCmd(a *app) *cobra.Command {
	var o auditOptions
	c := &cobra.Command{
		Use:   "audit [--log DIR] --key station.pem [--since CHECKPOINT [--cosigner FILE]]",
		Short: "Verify everything in a log, offline",
		Long: `Verify everything in a log from its files alone: every entry's signature, the tree up to the signed
checkpoint, the TPM's counter, one begin and one certificate for every job, what people signed, and every rule of
the office. It ends in the life of each medium and what is still to be done. It needs no root and no network.

A log that was cut back to an earlier, honest state is consistent in itself: give a checkpoint that left the
station later with --since, or let the station ask its TPM (every command of the station does). --since proves
that nothing was changed or removed that was in the log then; with --cosigner the checkpoint must bear the
cosignature that rasure log cosign has made, so that it is the one that was seen. --roots names those who may
change the roster, as the office told you (an allowed_signers file): the first roster must be theirs.

Example: rasure audit --log /mnt/copy/log --key station7.pem` + "\n" + exitHelp,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.audit(o) },
	}
	c.Flags().StringVar(&o.log, "log", "", "directory of the log (default: log in the state directory)")
	c.Flags().StringVar(&o.key, "key", "", "the station's public key")
	c.Flags().StringVar(&o.since, "since", "", "a checkpoint of this log that you kept")
	c.Flags().StringVar(&o.cosigner, "cosigner", "", "key of who must have cosigned that checkpoint, as log cosign prints it")
	c.Flags().StringVar(&o.policy, "policy", "", "the office's rules, as a file (default: of the station for its own log, otherwise what rasure comes with)")
	c.Flags().StringVar(&o.at, "at", "", "say what was overdue at that time, 2006-01-02T15:04:05Z (default: now)")
	c.Flags().StringVar(&o.roots, "roots", "", "who may change the roster, as an allowed_signers file")
	return a.jsonFlag(c)
}

// audited is what audit --json shows.
type audited struct {
	Station   string            `json:"station"`
	Assurance string            `json:"assurance"`
	Entries   int64             `json:"entries"`
	Root      string            `json:"root"`
	Counter   uint64            `json:"counter,omitempty"` // == counter base + entries, attested by the TPM
	Outcomes  map[string]int64  `json:"certificates"`
	Open      []certify.OpenJob `json:"begins_without_end"`
	Rosters   []auditedRoster   `json:"rosters"`
	Since     *auditedSince     `json:"since,omitempty"`
	office
	Problems []register.Violation `json:"problems"`
	Holds    bool                 `json:"holds"`
}

func (a *app) audit(o auditOptions) error {
	var by *logs.Cosigner
	if o.cosigner != "" {
		if o.since == "" {
			return fault.Usage(errors.New("--cosigner says who must have signed the checkpoint of --since, which is missing"))
		}
		var err error
		if by, err = readCosigner(o.cosigner); err != nil {
			return err
		}
	}
	e, err := a.examine(o, by)
	if err != nil {
		return err
	}
	v := e.audited()
	if a.json {
		if err := a.printJSON(v); err != nil {
			return err
		}
	} else {
		a.printAudited(v)
	}
	switch {
	case !v.Holds:
		return fault.NotVerifiedf("%s: %d rule(s) broken", e.log, len(v.Problems))
	case len(v.Open) > 0:
		return fault.WithHint(fault.Incomplete(message.Errorf("%d job(s) have no certificate: running or abandoned", len(v.Open))),
			"at the station, resume a job with rasure wipe --resume, or close it with rasure cert close JOB if its disk is gone for good")
	}
	return nil
}

// examined is a log whose every byte was verified; the rules that it breaks are in its chain.
type examined struct {
	log     string
	station certify.Station
	policy  logs.Identity
	since   *auditedSince
	at      time.Time
	*audit.State
}

// examine verifies a log. The checkpoint of o.since, if there is one, must be cosigned by by, who may be nil.
func (a *app) examine(o auditOptions, by *logs.Cosigner) (*examined, error) {
	if o.key == "" {
		return nil, fault.Usage(errors.New("--key is missing: the station's public key, which must have come to you by another way than the log"))
	}
	pub, err := readPublicKey(o.key)
	if err != nil {
		return nil, err
	}
	e := &examined{log: o.log}
	if e.log == "" {
		e.log = a.statePath(logDir)
	}
	dir := os.DirFS(e.log)
	first, err := logs.ReadEntry(dir, 0)
	if err != nil {
		return nil, fault.NotVerifiedf("%s: %w", e.log, err)
	}
	head, err := certify.CheckEntry(first, pub)
	if err != nil {
		return nil, fault.NotVerifiedf("%s: entry 0: %w", e.log, err)
	}
	if head.Station == nil {
		return nil, fault.NotVerifiedf("%s: entry 0 is %q, not a station statement", e.log, head.Kind)
	}
	e.station = head.Station.Station
	if e.policy, err = audit.Identity(e.station.Name, pub, e.station.Counter); err != nil {
		return nil, err
	}
	var earlier *logs.Checkpoint
	if o.since != "" {
		if e.since, earlier, err = openSince(e.policy, o.since, by); err != nil {
			return nil, err
		}
	}
	rules, err := a.readPolicy(o.policy, o.log == "")
	if err != nil {
		return nil, err
	}
	e.at = now()
	if o.at != "" {
		if e.at, err = time.Parse(time.RFC3339, o.at); err != nil {
			return nil, fault.Usagef("--at: %q is not a time such as 2006-01-02T15:04:05Z", o.at)
		}
	}
	if e.State, err = audit.Replay(dir, e.policy, pub, earlier, register.New(rules, now())); err != nil {
		return nil, fault.NotVerifiedf("%s: %w", e.log, err)
	}
	return e, checkRoots(&e.Rosters, o.roots)
}

func (e *examined) audited() audited {
	v := audited{Station: e.station.Name, Assurance: e.station.Assurance, Entries: e.Checkpoint.Size, Root: e.Checkpoint.Root.String(),
		Outcomes: e.Chain.Outcomes, Open: e.Chain.Open(), Rosters: auditedRosters(&e.Rosters), Since: e.since,
		office: e.office(), Problems: e.problems()}
	v.Holds = len(v.Problems) == 0
	if c := e.station.Counter; c != nil {
		v.Counter = c.Base + uint64(e.Checkpoint.Size) // logs.Audit has compared it with the attested value
	}
	return v
}

func (a *app) printAudited(v audited) {
	a.printf("station    %s, key assurance %s\n", v.Station, v.Assurance)
	a.printf("log        %d entries, every signature and hash good, root %s\n", v.Entries, v.Root)
	if v.Counter > 0 {
		a.printf("counter    %d, as the TPM attests\n", v.Counter)
	} else {
		a.printf("counter    none: a software key; nothing in these files shows whether the log was cut back\n")
	}
	for _, o := range []string{"verified", "completed-with-exceptions", "failed", "interrupted", "unknown"} {
		if n := v.Outcomes[o]; n > 0 {
			a.printf("jobs       %d %s\n", n, o)
		}
	}
	a.printPeople(v)
	for _, o := range v.Open {
		a.printf("no end     entry %d: job %s on %s, serial %s\n", o.Index, o.ID, o.Name, dash(o.Serial))
	}
	a.printOffice(v.office)
	for _, p := range v.Problems {
		a.printf("problem    entry %d: %s\n", p.Index, problemText(p))
	}
}
