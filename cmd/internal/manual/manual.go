// Package manual writes the man pages of a command and of all its subcommands, from the texts that --help prints.
package manual

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"rasure/cmd/internal/cli"
	"rasure/cmd/message"
)

// Section is the section of the manual: commands that every user may call, since auditors are not root.
const Section = "1"

// Page is the manual of one command in one language.
type Page struct {
	Name string // rasure-medium-register.1
	Text []byte // roff for man(7), UTF-8
}

// Source is what pages are made of.
type Source struct {
	Console *cli.Console // has the help of the commands, and the language
	Version string
	Date    time.Time // printed at the foot, as a day in UTC
}

// Pages returns a page for a command, and then for each subcommand that its help names.
func (s Source) Pages(c *cobra.Command) []Page {
	pages := []Page{{name(c) + "." + Section, s.page(c)}}
	for _, sub := range cli.Subcommands(c) {
		pages = append(pages, s.Pages(sub)...)
	}
	return pages
}

// name is that of the page of a command: rasure-medium-register.
func name(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

func (s Source) page(c *cobra.Command) []byte {
	say := func(t message.Text) string { return t.In(s.Console.Lang) }
	var w roff
	w.comment("-*- coding: utf-8 -*-")
	w.title(strings.ToUpper(name(c)), Section, s.Date.UTC().Format(time.DateOnly), c.Root().Name()+" "+s.Version)
	w.section(say(message.Of("NAME")))
	w.line(escape(name(c)) + ` \- ` + escape(strings.TrimRight(say(cli.Sentence(c.Short)), ".。")))
	if c.Runnable() {
		w.section(say(message.Of("SYNOPSIS")))
		w.line(bold(strings.TrimSuffix(cli.UseLine(c), " [FLAG...]")) + " [" + say(message.Of("FLAG")) + "...]")
	}
	w.section(say(message.Of("DESCRIPTION")))
	paragraphs, examples := s.Console.HelpParagraphs(c)
	s.describe(&w, paragraphs)
	if subs := cli.Subcommands(c); len(subs) > 0 {
		w.section(say(message.Of("COMMANDS")))
		for _, sub := range subs {
			w.item(reference(sub), say(cli.Sentence(sub.Short)))
		}
	}
	s.flags(&w, message.Of("OPTIONS"), c.LocalFlags())
	s.flags(&w, message.Of("OPTIONS OF EVERY COMMAND"), c.InheritedFlags())
	if len(examples) > 0 {
		w.section(say(message.Of("EXAMPLES")))
		for _, e := range examples {
			w.literal(fold(e))
		}
	}
	if c.Runnable() {
		w.section(say(message.Of("EXIT STATUS")))
		_, codes, _ := strings.Cut(say(message.Of(cli.ExitStatus)), "\n")
		for _, code := range strings.FieldsFunc(codes, func(r rune) bool { return r == '\n' }) {
			for each := range strings.SplitSeq(strings.TrimSpace(code), "   ") {
				number, meaning, _ := strings.Cut(each, " ")
				w.item(bold(number), meaning)
			}
		}
	}
	if also := related(c); len(also) > 0 {
		w.section(say(message.Of("SEE ALSO")))
		w.line(strings.Join(also, ",\n"))
	}
	return w.bytes()
}

// describe writes paragraphs. What is laid out in columns, or between fences, keeps its lines; a list of words and what they mean is one of
// items.
func (s Source) describe(w *roff, paragraphs []message.Text) {
	fenced, begun := false, true // behind a title there is a new paragraph already, and before an item none is needed
	for _, p := range paragraphs {
		lines := strings.Split(p.In(s.Console.Lang), "\n")
		if title, ok := strings.CutPrefix(lines[0], "# "); ok && !fenced {
			w.subsection(strings.ReplaceAll(title, "`", ""))
			begun = true
			continue
		}
		for len(lines) > 0 {
			var run []string
			kept := false
			run, lines, kept = cut(lines, &fenced)
			rows := columns(run)
			if !begun && rows == nil {
				w.paragraph()
			}
			begun = false
			switch {
			case rows != nil:
				for _, r := range rows {
					w.item(bold(r[1]), r[2])
				}
			case kept:
				w.literal(run)
			default:
				w.line(fill(run))
			}
		}
	}
}

// cut takes as many lines from the front as are all laid out, or all running text. Fences are dropped.
func cut(lines []string, fenced *bool) (run, rest []string, kept bool) {
	for i, l := range lines {
		fence := strings.HasPrefix(l, "```")
		keep := *fenced || fence || strings.HasPrefix(l, "|") || strings.Contains(strings.TrimRight(l, " "), "  ")
		if i == 0 {
			kept = keep
		}
		if keep != kept {
			return run, lines[i:], kept
		}
		if fence {
			*fenced = !*fenced
		} else {
			run = append(run, l)
		}
	}
	return run, nil, kept
}

var column = regexp.MustCompile(`^(\S+)  +(\S.*)$`)

// columns splits lines of a word and its explanation; nil if a line is of another form.
func columns(lines []string) (rows [][]string) {
	for _, l := range lines {
		row := column.FindStringSubmatch(l)
		if row == nil {
			return nil
		}
		rows = append(rows, row)
	}
	return rows
}

func (s Source) flags(w *roff, title message.Text, set *pflag.FlagSet) {
	flags := s.Console.Flags(set)
	if len(flags) == 0 {
		return
	}
	w.section(title.In(s.Console.Lang))
	for _, f := range flags {
		term := bold("--" + f.Name)
		if f.Short != "" {
			term = bold("-"+f.Short) + ", " + term
		}
		if f.Value != "" {
			term += " " + italic(f.Value)
		}
		w.item(term, f.Usage.In(s.Console.Lang))
	}
}

// related are the pages above and beside that of a command; those below are among its commands.
func related(c *cobra.Command) (also []string) {
	for up := c.Parent(); up != nil; up = up.Parent() {
		also = append(also, reference(up))
	}
	slices.Reverse(also)
	if c.HasParent() {
		for _, sister := range cli.Subcommands(c.Parent()) {
			if sister != c && c.Parent().HasParent() {
				also = append(also, reference(sister))
			}
		}
	}
	return also
}

func reference(c *cobra.Command) string { return bold(name(c)) + "(" + Section + ")" }
