package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

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
	code := exitCode(err)
	var finished outcomeError
	var printed told
	if err == nil || errors.As(err, &finished) || errors.As(err, &printed) {
		return code
	}
	fmt.Fprintf(a.err, "rasure: %v\n", err)
	var h hint
	if errors.As(err, &h) {
		fmt.Fprintf(a.err, "hint: %s\n", h.text)
	}
	return code
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
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
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
				return withHint(usageError{err}, "usage: %s", cmd.UseLine())
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

func (a *app) printf(format string, args ...any) { fmt.Fprintf(a.out, format, args...) }
func (a *app) note(format string, args ...any)   { fmt.Fprintf(a.err, format, args...) }
