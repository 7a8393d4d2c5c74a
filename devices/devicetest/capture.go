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
	answers := map[string][]byte{}
	_, sections, _ := strings.Cut(string(text), "\n-- ")
	for section := range strings.SplitSeq(sections, "\n-- ") {
		head, body, _ := strings.Cut(section, "\n")
		f := strings.Fields(head) // name, size and the closing --
		b, err := hex.DecodeString(strings.Join(strings.Fields(body), ""))
		if err != nil || len(f) != 3 {
			t.Fatal(name, head, err)
		}
		size, err := strconv.Atoi(f[1])
		if err != nil || size < len(b) {
			t.Fatal(name, head, err)
		}
		answers[f[0]] = append(b, make([]byte, size-len(b))...)
	}
	return answers
}
