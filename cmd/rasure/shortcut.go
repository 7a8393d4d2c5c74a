package main

import (
	"bufio"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"rasure/certify/audit"
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/draft"
	"rasure/cmd/internal/fault"
)

// shortcuts are what a command that drafts need not be given word by word.
type shortcuts struct {
	disk, allOf string
	scan        bool
}

func (s *shortcuts) AddFlags(c *cobra.Command, d *draft.Command) {
	switch d.Verb {
	case "register":
		c.Flags().StringVar(&s.disk, "disk", "", "attached disk from which serial number, model, type and size are taken")
	case "inventory":
		c.Flags().BoolVar(&s.scan, "scan", false, "read the numbers of what is there, one a line, up to an empty line: a bar-code scanner types them")
	case "handover", "transfer", "return", "approve":
		c.Flags().StringVar(&s.allOf, "all-of", "", "all media of this person")
	}
}

// fill gives the fields that follow from a disk, a person, or what is scanned.
func (s shortcuts) fill(ctx context.Context, a *app, state *audit.State, given *draft.Given) error {
	if state == nil && (s.disk != "" || s.allOf != "" || s.scan) {
		return fault.WithHint(fault.Refusef("--disk, --all-of and --scan need a log of version 2"), "rasure station upgrade begins version 2 in the log of this station")
	}
	switch {
	case s.disk != "":
		d, err := a.liveHost().Find(s.disk)
		if err != nil {
			return err
		}
		given.SetDisk(d)
	case s.allOf != "":
		return given.SetAllOf(state, s.allOf)
	case s.scan:
		numbers, err := a.scanned(ctx)
		if err != nil {
			return err
		}
		return given.SetScanned(state, numbers)
	}
	return nil
}

// scanned reads numbers, one a line, up to an empty line or the end.
func (a *app) scanned(ctx context.Context) (numbers []string, err error) {
	lines := bufio.NewReader(a.In)
	if a.Interactive() {
		a.Note("Scan the media; an empty line ends it.\n")
	}
	for {
		line, err := cli.ReadLine(ctx, lines)
		switch {
		case errors.Is(err, cli.ErrNothingTyped), err == nil && line == "":
			return numbers, nil
		case err != nil:
			return nil, err
		}
		numbers = append(numbers, line)
	}
}
