package main

import (
	"bytes"
	"testing"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/view"
	"rasure/cmd/message"
	"rasure/devices/contents"
)

// TestPrintVolume shows a label with a control character as one escape.
func TestPrintVolume(t *testing.T) {
	var out bytes.Buffer
	a := &app{Console: cli.Console{Out: &out}}
	view.PrintVolume(&a.Console, message.Of("whole disk"), contents.Volume{Size: 512, FileSystem: "ext4", Label: "a\x1bb", Entries: []string{"c\x1bd"}})
	if got, want := out.String(), "whole disk   512 B, \"ext4\", \"a\\x1bb\"\n               c\\x1bd\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
