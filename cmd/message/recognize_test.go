package message_test

import (
	"testing"

	"rasure/cmd/message"
	_ "rasure/cmd/message/zh"
)

func TestRecognize(t *testing.T) {
	t.Parallel()
	inner := message.Of("the drive replaced %d blocks while the job ran: what was on them before may still be in the drive", 12)
	for name, made := range map[string]message.Text{
		"plain":        message.Of("it is not known whether reads and writes bypassed the page cache of this machine"),
		"a number":     message.Of("%d process does not let rasure see which disks it has open", 1),
		"in another":   message.Of("log entry %d, purpose: %s", 7, inner),
		"quoted":       message.Of("medium %s is not in the register", "机密★1, \"x\""),
		"100 per cent": message.Of("the clock was set by %d ms while the job ran, to %s", -20, "2026-01-05T08:00:00Z"),
	} {
		got := message.Recognize(made.String())
		if got.String() != made.String() || got.In(message.Chinese) != made.In(message.Chinese) || got.In(message.Chinese) == made.String() {
			t.Errorf("%s: %q, not %q", name, got.In(message.Chinese), made.In(message.Chinese))
		}
	}
	saw := "medium S-1, serial number X, was erased at this station before my eyes; the certificate says verified"
	if got, want := message.Recognize(saw).In(message.Chinese), "载体 S-1，序列号 X，在本工作站由本人现场监督消除；证明所载结果为 核验通过"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
	for _, text := range []string{"", "x", "none", "verified", "100 %", "%s%d", "a drive's own words: disk \x1b[31m", "one process does not let rasure see which disks it has open", "%d process does not let rasure see which disks it has open"} {
		if got := message.Recognize(text); got.String() != message.Of("%s", text).String() || got.In(message.Chinese) != got.String() {
			t.Errorf("%q became %q", text, got.In(message.Chinese))
		}
	}
}

// FuzzRecognize has texts of drives and of other stations: none of them may be shown as something else in English.
func FuzzRecognize(f *testing.F) {
	for _, s := range []string{"medium %s is not in the register", "medium x is not in the register", "3 processes do not let rasure see which disks they have open", "%!s", "a\x00%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := message.Recognize(s).String(), message.Of("%s", s).String(); got != want {
			t.Errorf("%q became %q", s, got)
		}
	})
}
