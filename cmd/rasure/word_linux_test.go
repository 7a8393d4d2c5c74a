package main

import (
	"bytes"
	"strings"
	"testing"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
	"rasure/devices"
)

// TestConfirmWord: only the word of the disk confirms it, typed or given; without a terminal nobody is asked.
func TestConfirmWord(t *testing.T) {
	t.Parallel()
	d := devices.Disk{Name: "sda", Identity: devices.Identity{Serial: "DOCKED01"}}
	for typed, want := range map[string]int{"docked01": fault.Done, "DOCKED02": fault.Refused, "": fault.Refused} {
		keyboard, screen := terminal(t)
		var asked bytes.Buffer
		a := &app{Console: cli.Console{In: screen, Err: &asked}}
		if _, err := keyboard.WriteString(typed + "\n"); err != nil {
			t.Fatal(err)
		}
		if err := a.confirmWord(t.Context(), d, "", message.Of("Type %s: ", "it")); fault.Code(err) != want || asked.String() != "Type it: " {
			t.Errorf("typed %q: %v; asked %q", typed, err, &asked)
		}
	}
	for given, want := range map[string]int{"DOCKED01": fault.Done, "DOCKED02": fault.Refused, "": fault.BadUsage} {
		a := &app{Console: cli.Console{In: strings.NewReader("DOCKED01\n")}}
		if err := a.confirmWord(t.Context(), d, given, message.Of("Type %s: ", "it")); fault.Code(err) != want {
			t.Errorf("given %q: %v", given, err)
		}
	}
}
