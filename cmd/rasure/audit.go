package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"rasure/certify"
	"rasure/logs"
)

type auditOptions struct{ log, key string }

func newAuditCmd(a *app) *cobra.Command {
	var o auditOptions
	c := &cobra.Command{
		Use:   "audit [--log DIR] --key station.pem",
		Short: "Verify everything in a log, offline",
		Long: `Verify everything in a log from its files alone: every entry's signature, the tree up to the signed
checkpoint, the TPM's counter, one begin and one certificate for every job. It needs no root and no network.

A log that was cut back to an earlier, honest state is consistent in itself: compare it with a proof or a
checkpoint that left the station later, or let the station ask its TPM (every command of the station does).

Example: rasure audit --log /mnt/copy/log --key station7.pem` + "\n" + exitHelp,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return a.audit(o) },
	}
	c.Flags().StringVar(&o.log, "log", "", "directory of the log (default: log in the state directory)")
	c.Flags().StringVar(&o.key, "key", "", "the station's public key")
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
	Problems  []certify.Problem `json:"problems"`
	Holds     bool              `json:"holds"`
}

// openJobs is the error of an audit that found nothing wrong but jobs without an end.
type openJobs struct{ n int }

func (e openJobs) Error() string {
	return fmt.Sprintf("%d job(s) began and have no certificate: running now, or nobody certified what became of the disk", e.n)
}

func (a *app) audit(o auditOptions) error {
	if o.key == "" {
		return usageError{errors.New("--key is missing: the station's public key, which must have come to you by another way than the log")}
	}
	pub, err := readPublicKey(o.key)
	if err != nil {
		return err
	}
	if o.log == "" {
		o.log = a.statePath(logDir)
	}
	dir := os.DirFS(o.log)
	first, err := logs.ReadEntry(dir, 0)
	if err != nil {
		return unverified{fmt.Errorf("%s: %w", o.log, err)}
	}
	head, err := certify.CheckEntry(first, pub)
	if err != nil {
		return unverified{fmt.Errorf("%s: entry 0: %w", o.log, err)}
	}
	if head.Station == nil {
		return unverified{fmt.Errorf("%s: entry 0 is %q, not a station statement", o.log, head.Kind)}
	}
	policy, err := logPolicy(head.Station.Station.Name, pub, head.Station.Station.Counter)
	if err != nil {
		return err
	}
	chain, checkpoint, err := foldLog(dir, policy, pub)
	if err != nil {
		return unverified{fmt.Errorf("%s: %w", o.log, err)}
	}
	v := audited{Station: head.Station.Station.Name, Assurance: head.Station.Station.Assurance, Entries: checkpoint.Size, Root: checkpoint.Root.String(),
		Outcomes: chain.Outcomes, Open: chain.Open(), Problems: append([]certify.Problem{}, chain.Problems...)}
	v.Holds = len(v.Problems) == 0
	if c := head.Station.Station.Counter; c != nil {
		v.Counter = c.Base + uint64(checkpoint.Size) // logs.Audit has compared it with the attested value
	}
	if a.json {
		if err := a.printJSON(v); err != nil {
			return err
		}
	} else {
		a.printAudited(v)
	}
	switch {
	case !v.Holds:
		return unverified{fmt.Errorf("%s: %d rule(s) broken", o.log, len(v.Problems))}
	case len(v.Open) > 0:
		return openJobs{len(v.Open)}
	}
	return nil
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
	for _, o := range v.Open {
		a.printf("no end     entry %d: job %s on %s, serial %s\n", o.Index, o.ID, o.Name, dash(o.Serial))
	}
	for _, p := range v.Problems {
		a.printf("problem    entry %d: %s\n", p.Index, p.Detail)
	}
}
