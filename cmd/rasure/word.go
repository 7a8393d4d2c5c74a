package main

import (
	"bufio"
	"context"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/message"
	"rasure/devices"
)

// confirmWord asks for the word that confirms a disk, unless it was given, and refuses every other word. Nothing has been sent to the disk yet.
func (a *app) confirmWord(ctx context.Context, d devices.Disk, given string, question message.Text) error {
	word := job.Word(d)
	if given == "" {
		if !a.Interactive() {
			return fault.WithHint(fault.Usagef("there is no terminal to confirm on"), "name the disk: --confirm %s", quoted(word))
		}
		a.Note("%s", question)
		line, err := cli.ReadLine(ctx, bufio.NewReader(a.In))
		if err != nil {
			return err
		}
		given = line
	}
	if !job.SameWord(given, word) {
		return fault.Refusef("nothing was done: %q does not confirm %s", given, d.Name)
	}
	return nil
}
