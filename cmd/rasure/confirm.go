package main

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"

	"rasure/cmd/internal/fault"
	"rasure/devices"
)

// confirmWord is what the operator has to type before a disk is erased: its serial number. Only an image or a loop
// device can be without one; then it is the kernel name or the file's base name.
func confirmWord(d devices.Disk) string {
	if d.Serial != "" {
		return d.Serial
	}
	return d.Name
}

// confirm demands the word of every disk, from the flags or else from the terminal. Nothing has been written yet.
func (a *app) confirm(ctx context.Context, jobs []*job, given []string) error {
	if len(given) == 0 && !isTerminal(a.in) {
		words := []string{}
		for _, j := range jobs {
			words = append(words, fmt.Sprintf("--confirm %s", confirmWord(j.Disk)))
		}
		return fault.WithHint(fault.Usagef("there is no terminal to confirm on"), "name what is to be erased: %s", strings.Join(words, " "))
	}
	known := map[string]bool{}
	for _, j := range jobs {
		known[confirmWord(j.Disk)] = true
	}
	for _, word := range given {
		if !known[word] {
			return fault.WithHint(fault.Refusef("%q is not the serial number of a disk that was named: nothing was erased", word), "rasure list shows the serial numbers")
		}
	}
	lines := bufio.NewReader(a.in)
	for _, j := range jobs {
		word := confirmWord(j.Disk)
		if slices.Contains(given, word) {
			continue
		}
		if len(given) > 0 {
			return fault.Refusef("%s (serial %s) was not confirmed: nothing was erased", j.Disk.Name, dash(j.Disk.Serial))
		}
		for line := range strings.Lines(j.summary()) {
			a.note("%s\n", strings.TrimSuffix(line, "\n"))
		}
		a.note("Type %s to erase it: ", wordName(j.Disk))
		typed, err := readLine(ctx, lines)
		if err != nil {
			return err
		}
		if typed != word {
			return fault.Refusef("%q is not the serial number of %s: nothing was erased", typed, j.Disk.Name)
		}
	}
	return nil
}

func wordName(d devices.Disk) string {
	if d.Serial != "" {
		return "the serial number"
	}
	return "its name"
}
