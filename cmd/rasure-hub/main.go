// Rasure-hub keeps verified copies of the logs of many stations, cosigns them, and finds certificates in them. It holds no key of a station and
// needs no privileges. See the section "Fleet" of README.md.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// app is a run of the command.
type app struct{ cli.Console }

func main() {
	if os.Getenv("GOGC") == "" { // what judges a log is in memory while it is received: half as much again for the collector, not as much again, for a tenth more time
		debug.SetGCPercent(50)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{cli.Console{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}}
	os.Exit(a.run(ctx, os.Args[1:]))
}

func (a *app) run(ctx context.Context, args []string) int {
	out := a.Open()
	err := a.ChooseLanguage(args, message.Language(""))
	if err == nil {
		root := newRoot(a)
		root.SetArgs(args)
		err = root.ExecuteContext(ctx)
	}
	if err == nil {
		err = out.Err()
	}
	if err != nil && !fault.Quiet(err) {
		a.Note("rasure-hub: %v\n", err)
		if h, ok := fault.HintOf(err); ok {
			a.Note("hint: %s\n", h)
		}
	}
	if errors.Is(err, context.Canceled) {
		return fault.Interrupted
	}
	return fault.Code(err)
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "rasure-hub",
		Short: "Keep copies of the logs of many stations, cosign them, and find certificates",
		Long: `Keep verified copies of the logs of many stations, cosign them, and find certificates in them.

A station writes what is new with rasure log submit. A stick (ingest) or a network (push, serve) carries it here. The answer
goes back the same way, and rasure log receive keeps it.`,
		Args: cli.NoArgs, RunE: cli.HelpOnly, SilenceErrors: true, SilenceUsage: true, CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.PersistentFlags().BoolP("help", "h", false, "show this help")
	root.PersistentFlags().StringVar(&a.LangFlag, "lang", "", "language of messages: en or zh (default: LC_ALL, LC_MESSAGES, LANG)")
	root.AddCommand(newInitCmd(a), newKeyCmd(a), newServeCmd(a), newPushCmd(a), newIngestCmd(a), newRepairCmd(a), newFindCmd(a), newAuditCmd(a), newStatusCmd(a), newManCmd(a))
	root.SetHelpCommand(cli.NewHelpCmd())
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { a.PrintHelp(c) })
	root.SetFlagErrorFunc(cli.FlagError)
	cli.MarkUsage(root)
	return root
}
