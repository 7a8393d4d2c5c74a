package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"rasure/cmd/internal/fault"
)

// inBothLanguages, if it is set, has a command run a second time in Chinese where that changes nothing: a command that only reads, and one that
// was refused for its usage or for what does not verify. The exit status must be the same, and so must be what --json prints.
const inBothLanguages = "RASURE_TEST_LANGUAGES"

// differs is the exit status of a command that depends on the language.
const differs = 97

// reading are the first words of the commands that change nothing, and writing the flags with which they do. The settings, which have the language,
// are not among them, nor is what never ends, nor what others change meanwhile: the disks of this machine.
var reading = regexp.MustCompile(`^(check|verify|audit|calendar|report|version|cert find|cert show|medium list|medium show|log entry)( |$)`)

var writing = regexp.MustCompile(` --(pdf|html|csv|xlsx|ics|self-test|watch|lang)\b`)

// runInBoth is [app.runWithSignals], and then the same in Chinese.
func runInBoth(a *app, args []string) int {
	line := strings.Join(args, " ")
	again := reading.MatchString(line) && !writing.MatchString(line)
	var english bytes.Buffer
	if again {
		a.Out = io.MultiWriter(os.Stdout, &english)
	}
	code := a.runWithSignals(args)
	if again && code == fault.Failed && english.Len() == 0 { // stdout cannot be written, or a file cannot be read
		return code
	}
	if !again && code != fault.BadUsage && code != fault.Unverified {
		return code
	}
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	var chinese, words bytes.Buffer
	c := exec.Command(self, args...)
	c.Args[0] = os.Args[0]
	c.Env = append(os.Environ(), inBothLanguages+"=", "RASURE_LANG=zh")
	c.Stdout, c.Stderr = &chinese, &words
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		panic(err)
	}
	if got := c.ProcessState.ExitCode(); got != code {
		fmt.Fprintf(os.Stderr, "LANGUAGES: exit status %d in English, %d in Chinese: %s\n", code, got, &words)
		return differs
	}
	if again && slices.Contains(args, "--json") && withoutTimes(english.String()) != withoutTimes(chinese.String()) {
		fmt.Fprintf(os.Stderr, "LANGUAGES: --json prints in Chinese:\n%s", &chinese)
		return differs
	}
	return code
}

var times = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)

// withoutTimes drops the times: one run comes after the other.
func withoutTimes(s string) string { return times.ReplaceAllString(s, "TIME") }
