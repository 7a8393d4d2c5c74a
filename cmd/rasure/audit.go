package main

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/cosign"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/interrupt"
	"rasure/cmd/internal/station"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/logs/durable"
)

type auditOptions struct {
	pinOptions
	tpmRoots string
	images   []string

	log, since, cosigner, roots, policy, at, fresh, nonce, predecessor, evidence string
	attestedFrom                                                                 int64

	summary            bool
	only, by, from, to string
	atEnd              bool // tasks are those at the newest time of the log
	publisher, office  string
	shim               string
}

func newAuditCmd(a *app) *cobra.Command {
	var o auditOptions
	c := &cobra.Command{
		Use:   "audit [--log DIR] --station CARD [--since CHECKPOINT [--cosigner FILE]]",
		Short: "Verify everything in a log, offline",
		Long: `Verify everything in a log from its files alone: every entry's signature, the tree up to the signed
checkpoint, the counter, one begin and one certificate for every job, the signatures of people, and every rule of
the office. The output ends with the history of each medium and the open tasks. It needs no root and no network.

--station is the station card: the first entry of the station's log, obtained independently of this copy. The log must
begin with it. --key is the station's public key in its place: one key can sign several logs, and each of them verifies.
The output names what these files do not show.

A log that was cut back to an earlier, honest state is consistent in itself. To notice that, give --since a checkpoint
that left the station later, or run any command at the station, which asks its TPM. --since proves that everything that
was in the log then is still there, unchanged. With --cosigner, the checkpoint must carry the cosignature made by rasure
log cosign. --roots names who may change the roster (an allowed_signers file from the office): the first roster must
have exactly these roots.

With a TPM, the log keeps what its counter attested when each entry was added (attest/). From the first entry that has an
attestation on, every entry must have a good one, or the log does not verify: a history that was made later at the same
length cannot have them. That they begin there is the log's own word. With --attested-from, the auditor demands them from
the Nth entry on. Resets and suspends of the TPM and changes of its firmware are listed as epochs.

An authority may have enrolled the station: then its key is in a TPM, and the output says who checked that, and on which
roots. The certificates of the TPM are in the log: with --tpm-roots they must lead to vendors that you chose as well.

A boot statement (rasure station boot) shows what the firmware of the machine started. The entries that the TPM attested in
the same boot were added while it ran. With --image a boot is named by the image that you approve, if that gives
its PCRs 4, 11, 12 and 13. An event log that was too long for its entry is a file that the station kept: --evidence is the
directory with it.

The key of the station may be bound: then its TPM uses it only in boots that a publisher or an office approved (rasure
station init --bound). With --publisher and --office it must be bound to these. That the key is in a TPM, which keeps to
that, only an enrolment shows: otherwise it is the key's own word.

At the station, ask it for a live proof: choose a nonce (openssl rand -hex 16), run rasure station attest --nonce NONCE,
and give its output with --fresh and the nonce with --nonce. It shows the log's head as the key and its counter are now,
without an earlier checkpoint.

--summary answers on a page: which media are not accounted for, which jobs did not verify or were of disks that are not
in the register, what is open and overdue, and what is unusual. --only prints one part in full, and --by, --from and --to
narrow what is shown. What is not shown counts for the exit status nevertheless.

Example: rasure audit --log /mnt/copy/log --station station7.card`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runAudit(cmd.Context(), o) },
	}
	o.AddFlags(c)
	c.Flags().StringVar(&o.cosigner, "cosigner", "", "public key of the cosigner of that checkpoint, as log cosign prints it")
	c.Flags().StringVar(&o.policy, "policy", "", "the office's policy file (default: policy of the settings; without it the station's own for its own log, otherwise the default policy)")
	c.Flags().StringVar(&o.predecessor, "predecessor", "", "directory of the log that this one continues, to be audited with it")
	c.Flags().StringVar(&o.fresh, "fresh", "", "the station's answer to your nonce: what rasure station attest wrote")
	c.Flags().StringVar(&o.nonce, "nonce", "", "the nonce that you gave the station")
	c.Flags().BoolVar(&o.summary, "summary", false, "print a page with what an auditor asks first")
	c.Flags().StringVar(&o.only, "only", "", "print one part: "+strings.Join(view.Parts, ", "))
	c.Flags().StringVar(&o.by, "by", "", "show only what this person signed, did or answers for")
	c.Flags().StringVar(&o.from, "from", "", "show only what is from this day on, 2006-01-02")
	c.Flags().StringVar(&o.to, "to", "", "show only what is up to the end of this day")
	c.Flags().StringArrayVar(&o.images, "image", nil, "an image (UKI) that you approve: a boot statement of it is named so; can be repeated")
	c.Flags().StringVar(&o.shim, "shim", "", "with --image: program that may start the images, such as shim; a boot by it is named too")
	c.Flags().StringVar(&o.publisher, "publisher", "", "public key of the publisher of the image, to which the key of the station must be bound")
	c.Flags().StringVar(&o.office, "office", "", "with --publisher: public key of the office, to which it must be bound too")
	c.Flags().StringVar(&o.evidence, "evidence", "", "directory with the event logs that the station kept (default: evidence in the state directory; with --log, evidence in the directory of the log)")
	c.Flags().StringVar(&o.at, "at", "", "day or time for which overdue tasks are reported, 2006-01-02T15:04:05Z (default: now)")
	return a.JSONFlag(c)
}

