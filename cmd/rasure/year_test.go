package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// The story of year.txtar takes at most 40 commands and 2,500 characters, the keys of ten persons and a mistake among them. What a scanner types, and the rules that an
// office writes once, are not counted.
func TestYearIsShort(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/script/year.txtar")
	if err != nil {
		t.Fatal(err)
	}
	script, files, _ := strings.Cut(string(text), "\n-- ")
	_, keys, _ := strings.Cut(files, "\n-- keys.sh --\n")
	keys, _, _ = strings.Cut(keys, "\n-- ")
	commands, characters := 0, 0
	for line := range strings.Lines(script) {
		command := regexp.MustCompile(`^exits \d+ (.*)\n`).FindStringSubmatch(line)
		if command == nil {
			continue
		}
		typed := command[1]
		if typed == "sh keys.sh" {
			typed = keys
		}
		commands, characters = commands+1, characters+utf8.RuneCountInString(typed)
	}
	t.Logf("%d commands, %d characters", commands, characters)
	if commands < 30 || commands > 40 || characters > 2500 {
		t.Errorf("%d commands, %d characters", commands, characters)
	}
}
