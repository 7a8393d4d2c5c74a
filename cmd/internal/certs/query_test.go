package certs_test

import (
	"strings"
	"testing"
	"time"

	"rasure/cmd/internal/certs"
)

func TestParseQuery(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 30, 0, 0, time.FixedZone("", 8*3600))
	for text, want := range map[string]string{
		"today":      "2026-03-01T00:00:00+08:00",
		"Yesterday":  "2026-02-28T00:00:00+08:00",
		"2026-01-02": "2026-01-02T00:00:00+08:00",
		"2026-13-02": "", "WD-1": "", "": "",
	} {
		q, got := certs.ParseQuery(text, now), ""
		if !q.Begin.IsZero() {
			got = q.Begin.Format(time.RFC3339)
		}
		if got != want || q.Text != text {
			t.Errorf("%q asks for the day that begins at %q, want %q", text, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"WD-WMAM9XE78956": "WD-WMAM9XE78956",
		`a"bcd/efgh`:      "efgh",
		"ab":              "", "王伟": "", "": "",
	} {
		if got := strings.Join(certs.Plain(text), " "); got != want {
			t.Errorf("of %q: %q, want %q", text, got, want)
		}
	}
}
