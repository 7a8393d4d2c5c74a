package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/suggest"
	"rasure/cmd/message"
)

// FlagError makes a sentence of an error of package pflag.
func FlagError(c *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
		syntax  *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(c, unknown)
	case errors.As(err, &missing):
		err = message.Errorf("--%s needs a value", missing.GetFlag().Name)
	case errors.As(err, &invalid):
		err = message.Errorf("--%s: %q is not a valid value (%s)", invalid.GetFlag().Name, invalid.GetValue(), invalid.GetFlag().Value.Type())
	case errors.As(err, &syntax):
		err = message.Errorf("%q is not a flag", syntax.GetSpecifiedFlag())
	}
	return fault.WithHint(fault.Usage(err), "usage: %s", UseLine(c))
}

func unknownFlag(c *cobra.Command, e *pflag.NotExistError) error {
	name := "--" + e.GetSpecifiedName()
	if e.GetSpecifiedShortnames() != "" {
		name = "-" + e.GetSpecifiedShortnames()
	}
	err := fault.Usagef("unknown flag %s", name)
	if c.Name() == "wipe" && (name == "--yes" || name == "-y" || name == "--force" || name == "-f") {
		return fault.WithHint(err, "a disk is erased only after its serial number was given: type it, or use --confirm SERIAL")
	}
	known := []string{}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, "--"+f.Name)
		}
	})
	if near := suggest.Nearest(name, known); near != "" {
		return fault.WithHint(err, "did you mean %s?", near)
	}
	return fault.WithHint(err, "usage: %s", UseLine(c))
}

// MarkUsage makes usage errors of wrong arguments. An error that is not a message is one of cobra's own checks.
func MarkUsage(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if err == nil {
				return nil
			}
			var said message.Messenger
			if !errors.As(err, &said) {
				err = wrongNumber(cmd, args)
			}
			if _, hinted := fault.HintOf(err); hinted {
				return fault.Usage(err)
			}
			return fault.WithHint(fault.Usage(err), "usage: %s", UseLine(cmd))
		}
	}
	for _, sub := range c.Commands() {
		MarkUsage(sub)
	}
}

// wrongNumber says what is missing by the usage line of a command, "show DISK...", or how many arguments are too many.
func wrongNumber(c *cobra.Command, args []string) error {
	if _, place, ok := strings.Cut(c.Use, " "); ok && len(args) == 0 {
		place, _, _ = strings.Cut(place, " ")
		return message.Errorf("%s needs %s", strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" "), place)
	}
	return message.Errorf("wrong number of arguments: %d", len(args))
}

// NoArgs is for commands without arguments, and for those that only have subcommands.
func NoArgs(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case !c.HasSubCommands():
		return message.Errorf("unexpected argument %q", args[0])
	}
	c.SuggestionsMinimumDistance = 2
	err := message.Errorf("unknown command %q of %s", args[0], c.CommandPath())
	near := c.SuggestionsFor(args[0]) // by the first letters, too, and in no order of likeness
	names := []string{}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	if nearest := suggest.Nearest(args[0], names); nearest != "" {
		near = []string{nearest}
	}
	if len(near) > 0 {
		return fault.WithHint(err, "did you mean %s?", c.CommandPath()+" "+near[0])
	}
	return fault.WithHint(err, "%s --help lists the commands", c.CommandPath())
}

// UseLine is the command line of a command.
func UseLine(c *cobra.Command) string {
	return strings.TrimSuffix(c.UseLine(), " [flags]") + " [FLAG...]"
}

// HelpOnly is for commands that only have subcommands.
func HelpOnly(c *cobra.Command, _ []string) error { return c.Help() }
