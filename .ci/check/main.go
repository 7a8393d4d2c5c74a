// Check holds what is agreed about the source and no compiler knows: the layers, the top level, the length of files, the words, that the
// kernel discards and zeroes nothing, that the patches of the guards fit, that every sentence has its Chinese, and that both READMEs have the
// same parts. It prints a line for each rule that is broken and exits
// with 1. It is not a test, because a folder of somebody's editor must not fail tests.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

var checks = []func(fs.FS) ([]string, error){layersOf, sizes, topLevel, discards, words, guards, chinese, readmes}

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	problems := []string{}
	for _, check := range checks {
		found, err := check(os.DirFS(filepath.Clean(root)))
		if err != nil {
			fmt.Fprintln(os.Stderr, "check:", err)
			os.Exit(2)
		}
		problems = append(problems, found...)
	}
	slices.Sort(problems)
	for _, p := range problems {
		fmt.Println(p)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
}

// maxLines is the length of a Go file that nobody wants to read on.
const maxLines = 400

func sizes(root fs.FS) (problems []string, err error) {
	err = walk(root, func(name string, text []byte) error {
		if n := strings.Count(string(text), "\n"); n > maxLines {
			problems = append(problems, fmt.Sprintf("%s has %d lines, more than %d", name, n, maxLines))
		}
		return nil
	})
	return problems, err
}

var agreedTopLevel = []string{"cmd", "wipe", "devices", "certify", "logs", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE", "CHANGELOG.md"}

// topLevel ignores hidden names and what make builds.
func topLevel(root fs.FS) (problems []string, err error) {
	entries, err := fs.ReadDir(root, ".")
	for _, e := range entries {
		if name := e.Name(); !slices.Contains(agreedTopLevel, name) && !strings.HasPrefix(name, ".") && name != "rasure" && name != "dist" {
			problems = append(problems, name+" is not part of the agreed top level")
		}
	}
	return problems, err
}

// walk calls visit with every Go file of the module and its text, those of .ci too.
func walk(root fs.FS, visit func(name string, text []byte) error) error {
	return fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && name != ".ci" && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return visit(name, text)
	})
}
