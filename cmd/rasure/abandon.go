package main

import (
	"context"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
	"rasure/devices"
)

type abandonOptions struct{ reason, operator string }

func newAbandonCmd(a *app) *cobra.Command {
	o := abandonOptions{operator: a.settings.Operator}
	c := &cobra.Command{
		Use:     "abandon JOB --reason TEXT",
		Aliases: []string{"close"}, // its name in 0.1
		Short:   "Certify that a job ended early because its disk is gone for good",
		Long: `Certify that a job ended early because its disk is gone for good: it was unplugged in the middle of the job, or it
failed. rasure audit lists such jobs: they have a begin and no certificate. The certificate states how much is
known to be written, the outcome "interrupted", who reported it and why; if nothing was saved of the job, the
outcome is "unknown". Neither ever states that anything was erased. The job cannot be resumed after that, so it
is refused while the disk is attached.`,
		Example: `rasure cert abandon 01JZ3N5W8Q5T6V7X8Y9Z0A1B2C --reason "does not spin up, in the safe for destruction"`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runAbandon(cmd.Context(), args[0], o) },
	}
	c.Flags().StringVar(&o.reason, "reason", "", "why nobody will resume it (required)")
	c.Flags().StringVar(&o.operator, "operator", o.operator, "who reports it (default: out of the settings, or the account behind sudo or the login)")
	return c
}

func (a *app) runAbandon(ctx context.Context, id string, o abandonOptions) error {
	reason := devices.Printable(o.reason)
	if reason == "" {
		return fault.Usagef("--reason is missing")
	}
	st, err := a.openStation()
	if err != nil {
		return err
	}
	defer st.Close()
	done, recovered, err := job.New(st, a.liveHost()).Abandon(ctx, id, message.Of("disk unavailable, reported by %s: %s", operator(o.operator), reason))
	a.printRecovered(recovered)
	if err != nil {
		return err
	}
	if done.Secret != "" {
		a.Note("if the drive ever comes back, it may be locked by the password %q\n", string(done.Secret))
	}
	if done.Before {
		a.Note("job %s already has a certificate, entry %d of the log: only its saved state was removed\n", done.ID, done.Index)
		return nil
	}
	a.Note("entry %d of the log\n", done.Index)
	a.Printf("%s %s\n", cli.Dash(done.Path), done.Outcome)
	return nil
}

// operator is who does the work: as given, or as the system knows.
func operator(given string) string {
	if name := devices.Printable(given); name != "" {
		return name
	}
	return station.Operator()
}
