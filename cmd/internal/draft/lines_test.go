package draft

import (
	"strings"
	"testing"
	"unicode"

	"rasure/certify/statement"
)

func FuzzLines(f *testing.F) {
	f.Add("{\n  \"certificate\": {\n    \"index\": 12\n  },\n  \"people\": [\"li\", null, true, 1.5, {}, []]\n}\n")
	f.Add(`{"a":"\u202e\u0000\n","a":"b"}`)
	f.Add(strings.Repeat(`{"a":`, 20))
	f.Add(strings.Repeat(`[`, 100000))
	f.Fuzz(func(t *testing.T, body string) {
		lines, err := Lines(body)
		if err != nil {
			return
		}
		for _, line := range lines {
			for _, r := range line {
				if !unicode.IsPrint(r) && !statement.Ideograph(r) {
					t.Errorf("%q holds %q", line, r)
				}
			}
		}
	})
}

// The rare ideographs of names are shown as they are; what looks like nothing is not.
func TestVisible(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"\U0002ebf0\U000323b0": "\U0002ebf0\U000323b0", "a\u200bb": `a\u200bb`, "\u202e": `\u202e`, "\ue000": `\ue000`, "\xff": `\ufffd`} {
		if got := Visible(text); got != want {
			t.Errorf("%+q is shown as %+q, not %+q", text, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	lines, err := Lines(`{"media":["M-1","M-2"],"media":[],"of":{"classification":"secret"},"note":"a\nSHA-256 b"}`)
	want := "media 1: M-1|media 2: M-2|media: none|of classification: secret|note: a\\u000aSHA-256 b"
	if got := strings.Join(lines, "|"); err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	for _, body := range []string{"", "[]", "{", `{"a"}`, `{}{}`, `{} x`, strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20)} {
		if _, err := Lines(body); err == nil {
			t.Errorf("%q is shown", body)
		}
	}
}
