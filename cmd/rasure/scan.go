package main

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"

	"rasure/cmd/internal/confirm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/station"
)

// chooseDisks asks for the serial numbers of the disks to erase, where the command line names none.
func (a *app) chooseDisks(ctx context.Context, o wipeOptions) ([]string, error) {
	switch {
	case len(o.confirm) > 0 || len(o.medium) > 0:
		return nil, fault.Usagef("--confirm and --medium belong to disks on the command line: name them")
	case !a.Interactive():
		return nil, fault.WithHint(fault.Usagef("no disk is named, and there is no terminal to ask on"), "usage: rasure wipe DISK...")
	}
	if _, err := os.Stat(a.statePath(station.StateFile)); errors.Is(err, fs.ErrNotExist) { // before somebody scans a hundred disks
		return nil, station.None(a.stateDir)
	}
	a.Note("Scan or type the serial numbers of the disks to erase. An empty line ends the list.\n")
	c, lines := confirm.NewChoice(a.liveHost()), bufio.NewReader(a.In)
	err := a.ask(ctx, lines, c.Question, c.Answer)
	return c.Words, err
}
