package main

import (
	"io"
	"regexp"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"rasure/cmd/internal/cli"
	"rasure/cmd/message"
)

var han = regexp.MustCompile(`\p{Han}`)

// TestHelpInChinese holds that everything that help says has its Chinese.
func TestHelpInChinese(t *testing.T) {
	a := &app{cli.Console{Out: io.Discard, Err: io.Discard}}
	look := func(what string, text message.Text) {
		if !han.MatchString(text.In(message.Chinese)) {
			t.Errorf("%s: no Chinese: %q", what, text.In(message.English))
		}
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden {
			return
		}
		what := c.CommandPath()
		look(what, cli.Sentence(c.Short))
		paragraphs, _ := a.HelpParagraphs(c)
		for _, p := range paragraphs {
			look(what, p)
		}
		for _, set := range []*pflag.FlagSet{c.LocalFlags(), c.InheritedFlags()} {
			set.VisitAll(func(f *pflag.Flag) { look(what+" --"+f.Name, a.UsageOf(f)) })
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(a))
}
