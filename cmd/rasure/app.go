package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
)

// app is what every command shares: where its output goes, in which language, and which machine it works on.
type app struct {
	in       io.Reader
	out, err io.Writer // printable text only, while a command runs
	exact    io.Writer // stdout, for bytes that must not be changed
	terminal io.Writer // stderr, for what moves the cursor
	host     func(keep ...string) *devices.Host

	stateDir  string
	json      bool
	lang      message.Language
	langFlag  string
	hangup    hangup
	impatient <-chan struct{}        // closed at the second Ctrl-C; nil in tests
	help      map[any][]message.Text // help of commands and usage of flags that is composed: *cobra.Command or *pflag.Flag
}

const defaultState = "/var/lib/rasure"

// run executes one command line and returns its exit code.
func (a *app) run(ctx context.Context, args []string) int {
	out := a.openOutput()
	err := a.chooseLanguage(args)
	if err == nil {
		err = startPoller()
	}
	if err == nil {
		root := newRootCmd(a)
		root.SetArgs(args)
		root.SetIn(a.in)
		root.SetOut(a.out)
		root.SetErr(a.err)
		err = root.ExecuteContext(ctx)
	}
	if !fault.Quiet(err) && (out.err == nil || !errors.Is(err, out.err)) {
		a.note("rasure: %v\n", err)
		if h, ok := fault.HintOf(err); ok {
			a.note("hint: %s\n", h)
		}
	}
	code := fault.Code(err)
	if out.err != nil {
		a.note("rasure: the output could not be written: %v\n", out.err)
		if code == fault.Done {
			code = fault.Failed
		}
	}
	return code
}

// chooseLanguage looks for --lang before the flags are parsed, so that errors of the flags are in that language too.
func (a *app) chooseLanguage(args []string) error {
	if a.lang = message.FromEnvironment(os.Getenv); a.lang == "" {
		a.lang = message.English
	}
	tag, given := langOf(args)
	if !given {
		return nil
	}
	l, ok := message.Parse(tag)
	if !ok {
		return fault.WithHint(fault.Usagef("--lang: rasure does not know the language %q", tag), "write --lang en or --lang zh")
	}
	a.lang = l
	return nil
}

func newRootCmd(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "rasure",
		Short: "Erase disks so that it can be proven",
		Long: `Rasure finds the disks attached to this workstation, overwrites them, reads every byte back, and
puts a signed certificate of it into a log that cannot be quietly rewritten.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              noArgs,
		RunE:              helpOnly,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	state := os.Getenv("RASURE_STATE")
	if state == "" {
		state = defaultState
	}
	root.PersistentFlags().StringVar(&a.stateDir, "state", state, "state directory (or RASURE_STATE)")
	root.PersistentFlags().StringVar(&a.langFlag, "lang", "", "language of messages: en or zh (default: RASURE_LANG, LC_ALL, LC_MESSAGES or LANG)")
	root.PersistentFlags().BoolP("help", "h", false, "show this help")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { a.printHelp(c) })
	root.SetHelpCommand(newHelpCmd())
	root.AddCommand(
		newListCmd(a), newShowCmd(a), newPlanCmd(a), newWipeCmd(a), newCheckCmd(a), newPrepareCmd(a), newVerifyCmd(a), newAuditCmd(a),
		newStationCmd(a), newCertCmd(a), newLogCmd(a), newMediumCmd(a), newSignCmd(a), newProgressHelp(),
	)
	markUsage(root)
	return root
}

// jsonFlag adds --json to a command that shows something.
func (a *app) jsonFlag(c *cobra.Command) *cobra.Command {
	c.Flags().BoolVar(&a.json, "json", false, "print JSON; fields are added in later versions, never changed")
	return c
}

// explainWith keeps composed help for a command or a flag.
func (a *app) explainWith(of any, paragraphs ...message.Text) {
	if a.help == nil {
		a.help = map[any][]message.Text{}
	}
	a.help[of] = paragraphs
}

// usageOf returns what help says about a flag.
func (a *app) usageOf(f *pflag.Flag) message.Text {
	if composed, ok := a.help[f]; ok {
		return composed[0]
	}
	return sentence(f.Usage)
}

// dropOutput has nothing more printed on stderr: its reader takes nothing.
func (a *app) dropOutput() { a.err = io.Discard }
