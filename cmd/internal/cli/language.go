package cli

import (
	"os"
	"strings"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// ChooseLanguage looks for --lang before the flags are parsed, so that errors of the flags are in that language too. The language of the
// station's settings is "" if they do not say it.
func (c *Console) ChooseLanguage(args []string, settings message.Language) error {
	c.Lang, _ = message.FromEnvironment(os.Getenv, settings)
	tag, given := langOf(args)
	if !given {
		return nil
	}
	l, ok := message.Parse(tag)
	if !ok {
		return fault.WithHint(fault.Usagef("--lang: rasure does not know the language %q", tag), "write --lang en or --lang zh")
	}
	c.Lang = l
	return nil
}

// langOf returns the value of the last --lang before "--".
func langOf(args []string) (tag string, given bool) {
	for i, arg := range args {
		switch {
		case arg == "--":
			return tag, given
		case arg == "--lang" && i+1 < len(args):
			tag, given = args[i+1], true
		case strings.HasPrefix(arg, "--lang="):
			tag, given = strings.TrimPrefix(arg, "--lang="), true
		}
	}
	return tag, given
}
