package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
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
		a.note("%s\nType %s to erase it: ", j.summary(), wordName(j.Disk))
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

// readLine reads one line, or stops when the operator presses Ctrl-C. The reader is left waiting then; the program ends.
func readLine(ctx context.Context, r *bufio.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	ch := make(chan answer, 1)
	go func() {
		line, err := r.ReadString('\n')
		ch <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("%w: nothing was erased", fault.ErrInterrupted)
	case got := <-ch:
		if got.err != nil && got.line == "" {
			return "", fault.Refusef("nothing was typed: nothing was erased")
		}
		return strings.TrimSpace(got.line), nil
	}
}

// isTerminal reports whether somebody may be sitting at the other end. /dev/null is a character device too.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
