//go:build !js

package paper

import (
	"encoding/csv"
	"io"
	"regexp"
)

// formula finds what a spreadsheet may take for a formula: an operator at the beginning of a cell, in full width too, or behind what
// separates cells in another country.
var formula = regexp.MustCompile(`(^|[;\t\r\n|])([\s"']*)([=+\-@＝＋－＠﹢﹣﹦﹫−])`)

// Harmless puts an apostrophe before everything in a cell that a spreadsheet may take for a formula.
func Harmless(cell string) string { return formula.ReplaceAllString(visible(cell), "$1$2'$3") }

// byteOrderMark lets spreadsheets know that a file is UTF-8: without it Excel reads Chinese as its own code page.
const byteOrderMark = "\ufeff"

// CSV writes the rows of a table for a spreadsheet.
func CSV(w io.Writer, t Table) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	heads := []string{}
	for _, c := range t.Columns {
		heads = append(heads, c.Head)
	}
	out.Write(heads)
	for _, r := range t.Rows {
		cells := make([]string, len(r.Cells))
		for i, cell := range r.Cells {
			cells[i] = Harmless(cell)
		}
		out.Write(cells)
	}
	out.Flush()
	return out.Error()
}
