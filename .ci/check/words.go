package main

import (
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// oldWords are turns that the project's early texts had and that a newcomer had to learn first. What to write instead stands behind each.
var oldWords = []struct{ pattern, instead string }{
	{`\b(told|tells)\b`, "say, report, print"},
	{`\b(stands?|stood|standing) against\b`, "forbid, refuse, prevent"},
	{`\b(go|goes|going|gone|went) on (with|from|as|by)\b`, "continue, resume"},
	{`\banew\b`, "again"},
	{`\b(bears?|bore|borne)\b`, "have, carry"},
	{`\b(is|are|was|were) to be had\b|\bto be had\b`, "available"},
	{`\b(made|make|makes|making) out\b`, "parse, determine"},
	{`\bby another way\b`, "independently"},
	{`\bbut for\b`, "except"},
	{`\bthat very\b|\bthis very\b`, "the same, just"},
	{`\bwhat we chose\b`, "chosen: say by what"},
	{`\b(spoilt|spoils?)\b`, "corrupt, damage"},
	{`\bwhoever\b`, "name the person"},
	{`\bby itself alone\b|\bfor itself alone\b`, "exclusively"},
	{`\bcellar\b|\bthe house\b|\bfloors?\b`, "layer"},
	{`\bhis or her\b|\bhimself\b|\bhe (does|says|signs|has|is)\b`, "they, the technician"},
}

var oldWord = func() []*regexp.Regexp {
	all := []*regexp.Regexp{}
	for _, w := range oldWords {
		all = append(all, regexp.MustCompile(`(?i)`+w.pattern))
	}
	return all
}()

// words looks at what people read: comments and strings of Go files, documents, and the scripts of .ci.
func words(root fs.FS) (problems []string, err error) {
	look := func(name string, line int, text string) {
		for i, w := range oldWord {
			for _, at := range w.FindAllStringIndex(text, -1) {
				problems = append(problems, fmt.Sprintf("%s:%d: %q: write %s", name, line+strings.Count(text[:at[0]], "\n"), text[at[0]:at[1]], oldWords[i].instead))
			}
		}
	}
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata"), name == ".ci/check/words.go", name == ".ci/check/words_test.go":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		ext := path.Ext(name)
		script := strings.HasPrefix(name, ".ci/") && ext == ""
		if ext != ".go" && ext != ".md" && !script && name != "Makefile" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		if ext != ".go" {
			look(name, 1, string(text))
			return nil
		}
		files := token.NewFileSet()
		file := files.AddFile(name, -1, len(text))
		var s scanner.Scanner
		s.Init(file, text, nil, scanner.ScanComments)
		for {
			pos, tok, lit := s.Scan()
			if tok == token.EOF {
				return nil
			}
			if tok == token.COMMENT || tok == token.STRING {
				look(name, files.Position(pos).Line, lit)
			}
		}
	})
	return problems, err
}