// AddFlags adds the flags that audit and log cosign share.
func (o *auditOptions) AddFlags(c *cobra.Command) {
	o.pinOptions.AddFlags(c)
	c.Flags().StringVar(&o.log, "log", "", "directory of the log (default: log in the state directory)")
	c.Flags().Int64Var(&o.attestedFrom, "attested-from", 0, "every entry from the Nth on must have its attestation, 1 for all (default: from the first one that has it)")
	c.Flags().StringVar(&o.since, "since", "", "an earlier checkpoint of this log that you kept")
	c.Flags().StringVar(&o.roots, "roots", "", "who may change the roster, as an allowed_signers file")
	c.Flags().StringVar(&o.tpmRoots, "tpm-roots", "", "directory with the certificates of the vendors of TPMs that you trust: the TPMs of enrolments must lead to them")
}

func (a *app) runAudit(ctx context.Context, o auditOptions) error {
	var by *logs.Cosigner
	if o.cosigner != "" {
		if o.since == "" {
			return fault.Usage(message.New("--cosigner needs --since: it names who signed that checkpoint"))
		}
		var err error
		if by, err = cosign.ReadKey(o.cosigner); err != nil {
			return err
		}
	}
	narrow, err := o.filter(a.settings.Location())
	if err != nil {
		return err
	}
	pin, err := o.read()
	if err != nil {
		return err
	}
	r, err := a.audit(ctx, pin, o, by)
	if err != nil {
		return err
	}
	open := r.Open()
	r.Narrow(narrow)
	switch {
	case a.JSON:
		err = a.PrintJSON(r)
	case o.summary:
		view.PrintSummary(&a.Console, r)
	case o.only != "":
		view.PrintPart(&a.Console, r, o.only)
	default:
		view.PrintReport(&a.Console, r)
	}
	switch {
	case err != nil:
		return err
	case !r.Valid:
		return fault.NotVerified(message.Errorf("%s: %d rule(s) broken", a.logPath(o.log), open))
	case len(r.OpenJobs) > 0:
		return fault.WithHint(fault.Incomplete(message.Errorf("%d job(s) have no certificate: running or abandoned", len(r.OpenJobs))),
			"at the station, resume a job with rasure wipe --resume, or close it with rasure cert close JOB if its disk is gone for good")
	}
	return nil
}

// filter reads what of the report is shown. Days are those of the zone.
func (o *auditOptions) filter(zone *time.Location) (f audit.Filter, err error) {
	switch {
	case o.summary && o.only != "":
		return f, fault.Usagef("--summary and --only exclude each other")
	case o.only != "" && !slices.Contains(view.Parts, o.only):
		return f, fault.Usagef("--only %s: write one of %s", o.only, strings.Join(view.Parts, ", "))
	}
	f.By = o.by
	if f.From, err = day("--from", o.from, zone); err != nil {
		return f, err
	}
	if f.To, err = day("--to", o.to, zone); err == nil && !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	return f, err
}

