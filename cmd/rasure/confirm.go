package main

import (
	"bufio"
	"context"
	"slices"
	"strings"
	"time"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/humanize"
	"rasure/cmd/internal/job"
	"rasure/devices"
)

// confirm demands the word of every disk, from the flags or from the terminal. Nothing has been written yet.
func (a *app) confirm(ctx context.Context, b *job.Batch, given []string) error {
	jobs := b.Jobs()
	if len(given) == 0 && !cli.IsTerminal(a.In) {
		words := []string{}
		for _, j := range jobs {
			words = append(words, "--confirm "+j.Word)
		}
		return fault.WithHint(fault.Usagef("there is no terminal to confirm on"), "name what is to be erased: %s", strings.Join(words, " "))
	}
	known := map[string]bool{}
	for _, j := range jobs {
		known[j.Word] = true
	}
	for _, word := range given {
		if !known[word] {
			return fault.WithHint(fault.Refusef("nothing was erased: %q is not the serial number of a disk that was named", word), "rasure list shows the serial numbers")
		}
	}
	lines := bufio.NewReader(a.In)
	for i, j := range jobs {
		name := devices.Printable(j.Disk.Name)
		if slices.Contains(given, j.Word) {
			a.printNotes(j)
			b.ConfirmedByFlag(i)
			continue
		}
		if len(given) > 0 {
			return fault.Refusef("nothing was erased: %s (serial number %s) was not confirmed", name, cli.Dash(j.Disk.Serial))
		}
		a.printSummary(j)
		if j.Disk.Serial != "" {
			a.Note("Type the serial number to erase it: ")
		} else {
			a.Note("Type its name to erase it: ")
		}
		asked := time.Now()
		typed, err := cli.ReadLine(ctx, lines)
		if err != nil {
			return err
		}
		if typed != j.Word {
			return fault.Refusef("nothing was erased: %q is not the serial number of %s", typed, name)
		}
		b.Confirmed(i, time.Since(asked))
	}
	return nil
}

func (a *app) printNotes(j job.Info) {
	for _, n := range j.Notes {
		a.Note("warning: %s\n", n)
	}
}

// printSummary shows what is about to be erased, and how.
func (a *app) printSummary(j job.Info) {
	what := devices.Printable(j.Disk.Model)
	if what == "" {
		what = string(j.Disk.Medium)
	}
	a.Note("%s: %s, %s, serial number %s\n", devices.Printable(j.Disk.Name), what, humanize.Exact(j.Disk.Size), cli.Dash(j.Disk.Serial))
	if j.Medium != nil {
		a.Note("  medium %s, classification %s\n", j.Medium.Number, j.Medium.Class)
	}
	a.Note("  EVERYTHING ON IT WILL BE DESTROYED: scheme %s, %d pass(es), read back: %s\n", j.Plan.Scheme.ID, len(j.Plan.Scheme.Passes), j.Plan.Verify)
	if m := j.Plan.Method; m != nil {
		if m.Estimate > 0 {
			a.Note("  the drive first erases itself: %s, about %s\n", m.ID, humanize.Duration(m.Estimate))
		} else {
			a.Note("  the drive first erases itself: %s\n", m.ID)
		}
		for _, o := range j.Others {
			a.Note("  EVERYTHING ON %s WILL BE DESTROYED WITH IT (%s)\n", devices.Printable(o.Name), humanize.Exact(o.Size))
		}
		for _, w := range j.Plan.Warnings {
			a.Note("  warning: %s\n", w)
		}
	}
	for _, n := range j.Notes {
		a.Note("  warning: %s\n", n)
	}
	switch r := j.Resumed; {
	case r == nil || len(r.Report.Passes) == 0 && r.Report.Firmware == nil:
	case len(r.Report.Passes) == 0:
		a.Note("  resuming while the drive erases itself\n")
	default:
		a.Note("  resuming pass %d at byte %d\n", len(r.Report.Passes), r.WrittenTo)
	}
}
