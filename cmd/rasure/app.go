package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
)

// app is what every command shares: where words go, and which machine is meant.
//
// Rules of the house: stdout is what was asked for, stderr is the rest; no colour, plain ASCII; an error is one
// sentence that names the thing, a hint is a line of its own.
type app struct {
	in       io.Reader
	out, err io.Writer
	host     func(keep ...string) *devices.Host

	stateDir string
	json     bool
	lang     message.Language
}

const defaultState = "/var/lib/rasure"

// run executes one command line and returns its exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := newRootCmd(a)
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	if !fault.Quiet(err) {
		fmt.Fprintf(a.err, "rasure: %s\n", message.In(a.lang, err))
		if h, ok := fault.HintOf(err); ok {
			a.note("hint: %s\n", h)
		}
	}
	return fault.Code(err)
}

func newRootCmd(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "rasure",
		Short: "Erase disks so that it can be proven",
		Long: `Rasure finds the disks attached to this workstation, overwrites them, reads every byte back, and
puts a signed certificate of it into a log that cannot be quietly rewritten.` + "\n" + exitHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return cmd.Help()
		},
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	state := os.Getenv("RASURE_STATE")
	if state == "" {
		state = defaultState
	}
	root.PersistentFlags().StringVar(&a.stateDir, "state", state, "state directory (or RASURE_STATE)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fault.Usage(err) })
	root.AddCommand(
		newListCmd(a), newShowCmd(a), newPlanCmd(a), newWipeCmd(a), newCheckCmd(a), newPrepareCmd(a), newVerifyCmd(a), newAuditCmd(a),
		newStationCmd(a), newCertCmd(a), newLogCmd(a), newMediumCmd(a), newSignCmd(a), newProgressHelp(),
	)
	markUsage(root)
	return root
}

// markUsage turns a wrong number of arguments into a usage error, which cobra itself does not tell from other errors.
func markUsage(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return fault.WithHint(fault.Usage(err), "usage: %s", cmd.UseLine())
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		markUsage(sub)
	}
}

// noArgs is cobra.NoArgs with a sentence that fits: there, an argument too many is an "unknown command".
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unexpected argument %q", args[0])
	}
	return nil
}

// jsonFlag adds --json to a command that shows something.
func (a *app) jsonFlag(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&a.json, "json", false, "print JSON; fields are added in later versions, never changed")
	return c
}

func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printf prints a message on stdout; note prints one on stderr.
func (a *app) printf(format string, args ...any) {
	fmt.Fprint(a.out, message.Of(format, args...).In(a.lang))
}

func (a *app) note(format string, args ...any) {
	fmt.Fprint(a.err, message.Of(format, args...).In(a.lang))
}
