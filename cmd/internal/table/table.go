package table

import (
	"slices"
	"strings"
)

// Table lays out rows of cells in columns, two spaces apart. Every row has as many cells as the first one, the heading.
type Table struct {
	Right []int // columns whose cells go to the right: numbers
	Spare []int // columns that a narrow screen does without, the first of them first
	Least []int // the smallest width of each column; nil: as wide as its cells need
}

// Layout returns a line for each row, none wider than width cells as far as dropping the spare columns can help, and the widths
// that the columns would need. A column that was dropped has no cell on any line.
func (t Table) Layout(rows [][]string, width int) (lines []string, need []int) {
	need = make([]int, len(rows[0]))
	copy(need, t.Least)
	for _, r := range rows {
		for i, cell := range r {
			need[i] = max(need[i], Width(cell))
		}
	}
	shown := slices.Clone(need)
	all := -2
	for _, w := range shown {
		all += w + 2
	}
	for _, i := range t.Spare {
		if all > width {
			all -= shown[i] + 2
			shown[i] = -1
		}
	}
	for _, r := range rows {
		var l strings.Builder
		for i, cell := range r {
			switch {
			case shown[i] < 0:
				continue
			case slices.Contains(t.Right, i):
				cell = PadLeft(cell, shown[i])
			default:
				cell = Pad(cell, shown[i])
			}
			l.WriteString(cell + "  ")
		}
		lines = append(lines, strings.TrimRight(l.String(), " "))
	}
	return lines, need
}

// Lines lays out rows as wide as they need.
func Lines(rows [][]string) []string {
	lines, _ := Table{}.Layout(rows, 1<<30)
	return lines
}
