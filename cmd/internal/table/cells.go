// Package table lays text out in terminal cells: tables, and lines of a label and a value.
package table

import (
	"sort"
	"strings"
	"unicode"
)

// wideRunes are the ranges that take two cells: East Asian Width W and F of Unicode 16 (UAX #11), with the small gaps between them
// filled.
var wideRunes = []struct{ first, last rune }{
	{0x1100, 0x115f}, {0x231a, 0x231b}, {0x2329, 0x232a}, {0x23e9, 0x23ec}, {0x23f0, 0x23f0}, {0x23f3, 0x23f3}, {0x25fd, 0x25fe},
	{0x2614, 0x2615}, {0x2648, 0x2653}, {0x26a1, 0x26a1}, {0x2705, 0x2705}, {0x274c, 0x274c}, {0x2753, 0x2755}, {0x2757, 0x2757},
	{0x2795, 0x2797}, {0x2b1b, 0x2b1c}, {0x2b50, 0x2b50}, {0x2b55, 0x2b55}, {0x2e80, 0x303e}, {0x3041, 0x33ff}, {0x3400, 0x4dbf},
	{0x4e00, 0xa4cf}, {0xa960, 0xa97f}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe10, 0xfe19}, {0xfe30, 0xfe6f}, {0xff01, 0xff60},
	{0xffe0, 0xffe6}, {0x16fe0, 0x18cff}, {0x1aff0, 0x1b2ff}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f19a},
	{0x1f200, 0x1f265}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
}

func cells(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	i := sort.Search(len(wideRunes), func(i int) bool { return wideRunes[i].last >= r })
	if i < len(wideRunes) && wideRunes[i].first <= r {
		return 2
	}
	return 1
}

// Width returns how many cells of a terminal a line takes.
func Width(s string) (n int) {
	for _, r := range s {
		n += cells(r)
	}
	return n
}

// Cut returns the beginning of s that fits into so many cells.
func Cut(s string, width int) string {
	for i, r := range s {
		if width -= cells(r); width < 0 {
			return s[:i]
		}
	}
	return s
}

// Clip is [Cut] with "~" as the last cell where something was cut off.
func Clip(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	return Cut(s, width-1) + "~"
}

// Pad adds spaces behind s up to width cells.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-Width(s)))
}

// PadLeft adds spaces before s up to width cells.
func PadLeft(s string, width int) string {
	return strings.Repeat(" ", max(0, width-Width(s))) + s
}
