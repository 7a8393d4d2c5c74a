package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/cmd/rasure-hub/internal/hub"
	"rasure/cmd/rasure-hub/internal/push"
	"rasure/cmd/rasure-hub/internal/terms"
	"rasure/logs"
	"rasure/logs/fleet"
)

// printAnswer prints how a submission was answered.
func (a *app) printAnswer(dir string, w hub.Answer) error {
	if w.Err == nil {
		a.Printf("%s: cosigned; rasure log receive %s/cosigned takes the answer\n", dir, dir)
		return nil
	}
	err := message.Errorf("%s: %w", dir, w.Err)
	if w.Status == fleet.Conflict && w.Signed != nil {
		return fault.WithHint(fault.Refuse(err), "rasure log receive %s/cosigned says whether the log was rolled back; if not, submit again", dir)
	}
	return fault.Refuse(err)
}

func newPushCmd(a *app) *cobra.Command {
	var tries int
	var roots string
	c := &cobra.Command{
		Use:   "push DIR URL",
		Short: "Send a submission to a hub",
		Long: `Send a submission, which rasure log submit made, to a hub, and write the answer into the same directory. It needs no
privileges: run it as a user who can read DIR. After a failure it tries again, with longer waits; a push that was cut off
is continued by the next one.

Example: rasure-hub push /var/spool/rasure/submission https://hub.archive.example:8443`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := push.New(args[1], roots, tries)
			if err != nil {
				return fault.Usage(err)
			}
			w, err := p.Push(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.printAnswer(args[0], w)
		},
	}
	c.Flags().IntVar(&tries, "tries", 8, "how often a request is tried")
	c.Flags().StringVar(&roots, "ca", "", "certificates, PEM, that the hub's certificate must lead to (default: those of the system)")
	return c
}

func newIngestCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "ingest DIR STICK",
		Short: "Receive submissions from a stick",
		Long: `Receive the submissions in a directory, such as a stick, and write the answers beside them. No hub may be serving DIR
meanwhile.

Example: rasure-hub ingest /srv/rasure /media/stick`,
		Args: cobra.ExactArgs(2),
		RunE: a.withHub(func(ctx context.Context, h *hub.Hub, args []string) error {
			var refused error
			err := h.Ingest(ctx, args[1], func(dir string, w hub.Answer) {
				if bad := a.printAnswer(dir, w); bad != nil {
					a.PrintError(bad)
					refused = fault.Printed(bad)
				}
			})
			if err != nil {
				return err
			}
			return refused
		}),
	}
}

func newRepairCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "repair DIR STATION LOG",
		Short: "Write the copy of a station's log again",
		Long: `Write the hub's copy of a station's log again, after rasure-hub audit has found a file that is damaged. LOG is the
directory of another copy of the whole log, as rasure log export writes it. Nothing is taken from it that was not cosigned.
No hub may be serving DIR meanwhile. It also repairs a hub that does not start because of that damage. Copy
DIR/store/mirror first if you want to find out who changed it.

Example: rasure-hub repair /srv/rasure station7.archive.example /media/stick/log`,
		Args: cobra.ExactArgs(3),
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := a.options(args[0])
			if err != nil {
				return err
			}
			entries, err := hub.Repair(o, args[1], args[2])
			if errors.Is(err, logs.ErrDamaged) {
				err = fault.NotVerified(err)
			}
			if err != nil {
				return err
			}
			a.Printf("%s: %s\n", args[1], message.Count(entries, "%d entry is as it was cosigned", "%d entries are as they were cosigned"))
			return nil
		},
	}
}

func newFindCmd(a *app) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "find DIR KIND VALUE",
		Short: "Find entries of all stations",
		Long: `Find entries of all stations: certificates and statements, with the proof that each is in its station's log, under the
head that the hub has cosigned. KIND is serial, number, asset, person, day, outcome or kind.

That nothing is missing is shown by rasure-hub audit, which makes the index again.

Example: rasure-hub find /srv/rasure serial WD-WCC4N1234567`,
		Args: cobra.ExactArgs(3),
		RunE: a.withHub(func(ctx context.Context, h *hub.Hub, args []string) error {
			all, err := h.Find(ctx, args[1], args[2], limit)
			if err != nil {
				return fault.Usage(err)
			}
			if a.JSON {
				return a.PrintJSON(all)
			}
			rows := [][]string{}
			for _, f := range all {
				about := map[string]string{}
				for _, t := range terms.Of(f.Entry) {
					about[t.Kind] = t.Value
				}
				rows = append(rows, []string{f.Station, message.Of("%d", f.Index).In(a.Lang), f.Kind, about[terms.Day], about[terms.Serial], about[terms.Number], about[terms.Outcome]})
			}
			a.Table(rows)
			a.Note("%d found\n", len(all))
			return nil
		}),
	}
	c.Flags().IntVar(&limit, "limit", 100, "most entries of one station")
	return a.JSONFlag(c)
}

func newAuditCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "audit DIR",
		Short: "Verify every mirror and the index again",
		Long: `Verify every byte of every mirror again, compare it with what was cosigned, make the index again and compare it, and look
for media that two stations have.`,
		Args: cobra.ExactArgs(1),
		RunE: a.withHub(func(ctx context.Context, h *hub.Hub, _ []string) error {
			all, bad := []hub.Audited{}, 0
			err := h.Audit(ctx, func(m hub.Audited) {
				if !m.Err.IsZero() || m.Open > 0 || len(m.Shared) > 0 {
					bad++
				}
				all = append(all, m)
				if !a.JSON {
					a.printAudited(m)
				}
			})
			if err == nil && a.JSON {
				err = a.PrintJSON(all)
			}
			if err == nil && bad > 0 {
				err = fault.NotVerifiedf("%d of %d stations have something to look at", bad, len(all))
			}
			return err
		}),
	}
	return a.JSONFlag(c)
}

func (a *app) printAudited(m hub.Audited) {
	a.Printf("%s: %s, %s\n", m.Station, message.Count(m.Entries, "%d entry", "%d entries"), message.Count(m.Open, "%d open finding", "%d open findings"))
	for _, text := range m.Shared {
		a.Printf("  %s\n", text)
	}
	if !m.Err.IsZero() {
		a.Printf("  %s\n", m.Err)
	}
}
