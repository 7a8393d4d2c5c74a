package cli

import (
	"os"
	"strings"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	_ "rasure/cmd/message/zh"
)

// ChooseLanguage looks for --lang before the flags are parsed, so that errors of the flags are in that language too. The language of the
// station's settings is "" if they do not say it.
func (c *Console) ChooseLanguage(args []string, settings message.Language) error {
	c.Lang, _ = message.FromEnvironment(os.Getenv, settings)
	tag, given := langOf(args)
	if !given {
		return nil
	}
	all, err := languagesOf(tag)
	if err != nil {
		return err
	}
	c.Lang = all[0]
	return nil
}

// Languages are those of a page: --lang can name several. Messages are in the first.
func (c *Console) Languages() []message.Language {
	if all, err := languagesOf(c.LangFlag); err == nil {
		return all
	}
	return []message.Language{c.Lang}
}

// languagesOf reads tags that are separated by commas.
func languagesOf(tags string) (all []message.Language, err error) {
	for tag := range strings.SplitSeq(tags, ",") {
		l, ok := message.Parse(tag)
		if !ok {
			return nil, fault.WithHint(fault.Usagef("--lang: rasure does not know the language %q", tag), "write --lang en or --lang zh; for a page in both, --lang zh,en")
		}
		all = append(all, l)
	}
	return all, nil
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
