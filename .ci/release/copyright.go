package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// copyright writes Debian's machine-readable file for a package with the programs: a paragraph for each module that is linked into one of
// them, with the licence in full, except that Debian has the text of Apache-2.0 already.
func copyright(out io.Writer, programs []string) error {
	modules := []linked{}
	for _, path := range programs {
		p, err := read(path)
		if err != nil {
			return err
		}
		for _, m := range p.Modules {
			if !slices.ContainsFunc(modules, func(o linked) bool { return o.Path == m.Path }) {
				modules = append(modules, m)
			}
		}
	}
	var b strings.Builder
	b.WriteString(`Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: rasure
Comment: The first paragraph is about rasure itself. Each of the others is about
 a Go module of which packages are linked into the programs; the pattern of its
 files is the path of the module.

Files: *
Copyright: the maintainers of rasure
License: Apache-2.0
`)
	b.WriteString(debian(apacheText))
	for _, m := range modules {
		text, holders := []string{}, []string{}
		for _, l := range m.Licences {
			text = append(text, strings.TrimSpace(l.Text))
			holders = append(holders, holdersOf(l.Text)...)
		}
		if len(holders) == 0 {
			holders = []string{"the authors of " + m.Path}
		}
		fmt.Fprintf(&b, "\nFiles: %s/*\nCopyright: %s\nLicense: %s\n", m.Path, strings.Join(holders, "\n "), strings.ReplaceAll(expression(m.Licences), " AND ", " and "))
		fmt.Fprintf(&b, "%sComment: version %s\n", debian(strings.Join(text, "\n\n")), m.Version)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

const apacheText = "The Apache License, version 2.0, is on Debian systems in\n/usr/share/common-licenses/Apache-2.0."

var (
	apache = regexp.MustCompile(`(?s)[ \t]*Apache License\s+Version 2\.0, January 2004.*?accepting any such warranty or additional liability\.(?:\s*END OF TERMS AND CONDITIONS)?`)
	holder = regexp.MustCompile(`(?mi)^[ \t]*(?:portions )?copyright (?:\(c\)|©)?[ \t]*(?:20|19)\d\d.*$`)
)

func holdersOf(text string) (all []string) {
	for _, line := range holder.FindAllString(text, -1) {
		all = append(all, strings.TrimSpace(line))
	}
	return all
}

// debian indents a text as a field goes on over lines, and puts a dot into those that are empty.
func debian(text string) string {
	var b strings.Builder
	for line := range strings.Lines(apache.ReplaceAllLiteralString(text, apacheText)) {
		if line = strings.TrimRight(line, " \t\r\n"); line == "" {
			line = "."
		}
		b.WriteString(" " + line + "\n")
	}
	return b.String()
}