// day reads when a day begins in a zone; zero for "".
func day(flag, word string, zone *time.Location) (time.Time, error) {
	if word == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, word, zone)
	if err != nil {
		return at, fault.Usagef("%s: %q is not a day such as 2026-01-31", flag, word)
	}
	return at, nil
}

func (a *app) logPath(given string) string {
	if given == "" {
		return a.statePath(station.LogDir)
	}
	return given
}

// evidence is the directory with the files that the station kept; nil if a copy of a log has none.
func (a *app) evidence(ctx context.Context, o auditOptions) (fs.FS, error) {
	if o.evidence != "" {
		return readEvidence(ctx, o.evidence)
	}
	dir := a.statePath(audit.EvidenceDir)
	if o.log != "" {
		dir = filepath.Join(o.log, audit.EvidenceDir)
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	return interrupt.FS(ctx, durable.FS(dir)), nil
}

// readEvidence is the directory of --evidence; nil for "".
func readEvidence(ctx context.Context, dir string) (fs.FS, error) {
	if dir == "" {
		return nil, nil
	}
	if info, err := os.Stat(dir); err != nil {
		return nil, fault.Usage(message.Errorf("--evidence: %w", err))
	} else if !info.IsDir() {
		return nil, fault.Usagef("--evidence: %s is not a directory", dir)
	}
	return interrupt.FS(ctx, durable.FS(dir)), nil
}

// audit reads what the options name and audits the log. The checkpoint of o.since must be cosigned by by, unless it is nil.
func (a *app) audit(ctx context.Context, pin audit.Pin, o auditOptions, by *logs.Cosigner) (*audit.Report, error) {
	var err error
	if o.attestedFrom < 0 {
		return nil, fault.Usage(message.New("--attested-from: entries are counted from 1"))
	}
	in := audit.Options{Pin: pin, Now: now(), Cosigner: by, AttestedFrom: o.attestedFrom, AtEnd: o.atEnd}
	bound, err := o.authorities()
	if err != nil {
		return nil, err
	}
	if o.predecessor != "" {
		in.Predecessor = interrupt.FS(ctx, durable.FS(o.predecessor))
	}
	if o.at != "" {
		if in.At, err = time.Parse(time.RFC3339, o.at); err != nil {
			if in.At, err = time.ParseInLocation(time.DateOnly, o.at, a.settings.Location()); err != nil {
				return nil, fault.Usagef("--at: %q is not a day or a time such as 2006-01-02T15:04:05Z", o.at)
			}
		}
	}
	if o.since != "" {
		if in.Since, err = cli.ReadFile(o.since); err != nil {
			return nil, err
		}
	}
	if (o.fresh == "") != (o.nonce == "") {
		return nil, fault.Usage(message.New("--fresh and --nonce belong together: the station's answer, and what it was asked"))
	}
	if o.fresh != "" {
		if in.Nonce, err = audit.ParseNonce(o.nonce); err != nil {
			return nil, fault.Usagef("--nonce: %w", err)
		}
		if in.Fresh, err = cli.ReadFile(o.fresh); err != nil {
			return nil, err
		}
	}
	if in.Roots, err = draft.ReadRoots(o.roots); err != nil {
		return nil, err
	}
	if in.TPMRoots, err = draft.ReadTPMRoots(o.tpmRoots); err != nil {
		return nil, err
	}
	if in.Images, err = readImages(o.images, o.shim); err != nil {
		return nil, err
	}
	if in.Policy, err = a.readPolicy(o.policy, o.log == ""); err != nil {
		return nil, err
	}
	dir := a.logPath(o.log)
	if in.Evidence, err = a.evidence(ctx, o); err != nil {
		return nil, err
	}
	r, err := audit.Log(interrupt.FS(ctx, durable.FS(dir)), in)
	if err != nil {
		return nil, message.Errorf("%s: %w", dir, err)
	}
	if len(bound) > 0 {
		err = r.CheckBound(bound...)
	}
	return r, err
}

// authorities are the keys to which that of the station must be bound; none if it may be bound to any, or not at all.
func (o *auditOptions) authorities() ([]*ecdsa.PublicKey, error) {
	if o.office != "" && o.publisher == "" {
		return nil, fault.Usagef("--office needs --publisher")
	}
	return readAuthorities(o.publisher, o.office)
}
