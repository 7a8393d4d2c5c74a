package devices_test

import (
	"errors"
	"fmt"
	"testing"

	"rasure/cmd/message"
	"rasure/devices"
)

// TestPrintableText shows sentences whose arguments come from a drive.
func TestPrintableText(t *testing.T) {
	t.Parallel()
	hostile := errors.New("\x1b[31m")
	for name, c := range map[string]struct {
		text message.Text
		want string
	}{
		"string":          {message.Of("serial %s", "A\x1bB"), `serial A\x1bB`},
		"error":           {message.Of("reading: %v", hostile), `reading: \x1b[31m`},
		"message":         {message.Of("reading: %v", message.Errorf("serial %s", "\u202e")), `reading: serial \u202e`},
		"wrapped message": {message.Of("reading: %v", fmt.Errorf("%w", message.Errorf("serial %s", "\u202e"))), `reading: serial \u202e`},
		"text":            {message.Of("reading: %v", message.Of("serial %s", "\x07")), `reading: serial \x07`},
		"number":          {message.Of("%d of %d", 1, 2), "1 of 2"},
		"empty":           {message.Text{}, ""},
	} {
		if got := devices.PrintableText(c.text).String(); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	marked := devices.PrintableText(message.Of("reading: %v", message.Errorf("serial %s", "\x07"))).In(message.Marked)
	if marked != `⟦reading: ⟦serial ⟨\x07⟩⟧⟧` {
		t.Errorf("not translated whole: %s", marked)
	}
}
