package devicetest

import (
	"embed"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
)

// captures are what real drives answered, published by others: serial numbers are masked. A file begins with the drive and the source of the
// bytes. Each section is an answer of so many bytes in hex; zeros at its end are left out.
//
//go:embed captures
var captures embed.FS

// Capture returns the answers of a drive by their names.
func Capture(t testing.TB, name string) map[string][]byte {
	t.Helper()
	text, err := captures.ReadFile("captures/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return ParseCapture(t, string(text))
}

// ParseCapture returns the answers in the text of a capture by their names.
func ParseCapture(t testing.TB, text string) map[string][]byte {
	t.Helper()
	answers := map[string][]byte{}
	_, sections, _ := strings.Cut(text, "\n-- ")
	for section := range strings.SplitSeq(sections, "\n-- ") {
		head, body, _ := strings.Cut(section, "\n")
		f := strings.Fields(head) // name, size and the closing --
		b, err := hex.DecodeString(strings.Join(strings.Fields(body), ""))
		if err != nil || len(f) != 3 {
			t.Fatal(head, err)
		}
		size, err := strconv.Atoi(f[1])
		if err != nil || size < len(b) {
			t.Fatal(head, err)
		}
		answers[f[0]] = append(b, make([]byte, size-len(b))...)
	}
	return answers
}
