package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/internal/logind"
	"rasure/cmd/internal/station"
)

func newJobsCmd(a *app) *cobra.Command {
	c := &cobra.Command{Use: "jobs", Short: "The jobs of this station, and the server that owns them", Args: cli.NoArgs, RunE: cli.HelpOnly}
	c.AddCommand(newJobsListCmd(a), newJobsAttachCmd(a), newJobsStopCmd(a), newJobsServeCmd(a))
	return c
}

// idleTime is how long a server that was started on demand waits for somebody to need it.
const idleTime = time.Minute

func newJobsServeCmd(a *app) *cobra.Command {
	var idle bool
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the job server of this station",
		Long: `Run the job server of this station: it owns the jobs that screens and rasure wipe start, so that they go on when
a window is closed or a connection is lost. A screen starts it when none runs; systemd can start it, too. There is
one for each state directory. Its socket is jobs.sock in the state directory, and only root may use it.

SIGTERM or Ctrl-C stops all jobs cleanly, so that they can be resumed, and ends the server; a second one stops
waiting for disks that do not respond. With --idle the server ends by itself when for a minute no job runs, no
outcome waits to be seen, and nobody is connected.`,
		Example: "rasure jobs serve",
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.runJobsServe(cmd.Context(), idle) },
	}
	c.Flags().BoolVar(&idle, "idle", false, "end when nobody needs the server any more")
	return c
}

func (a *app) runJobsServe(ctx context.Context, idle bool) error {
	st, err := a.openStation()
	if err != nil {
		return err
	}
	defer st.Close()
	unlock, err := jobserver.Lock(a.stateDir)
	if err != nil {
		return err
	}
	defer unlock()
	var awake *logind.Keeper
	if a.awake != nil {
		awake = &logind.Keeper{} // that warns on the screens, and not here
	}
	s := jobserver.New(st, a.liveHost(), jobserver.Options{StateDir: a.stateDir, Rules: jobserver.RulesOf(a.settings), Settings: a.watchSettings, Awake: awake, PowerOff: a.powerOff})
	recovered, err := s.Recover(ctx)
	a.printRecovered(recovered)
	if err != nil {
		return err
	}
	l, err := jobserver.Listen(a.stateDir)
	if err != nil {
		return err
	}
	defer l.Close()
	defer a.hangup.handle(func() {})() // the terminal on which it was started is not needed
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() { s.Run(watching); close(watched) }()
	defer func() {
		stop()
		<-watched
		s.Close()
	}()
	wait := time.Duration(0)
	if idle {
		wait = idleTime
	}
	a.Note("the job server of %s, rasure %s, is ready\n", st.Name(), station.Version)
	err = s.Serve(ctx, l, wait)
	if ctx.Err() == nil {
		return err
	}
	go func() {
		<-a.impatient
		s.StopAll(context.Cause(ctx))
	}()
	a.Note("stopping all jobs\n")
	s.StopAll(context.Cause(ctx))
	s.Wait()
	return err
}

// dialJobs connects to the job server; nil if none runs.
func (a *app) dialJobs(ctx context.Context) (*jobs.Client, error) {
	c, err := jobs.Dial(ctx, a.stateDir, a.Lang, station.Version)
	if errors.Is(err, jobs.ErrNoServer) {
		return nil, nil
	}
	return c, err
}
