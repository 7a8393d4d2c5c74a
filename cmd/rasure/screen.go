package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/certify/render"
	"rasure/cmd/internal/about"
	screen "rasure/cmd/internal/bench" // the tests have a bench of their own
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/station"
	"rasure/cmd/message"
)

type screenOptions struct {
	plan       planFlags
	out        string
	operator   string
	allowImage bool
}

func newScreenCmd(a *app) *cobra.Command {
	o := screenOptions{operator: a.settings.Operator}
	c := &cobra.Command{
		Use:   "bench",
		Short: "Show this workstation on a full screen, and erase disks from there",
		Long: `Show every disk of this workstation on a full screen: choose disks by key or by scanning their serial numbers,
confirm them, and watch the jobs. rasure without a command does the same on a terminal. The jobs belong to the job
server: they go on when the screen is left, when its window is closed and when the connection is lost.

The flags are the plan that the screen begins with: the key p changes it, and ? shows all keys.`,
		Example: "rasure bench",
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.plan.check(); err != nil {
				return err
			}
			return a.runScreen(cmd.Context(), o)
		},
	}
	o.plan.AddFlags(c)
	c.Flags().StringVar(&o.out, "out", "", "directory for certificates and proofs (default: out of the settings, or certificates in the state directory)")
	c.Flags().StringVar(&o.operator, "operator", o.operator, "who does this (default: the account behind sudo or the login)")
	c.Flags().BoolVar(&o.allowImage, "allow-image", false, "accept loop devices as disks")
	return c
}

// screenOrHelp is rasure without a command: the screen on a terminal, otherwise help.
func (a *app) screenOrHelp(c *cobra.Command, args []string) error {
	if !a.Interactive() || !cli.IsTerminal(os.Stdout) || os.Getenv("TERM") == "dumb" {
		return cli.HelpOnly(c, args)
	}
	return a.runScreen(c.Context(), screenOptions{operator: a.settings.Operator})
}

func (a *app) runScreen(ctx context.Context, o screenOptions) (err error) {
	in, ok := a.In.(*os.File)
	if !ok || !a.Interactive() || !cli.IsTerminal(os.Stdout) {
		return fault.WithHint(fault.Usagef("there is no terminal to show a screen on"), "use the commands: rasure list, rasure wipe DISK")
	}
	if o.out == "" {
		o.out = a.settings.Out
	}
	if o.out != "" {
		if o.out, err = filepath.Abs(o.out); err != nil { // the server has another working directory
			return err
		}
	}
	asked := a.Lang
	a.Lang = screen.Language(asked, os.Getenv) // what the server and a page say is on the same terminal
	running, err := screen.Run(ctx, screen.Options{
		Dial: func(ctx context.Context) (jobs.Service, error) {
			if _, err := os.Stat(a.statePath(station.StateFile)); errors.Is(err, fs.ErrNotExist) {
				return nil, station.None(a.stateDir)
			}
			return jobs.DialOrStart(ctx, a.stateDir, a.Lang, station.Version)
		},
		In: in, Out: os.Stdout, Lang: asked, Getenv: os.Getenv, Now: time.Now, Operators: a.settings.Operators, Certificate: a.certificatePage, Witness: a.witnessOnScreen,
		About: a.aboutPage,
		Batch: jobs.Options{Level: o.plan.level, Scheme: o.plan.scheme, Verify: o.plan.verify, AllowImage: o.allowImage, Operator: operator(o.operator),
			Named: o.operator != "", Dir: o.out},
	})
	if err == nil && running > 0 {
		a.Note("%s; rasure shows them again\n", message.Count(running, "%d job goes on", "%d jobs go on"))
	}
	return err
}

// aboutPage is what software runs on this workstation, and what was measured when it started.
func (a *app) aboutPage(context.Context) ([]string, error) {
	tool, err := station.Tool()
	if err != nil {
		return nil, err
	}
	page, err := about.Read(os.DirFS("/"), tool)
	return page.Lines(a.Lang), err
}

// certificatePage is the certificate at an index of the log as cert show prints it. It is verified with this station's key.
func (a *app) certificatePage(_ context.Context, index int64) (string, error) {
	pin, err := a.pin(pinOptions{})
	if err != nil {
		return "", err
	}
	log, err := station.ReadLog(a.stateDir, func(error) {}) // the TPM need not be asked to show a page
	if err != nil {
		return "", err
	}
	for e, err := range log.Entries(index) {
		if err != nil {
			return "", err
		}
		cert, err := audit.OpenCertificate(e.Data, pin)
		if err != nil {
			return "", message.Errorf("entry %d of the log: %w", index, err)
		}
		var page strings.Builder
		err = render.Signed(&page, a.Lang, a.settings.Location(), *cert, e.Data)
		return page.String(), err
	}
	return "", message.Errorf("the log has no entry %d", index)
}
