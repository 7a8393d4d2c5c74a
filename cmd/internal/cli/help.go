package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// ExitStatus is what the exit statuses mean, under a title.
const ExitStatus = `Exit status:
  0 done and verified   1 failed   2 usage   3 done with exceptions
  4 refused (hazard or rule)   5 does not verify   6 interrupted, can be resumed`

// NewHelpCmd is "rasure help COMMAND...".
func NewHelpCmd() *cobra.Command {
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

// HelpParagraphs returns the description of a command, a message for each paragraph, and its examples, which are command lines and the
// same in every language.
func (c *Console) HelpParagraphs(cmd *cobra.Command) (paragraphs []message.Text, examples []string) {
	examples = strings.FieldsFunc(cmd.Example, func(r rune) bool { return r == '\n' })
	if composed, ok := c.help[cmd]; ok {
		return composed, examples
	}
	long := cmd.Long
	if long == "" {
		long = cmd.Short + "."
	}
	for _, p := range strings.Split(strings.TrimSpace(long), "\n\n") {
		text := []string{}
		for _, line := range strings.Split(p, "\n") {
			if example, ok := strings.CutPrefix(line, "Example: "); ok || len(examples) > 0 && len(text) == 0 && cmd.Example == "" && strings.HasPrefix(line, "  ") {
				examples = append(examples, example)
			} else {
				text = append(text, line)
			}
		}
		if title, ok := strings.CutPrefix(p, "# "); ok {
			paragraphs = append(paragraphs, message.Of("# %s", Sentence(title)))
		} else if len(text) > 0 {
			paragraphs = append(paragraphs, Sentence(strings.Join(text, "\n")))
		}
	}
	return paragraphs, examples
}

// PrintHelp prints everything about a command, on stdout.
func (c *Console) PrintHelp(cmd *cobra.Command) {
	say := func(text message.Text) { io.WriteString(c.Out, text.In(c.Lang)+"\n") }
	paragraphs, examples := c.HelpParagraphs(cmd)
	for _, p := range paragraphs {
		say(p)
		io.WriteString(c.Out, "\n")
	}
	if !cmd.Runnable() {
		return
	}
	say(message.Of("Usage:"))
	fmt.Fprintf(c.Out, "  %s\n", UseLine(cmd))
	if len(examples) > 0 {
		say(message.Of("\nExamples:"))
		for _, e := range examples {
			fmt.Fprintf(c.Out, "  %s\n", e)
		}
	}
	c.printCommands(cmd)
	c.printFlags(message.Of("\nFlags:"), cmd.LocalFlags())
	c.printFlags(message.Of("\nFlags of every command:"), cmd.InheritedFlags())
	say(message.Of("\n" + ExitStatus))
}

func (c *Console) printCommands(cmd *cobra.Command) {
	rows := [][]string{}
	for _, sub := range Subcommands(cmd) {
		rows = append(rows, []string{"  " + sub.Name(), Sentence(sub.Short).In(c.Lang)})
	}
	if len(rows) == 0 {
		return
	}
	c.Printf("\nCommands:\n")
	c.Table(rows)
}

// Subcommands are those that help names.
func Subcommands(cmd *cobra.Command) (shown []*cobra.Command) {
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
			shown = append(shown, sub)
		}
	}
	return shown
}

func (c *Console) printFlags(title message.Text, flags *pflag.FlagSet) {
	rows := [][]string{}
	for _, f := range c.Flags(flags) {
		name := "      --" + f.Name
		if f.Short != "" {
			name = "  -" + f.Short + ", --" + f.Name
		}
		if f.Value != "" {
			name += " " + f.Value
		}
		rows = append(rows, []string{name, f.Usage.In(c.Lang)})
	}
	if len(rows) == 0 {
		return
	}
	io.WriteString(c.Out, title.In(c.Lang)+"\n")
	c.Table(rows)
}

// Flag is what help says about a flag.
type Flag struct {
	Name, Short string // without dashes; Short is "" if it has none
	Value       string // the kind of its value, in capitals; "" if it takes none
	Usage       message.Text
}

// Flags are those of a set that help names.
func (c *Console) Flags(set *pflag.FlagSet) (shown []Flag) {
	set.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		flag := Flag{Name: f.Name, Short: f.Shorthand, Usage: c.UsageOf(f)}
		if f.Value.Type() != "bool" {
			flag.Value = strings.ToUpper(strings.TrimSuffix(f.Value.Type(), "Array"))
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
			flag.Usage = message.Of("%s (default %s)", flag.Usage, f.DefValue)
		}
		shown = append(shown, flag)
	})
	return shown
}

// JSONFlag adds --json to a command that shows something.
func (c *Console) JSONFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&c.JSON, "json", false, "print JSON; fields are added in later versions, never changed")
	return cmd
}

// ExplainWith keeps composed help for a command or a flag.
func (c *Console) ExplainWith(of any, paragraphs ...message.Text) {
	if c.help == nil {
		c.help = map[any][]message.Text{}
	}
	c.help[of] = paragraphs
}

// UsageOf returns what help says about a flag.
func (c *Console) UsageOf(f *pflag.Flag) message.Text {
	if composed, ok := c.help[f]; ok {
		return composed[0]
	}
	return Sentence(f.Usage)
}
