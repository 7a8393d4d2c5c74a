// Package clitest looks at commands for tests.
package clitest

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"rasure/cmd/internal/cli"
	"rasure/cmd/message"
)

var han = regexp.MustCompile(`\p{Han}`)

// InChinese holds that all help below a command has its Chinese: descriptions, their paragraphs and flags. The sentences that commands print are held
// by .ci/check. There are at least so many sentences.
func InChinese(t *testing.T, c *cli.Console, root *cobra.Command, least int) {
	t.Helper()
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
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Hidden {
			return
		}
		what := cmd.CommandPath()
		look(what, cli.Sentence(cmd.Short))
		paragraphs, _ := c.HelpParagraphs(cmd)
		for _, p := range paragraphs {
			look(what, p)
		}
		for _, set := range []*pflag.FlagSet{cmd.LocalFlags(), cmd.InheritedFlags()} {
			for _, f := range c.Flags(set) {
				look(what+" --"+f.Name, f.Usage)
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
	if len(seen) < least {
		t.Errorf("only %d sentences were seen", len(seen))
	}
}
