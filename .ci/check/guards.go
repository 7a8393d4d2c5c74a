package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// guards reports the patches of .ci/lab/guards.d that no longer fit the file that they break. A change that moves a guard moves its patch too. To run
// all guards takes too long for every change, and four patches had gone stale before that was noticed.
func guards(root fs.FS) ([]string, error) {
	problems := []string{}
	patches, err := fs.Glob(root, ".ci/lab/guards.d/*.patch")
	for _, name := range patches {
		patch, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		file, hunks := readPatch(string(patch))
		source, err := fs.ReadFile(root, file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && file != "" {
			return nil, err
		}
		fits := len(hunks) > 0
		for _, old := range hunks {
			fits = fits && strings.Contains("\n"+string(source), "\n"+old)
		}
		if !fits {
			problems = append(problems, fmt.Sprintf("%s: the guard %s is not there as its patch has it", file, strings.TrimSuffix(path.Base(name), ".patch")))
		}
	}
	return problems, err
}

// readPatch returns the file that a unified diff changes, and the lines that each of its hunks begins with.
func readPatch(patch string) (file string, hunks []string) {
	for line := range strings.Lines(patch) {
		switch {
		case strings.HasPrefix(line, "+++ b/"):
			file = strings.TrimSpace(line[len("+++ b/"):])
		case strings.HasPrefix(line, "@@"):
			hunks = append(hunks, "")
		case len(hunks) > 0 && (line[0] == ' ' || line[0] == '-'):
			hunks[len(hunks)-1] += line[1:]
		case len(hunks) > 0 && line == "\n": // an empty line of context, whose blank an editor took away
			hunks[len(hunks)-1] += line
		}
	}
	return file, hunks
}
