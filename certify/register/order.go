package register

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Listed returns all media as lists show them: by classification, the highest first, then by number.
func (r *Register) Listed() []*Medium { return InOrder(r.Media()) }

// InOrder sorts media as lists show them, and returns them.
func InOrder(all []*Medium) []*Medium {
	slices.SortStableFunc(all, func(a, b *Medium) int {
		return cmp.Or(cmp.Compare(b.Class.Rank(), a.Class.Rank()), Natural(a.Number, b.Number))
	})
	return all
}

// Natural compares texts as people count: runs of digits by their value, so that 9 is before 10.
func Natural(a, b string) int {
	for a != "" && b != "" {
		x, y := leading(a), leading(b)
		if x != "" && y != "" {
			m, n := strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if c := cmp.Or(cmp.Compare(len(m), len(n)), strings.Compare(m, n)); c != 0 {
				return c
			}
			a, b = a[len(x):], b[len(y):]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// leading are the digits that a text begins with.
func leading(s string) string {
	return s[:len(s)-len(strings.TrimLeftFunc(s, func(r rune) bool { return r < 0x80 && unicode.IsDigit(r) }))]
}
