package main

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"rasure/cmd/internal/cli"
	"rasure/cmd/message"
)

var han = regexp.MustCompile(`\p{Han}`)

// TestHelpInChinese holds that all help has its Chinese: descriptions, their paragraphs and flags of every command. The sentences that
// commands print are held by .ci/check.
func TestHelpInChinese(t *testing.T) {
	a := &app{Console: cli.Console{Out: io.Discard, Err: io.Discard}}
	seen := map[string]bool{}
	look := func(what string, text message.Text) {
		en := text.In(message.English)
		if seen[en] || strings.HasPrefix(en, "```") { // examples of FORMAT.md
			return
		}
		seen[en] = true
		if !han.MatchString(text.In(message.Chinese)) {
			t.Errorf("%s: no Chinese: %q", what, en)
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
			for _, f := range a.Flags(set) {
				look(what+" --"+f.Name, f.Usage)
			}
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRootCmd(a))
	if len(seen) < 300 {
		t.Errorf("only %d sentences were seen", len(seen))
	}
}
