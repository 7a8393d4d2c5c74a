package main

import (
	"context"
	_ "embed"

	"github.com/spf13/cobra"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/progress"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

func showFlag(c *cobra.Command, mode *string) {
	c.Flags().StringVar(mode, "progress", string(progress.Auto), "progress display on stderr: auto, table, lines, json (one event a line: rasure help progress) or none")
}

func checkShow(mode string) error {
	for _, m := range progress.Modes {
		if mode == string(m) || mode == "" {
			return nil
		}
	}
	return fault.Usagef("--progress: %q is not one of auto, table, lines, json, none", mode)
}

// newProgress shows jobs on stderr; the verdict is [progress.Verdict] or [progress.Comparison].
func (a *app) newProgress(h *devices.Host, mode string, verdict func(wipe.Outcome) message.Text) *progress.Display {
	// The display asks in a goroutine that nobody waits for, so that a drive that hangs holds nobody up.
	temperature := func(d devices.Disk) (devices.Temperature, bool) { return h.Temperature(context.Background(), d) }
	return progress.New(progress.Options{Out: a.Terminal, Mode: progress.Mode(mode), Lang: a.Lang, Temperature: temperature, Verdict: verdict})
}

//go:embed FORMAT.md
var eventFormat string

// newProgressHelp is a help topic, not a command.
func newProgressHelp() *cobra.Command {
	return &cobra.Command{Use: "progress", Short: "The events of --progress json", Long: eventFormat}
}
