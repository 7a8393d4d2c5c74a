package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
)

// exitHelp ended the help of every command, before help was printed by [app.printHelp].
const exitHelp = ""

const exitStatus = `Exit status:
  0 done and verified   1 failed   2 usage   3 done with exceptions
  4 refused (hazard or rule)   5 does not verify   6 interrupted, can be resumed`

// newHelpCmd is "rasure help COMMAND...".
func newHelpCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND...]",
		Short: "Show the help of a command",
		RunE: func(c *cobra.Command, args []string) error {
			cmd, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return fault.WithHint(fault.Usagef("there is no help about %q", strings.Join(args, " ")), "rasure --help lists the commands")
			}
			return cmd.Help()
		},
	}
}

// sentence is a text of ours that was written as a plain string: a percent sign in it is only that.
func sentence(text string) message.Text {
	return message.Text{Format: strings.ReplaceAll(text, "%", "%%")}
}

// helpParagraphs returns the description of a command, a message for each paragraph, and its examples, which are command lines and the
// same in every language.
func (a *app) helpParagraphs(c *cobra.Command) (paragraphs []message.Text, examples []string) {
	examples = strings.FieldsFunc(c.Example, func(r rune) bool { return r == '\n' })
	if composed, ok := a.help[c]; ok {
		return composed, examples
	}
	long := c.Long
	if long == "" {
		long = c.Short + "."
	}
	for _, p := range strings.Split(strings.TrimSpace(long), "\n\n") {
		text := []string{}
		for _, line := range strings.Split(p, "\n") {
			if example, ok := strings.CutPrefix(line, "Example: "); ok || len(examples) > 0 && len(text) == 0 && c.Example == "" && strings.HasPrefix(line, "  ") {
				examples = append(examples, example)
			} else {
				text = append(text, line)
			}
		}
		if len(text) > 0 {
			paragraphs = append(paragraphs, sentence(strings.Join(text, "\n")))
		}
	}
	return paragraphs, examples
}

// printHelp prints everything about a command, on stdout.
func (a *app) printHelp(c *cobra.Command) {
	say := func(text message.Text) { io.WriteString(a.out, text.In(a.lang)+"\n") }
	paragraphs, examples := a.helpParagraphs(c)
	for _, p := range paragraphs {
		say(p)
		io.WriteString(a.out, "\n")
	}
	if !c.Runnable() {
		return
	}
	say(message.Of("Usage:"))
	fmt.Fprintf(a.out, "  %s\n", useLine(c))
	if len(examples) > 0 {
		say(message.Of("\nExamples:"))
		for _, e := range examples {
			fmt.Fprintf(a.out, "  %s\n", e)
		}
	}
	a.printCommands(c)
	a.printFlags(message.Of("\nFlags:"), c.LocalFlags())
	a.printFlags(message.Of("\nFlags of every command:"), c.InheritedFlags())
	say(message.Of("\n" + exitStatus))
}

func (a *app) printCommands(c *cobra.Command) {
	rows := [][]string{}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
			rows = append(rows, []string{"  " + sub.Name(), sentence(sub.Short).In(a.lang)})
		}
	}
	if len(rows) == 0 {
		return
	}
	a.printf("\nCommands:\n")
	for _, line := range table.Lines(rows) {
		fmt.Fprintln(a.out, line)
	}
}

func (a *app) printFlags(title message.Text, flags *pflag.FlagSet) {
	rows := [][]string{}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name := "      --" + f.Name
		if f.Shorthand != "" {
			name = "  -" + f.Shorthand + ", --" + f.Name
		}
		if f.Value.Type() != "bool" {
			name += " " + strings.ToUpper(strings.TrimSuffix(f.Value.Type(), "Array"))
		}
		usage := a.usageOf(f)
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
			usage = message.Of("%s (default %s)", usage, f.DefValue)
		}
		rows = append(rows, []string{name, usage.In(a.lang)})
	})
	if len(rows) == 0 {
		return
	}
	io.WriteString(a.out, title.In(a.lang)+"\n")
	for _, line := range table.Lines(rows) {
		fmt.Fprintln(a.out, line)
	}
}
