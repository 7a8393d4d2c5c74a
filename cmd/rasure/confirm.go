package main

import (
	"bufio"
	"context"
	"strings"
	"time"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/confirm"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/devices"
)

// ownBatch is a batch whose jobs this process owns.
type ownBatch struct {
	*job.Batch
	lang message.Language
}

func (b ownBatch) Disks() (all []jobs.Prepared) {
	for _, i := range b.Jobs() {
		all = append(all, jobs.PreparedOf(i, b.lang))
	}
	return all
}

// confirm demands the serial number of every disk that is to be erased, from the flags or from the terminal. The serial numbers in chosen
// were typed or scanned one by one already. Nothing has been written yet.
func (a *app) confirm(ctx context.Context, b confirm.Batch, given, chosen []string) error {
	disks := b.Disks()
	switch {
	case len(given) > 0:
		for _, d := range disks {
			a.printNotes("", d)
		}
		return confirm.ByFlags(ctx, b, given)
	case !a.Interactive():
		words := []string{}
		for _, d := range disks {
			words = append(words, "--confirm "+quoted(d.Word))
		}
		return fault.WithHint(fault.Usagef("there is no terminal to confirm on"), "name what is to be erased: %s", strings.Join(words, " "))
	}
	for _, d := range disks {
		a.printSummary(d)
	}
	p, err := confirm.NewPrompt(b)
	if len(chosen) > 0 {
		p, err = confirm.NewChosen(ctx, b, chosen)
	}
	if err != nil {
		return err
	}
	return a.ask(ctx, bufio.NewReader(a.In), p.Question, func(line string) (message.Text, bool, error) { return p.Answer(ctx, line) })
}

// ask asks on the terminal until the answer to a line is that no more has to be asked.
func (a *app) ask(ctx context.Context, lines *bufio.Reader, question func() message.Text, answer func(line string) (said message.Text, done bool, err error)) error {
	for {
		a.Note("%s", question())
		line, err := cli.ReadLine(ctx, lines)
		if err != nil {
			a.Note("\n") // the cursor is behind the question
			return err
		}
		said, done, err := answer(line)
		if err != nil {
			return err
		}
		if !said.IsZero() {
			a.Note("%s\n", said)
		}
		if done {
			return nil
		}
	}
}

// quoted is a word as a shell takes it: the name of a port has spaces.
func quoted(word string) string {
	if strings.ContainsAny(word, " '\"\\$`!*?[]{}()<>|&;#~\t") {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}

func (a *app) printNotes(indent string, d jobs.Prepared) {
	for _, n := range d.Notes {
		a.Note("%swarning: %s\n", indent, n)
	}
}

// printSummary shows what is about to be erased, and how.
func (a *app) printSummary(d jobs.Prepared) {
	what := cli.Word(d.Disk.Disk.Medium)
	if model := devices.Printable(d.Disk.Model); model != "" {
		what = message.Of("%s", model)
	}
	number := message.Of("serial number %s", view.SerialText(d.Disk.Disk))
	if d.Disk.IdentifiedBy() == devices.ByPort {
		number = view.SerialText(d.Disk.Disk)
	}
	a.Note("%s: %s, %s, %s\n", devices.Printable(d.Disk.Name), what, humanize.Exact(d.Disk.Size), number)
	if d.Refused != nil {
		a.Note("  IT IS NOT ERASED: %s\n", d.Refused.Text)
		if d.Refused.Hint != "" {
			a.Note("  hint: %s\n", d.Refused.Hint)
		}
		return
	}
	switch by := d.Disk.IdentifiedBy(); {
	case by == devices.ByPort:
		a.Note("  it has no serial number of its own: %s\n", view.DoubtText(d.Disk.Disk))
		if d.Disk.Bay != "" {
			a.Note("  look where it is plugged in, and type its port, %s, or its bay, %s\n", d.Word, d.Disk.Bay)
		} else {
			a.Note("  look where it is plugged in, and type its port, %s\n", d.Word)
		}
	case d.Disk.Serial == "":
		a.Note("  it has no serial number: type its name, %s\n", d.Word)
	case d.Word != d.Disk.Serial:
		a.Note("  of this serial number the last characters are enough: %s\n", d.Word)
	}
	a.printRegistered(d.Medium)
	a.Note("  EVERYTHING ON IT WILL BE DESTROYED: scheme %s, %d pass(es), read back: %s\n", d.Scheme, d.Passes, cli.Word(d.Verify))
	if d.Method != "" {
		a.Note("  the drive first erases itself: %s\n", d.Method)
	}
	if d.Minutes > 0 {
		a.Note("  this takes about %s\n", humanize.Duration(time.Duration(d.Minutes)*time.Minute))
	}
	for _, o := range d.Others {
		a.Note("  EVERYTHING ON %s WILL BE DESTROYED WITH IT\n", o)
	}
	if n := len(d.Disk.Namespaces); n > 0 {
		a.Note("  all %d namespaces of the drive are erased as one disk\n", n)
	}
	a.printNotes("  ", d)
	if d.Resumes > 0 {
		a.Note("  the job resumes at byte %d\n", d.Resumes)
	}
}

// printRegistered shows what the register says about the medium, beside the serial number that is to be compared with its label.
func (a *app) printRegistered(m *jobs.Entry) {
	if m == nil {
		return
	}
	a.Note("  medium %s, classification %s\n", m.Number, cli.Class(m.Class))
	if m.Custodian != "" {
		a.Note("  custodian %s\n", m.Custodian)
	}
	if m.Approved != "" {
		a.Note("  approved by %s\n", m.Approved)
	}
}
