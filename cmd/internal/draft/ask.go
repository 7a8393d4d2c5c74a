package draft

import (
	"bufio"
	"context"
	"errors"
	"slices"
	"strings"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// Given is what a command line gives for a draft.
type Given struct {
	From      string               // file with a JSON object; what else is given takes precedence
	Arguments []string             // numbers of media, or a file
	Fields    map[string]*[]string // by flag
	Signers   []string
	Here      []string // ROLE=NAME of those who sign at once
}

// Fill takes the fields that are given, asks on a terminal for those that are missing, and returns the text to be signed. What was typed wrongly is
// asked for again, and nothing that was typed before is lost.
func (c *Command) Fill(ctx context.Context, console *cli.Console, d Draft, given Given) (string, error) {
	if err := c.take(d, given); err != nil {
		return "", err
	}
	d.SetHere(given.Here)
	lines := bufio.NewReader(console.In)
	if err := c.askMissing(ctx, console, lines, d); err != nil {
		return "", err
	}
	if len(given.Signers) > 0 || !d.HasSigners() {
		if err := d.SetSigners(given.Signers); err != nil {
			return "", fault.Usagef("--signer %w", err)
		}
		if !d.HasSigners() {
			if err := askSigners(ctx, console, lines, d); err != nil {
				return "", err
			}
		}
	}
	for {
		text, err := d.Text()
		if err == nil {
			return text, nil
		}
		if !console.Interactive() {
			return "", c.withFlags(fault.Usage(err))
		}
		if err := c.askAgain(ctx, console, lines, d, err); err != nil {
			return "", err
		}
	}
}

// askMissing asks for what is missing. An answer can make another field necessary: a classified medium needs a limit.
func (c *Command) askMissing(ctx context.Context, console *cli.Console, lines *bufio.Reader, d Draft) error {
	for {
		missing := d.Missing()
		if len(missing) == 0 {
			return nil
		}
		if err := c.askField(ctx, console, lines, d, missing[0]); err != nil {
			return err
		}
	}
}

// askAgain reports why the fields together are no statement, and asks which one is to be typed again.
func (c *Command) askAgain(ctx context.Context, console *cli.Console, lines *bufio.Reader, d Draft, why error) error {
	console.Note("%v\n", why)
	console.Note("Field to type again (Enter to give up): ")
	flag, err := cli.ReadLine(ctx, lines)
	if err != nil {
		return notDrafted(err)
	}
	if flag == "" {
		return fault.Usage(why)
	}
	if flag = strings.TrimPrefix(flag, "--"); !slices.ContainsFunc(c.Flags(), func(f Flag) bool { return f.Name == flag }) && flag != Numbers {
		console.Note("there is no field %s\n", flag)
		return nil // the text is as it was: the question comes again
	}
	return c.askField(ctx, console, lines, d, flag)
}

// withFlags adds to an error about fields the flags that give them: statements name a field limit_years, and the command line --limit-years.
func (c *Command) withFlags(err error) error {
	named := []string{}
	for _, f := range c.Flags() {
		if field := strings.ReplaceAll(f.Name, "-", "_"); field != f.Name && strings.Contains(err.Error(), field) {
			named = append(named, "--"+f.Name)
		}
	}
	if len(named) == 0 {
		return err
	}
	return fault.WithHint(err, "the flags are %s", strings.Join(named, ", "))
}

// take takes the fields from the file, the arguments and the flags, in this order.
func (c *Command) take(d Draft, given Given) error {
	if given.From != "" {
		file, err := cli.ReadFile(given.From)
		if err != nil {
			return err
		}
		if err := d.Merge(file); err != nil {
			return fault.Usagef("%s: %w", given.From, err)
		}
	}
	if len(given.Arguments) > 0 {
		if err := d.Set(Numbers, given.Arguments); err != nil {
			return err
		}
	}
	for _, f := range c.Flags() {
		if values := given.Fields[f.Name]; values != nil && len(*values) > 0 {
			if err := d.Set(f.Name, *values); err != nil {
				return fault.Usagef("--%s: %w", f.Name, err)
			}
		}
	}
	return nil
}

// askField asks for a field on a terminal; where there is none, it is a mistake of the command line.
func (c *Command) askField(ctx context.Context, console *cli.Console, lines *bufio.Reader, d Draft, flag string) error {
	if !console.Interactive() {
		missing := fault.Usagef("--%s is missing", flag)
		switch {
		case flag == Numbers && c.Arguments() == "FILE":
			missing = fault.Usagef("the file is missing")
		case flag == Numbers:
			missing = fault.Usagef("the number of the medium is missing")
		}
		return fault.WithHint(missing, "rasure %s %s --help lists the fields", c.Noun, c.Verb)
	}
	for {
		console.Note("%s, %s: ", flag, d.Prompt(flag))
		typed, err := cli.ReadLine(ctx, lines)
		if err != nil {
			return notDrafted(err)
		}
		if err = d.SetTyped(flag, typed); err == nil {
			return nil
		}
		console.Note("%s: %v\n", flag, err)
	}
}

// askSigners asks on a terminal who must sign.
func askSigners(ctx context.Context, console *cli.Console, lines *bufio.Reader, d Draft) error {
	if !console.Interactive() {
		return fault.WithHint(fault.Usagef("--signer is missing: name who must sign"), "--signer %s=NAME", d.Signs()[0].Role)
	}
	for _, r := range d.Signs() {
		console.Note("who signs as %s (at least %d; names separated by spaces): ", r.Role, r.Least)
		typed, err := cli.ReadLine(ctx, lines)
		if err != nil && r.Least > 0 {
			return notDrafted(err)
		}
		d.AddSigners(r.Role, typed)
	}
	return nil
}

func notDrafted(err error) error {
	if errors.Is(err, fault.ErrInterrupted) {
		return message.Errorf("%w: nothing was drafted", fault.ErrInterrupted)
	}
	return message.Errorf("nothing was typed: nothing was drafted")
}
