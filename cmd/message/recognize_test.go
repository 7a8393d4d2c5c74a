package message_test

import (
	"strings"
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

// A stranger's text must not keep a reader busy: the pieces of these fit the beginnings of many sentences, or of one in another without end.
func TestRecognizeSteps(t *testing.T) {
	t.Parallel()
	pieces := "a"
	for _, s := range []string{" has other data than the interrupted job wrote: the first difference is at byte ", ": a witness has cosigned ", " is dropped from the roster and still has ",
		" is of version ", ": its counter is ", " has ", ", in pass "} {
		pieces += s + "x"
	}
	for _, c := range []struct {
		name, text string
		most       int
	}{
		{"pieces", pieces, message.MostSteps / 16},
		{"many pieces", strings.Repeat(pieces, 1000), message.MostSteps},
		{"nested", strings.Repeat("log entry 7, purpose: ", 50) + "x", message.MostSteps},
		{"a million bytes", strings.Repeat("log entry 7, purpose: ", 50_000), message.MostSteps},
	} {
		got, steps := message.StepsOf(c.text)
		if got.String() != c.text {
			t.Errorf("%s: became another text", c.name)
		}
		if steps > c.most {
			t.Errorf("%s: %d steps, not at most %d", c.name, steps, c.most)
		}
		if n := strings.Count(got.In(message.Chinese), "日志第 7 条"); c.name == "nested" && n != message.Deepest {
			t.Errorf("%s: %d sentences are in Chinese, not %d", c.name, n, message.Deepest)
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
