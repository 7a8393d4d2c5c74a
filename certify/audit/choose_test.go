package audit

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSums256 compares with the expression that says the same.
func TestSums256(t *testing.T) {
	hex := strings.Repeat("0123456789abcdef", 13)
	same := regexp.MustCompile(`[0-9a-f]{64}`)
	for _, text := range []string{"", hex[:63], hex[:64], hex[:65], hex[:127], hex[:128], hex, "x" + hex[:64] + "x" + hex[1:64] + "G" + hex[:64], hex[:63] + "A" + hex[:64], hex[:40] + "\n" + hex[:70]} {
		if got, want := slices.Collect(sums256([]byte(text))), same.FindAllString(text, -1); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
