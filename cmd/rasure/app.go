package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/logind"
	"rasure/cmd/internal/settings"
	"rasure/cmd/internal/station"
	"rasure/cmd/internal/suspend"
	"rasure/devices"
)

// app is what every command shares: the console, and which machine it works on.
type app struct {
	cli.Console
	host func(keep ...string) *devices.Host

	awake    *logind.Keeper              // keeps the machine awake while disks are erased; nil in tests
	powerOff func(context.Context) error // switches the machine off; nil in tests
	machine  suspend.Machine             // that is suspended; in tests a directory, or none

	words       []string // of the command line; nil: every command is made, whatever they are
	stateDir    string
	passwords   tpmPasswords
	settings    settings.Settings
	drives      []devices.Known // what the office adds to the tables of drives
	settingsErr error           // refuses every command, see refuseSettings
	hangup      hangup
	impatient   <-chan struct{} // closed at the second Ctrl-C; nil in tests
}

const defaultState = "/var/lib/rasure"

// run executes one command line and returns its exit code.
func (a *app) run(ctx context.Context, args []string) int {
	out := a.Open()
	a.settings, a.settingsErr = settings.FromEnvironment(os.Getenv)
	if a.settingsErr == nil {
		a.drives, a.settingsErr = settings.Drives(a.settings.Path)
	}
	a.Zone = a.settings.Location()
	err := a.ChooseLanguage(args, a.settings.Language)
	if err == nil {
		err = cli.StartPoller()
	}
	if err == nil {
		a.words = append([]string{}, args...)
		root := newRootCmd(a)
		if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
			a.complete(root)
		}
		root.SetArgs(args)
		root.SetIn(a.In)
		root.SetOut(a.Out)
		root.SetErr(a.Err)
		err = root.ExecuteContext(ctx)
	}
	if !fault.Quiet(err) && (out.Err() == nil || !errors.Is(err, out.Err())) {
		a.PrintError(err)
	}
	code := fault.Code(err)
	if out.Err() != nil {
		a.Note("rasure: the output could not be written: %v\n", out.Err())
		if code == fault.Done {
			code = fault.Failed
		}
	}
	return code
}

func newRootCmd(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "rasure",
		Short: "Erase disks so that it can be proven",
		Long: `Rasure finds the disks attached to this workstation, overwrites them, reads every byte back, and
puts a signed certificate of it into a log that cannot be quietly rewritten.

Without a command, on a terminal, it shows the workstation on a full screen, as rasure bench does.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              cli.NoArgs,
		RunE:              a.screenOrHelp,
		Version:           station.Version,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return a.refuseSettings(c) },
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	state := os.Getenv("RASURE_STATE")
	if state == "" {
		state = defaultState
	}
	root.PersistentFlags().StringVar(&a.stateDir, "state", state, "state directory (or RASURE_STATE)")
	root.PersistentFlags().StringVar(&a.LangFlag, "lang", "", "language of messages: en or zh (default: RASURE_LANG, the settings, LC_ALL, LC_MESSAGES or LANG)")
	root.PersistentFlags().BoolP("help", "h", false, "show this help")
	root.Flags().Bool("version", false, "print the version")
	root.SetVersionTemplate("rasure {{.Version}}\n")
	root.SetFlagErrorFunc(cli.FlagError)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { a.PrintHelp(c) })
	root.SetHelpCommand(cli.NewHelpCmd())
	root.AddCommand(
		newListCmd(a), newShowCmd(a), newPlanCmd(a), newWipeCmd(a), newCheckCmd(a), newPrepareCmd(a), newUnfreezeCmd(a), newFormatCmd(a), newScreenCmd(a), newJobsCmd(a), newVerifyCmd(a), newAuditCmd(a),
		newStationCmd(a), newAuthorityCmd(a), newBayCmd(a), newBridgeCmd(a), newCertCmd(a), newFormCmd(a), newReportCmd(a), newLogCmd(a), newImageCmd(a), newMediumCmd(a), newActsCmd(a), newSignCmd(a), newCalendarCmd(a), newVersionCmd(a), newCompletionCmd(a), newManCmd(a), newProgressHelp(),
	)
	cli.MarkUsage(root)
	return root
}
