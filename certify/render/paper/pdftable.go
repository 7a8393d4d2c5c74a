//go:build !js

package paper

import "math"

const cellPad = 0.9 // millimetres at the left and right of a cell

// columns are the widths of the columns of a table.
func (c *canvas) columns(all []Column) []float64 {
	sum := 0.0
	for _, col := range all {
		sum += col.Weight
	}
	w := make([]float64, len(all))
	for i, col := range all {
		w[i] = c.width() * col.Weight / sum
	}
	return w
}

func (c *canvas) table(t Table) (all []box) {
	w := c.columns(t.Columns)
	heads := make([]string, len(t.Columns))
	for i, col := range t.Columns {
		heads[i] = col.Head
	}
	head := c.row(t.Columns, heads, w, true, t.Ruled, 0)
	head.isHead, head.keep = true, true
	all = append(all, head)
	for _, r := range t.Rows {
		b := c.row(t.Columns, r.Cells, w, r.Strong, t.Ruled, 0)
		b.repeat = &head
		all = append(all, b)
	}
	if len(t.Totals) > 0 {
		all = append(all, c.gap(0.8))
	}
	for _, s := range t.Totals {
		for _, line := range c.wrap(s, c.width(), sizeBody, true) {
			all = append(all, box{height: c.lineHeight(sizeBody), draw: func(x, y float64) { c.write(x, y, line, sizeBody, true) }})
		}
	}
	return all
}

// row is one line of a table, at least as high as given.
func (c *canvas) row(columns []Column, cells []string, w []float64, bold, ruled bool, least float64) box {
	lines := make([][]string, len(columns))
	h := 1
	for i := range columns {
		if i < len(cells) {
			lines[i] = c.wrap(cells[i], w[i]-2*cellPad, sizeLabel, bold)
		}
		h = max(h, len(lines[i]))
	}
	high := math.Max(float64(h)*c.lineHeight(sizeLabel)+1.3*c.scale, least*c.scale)
	return box{height: high, draw: func(x, y float64) {
		for i, at := 0, x; i < len(columns); at, i = at+w[i], i+1 {
			for j, s := range lines[i] {
				left := at + cellPad
				if columns[i].Right {
					left = at + w[i] - cellPad - c.measure(s, sizeLabel, bold)
				}
				c.write(left, y+0.65*c.scale+float64(j)*c.lineHeight(sizeLabel), s, sizeLabel, bold)
			}
			if ruled {
				c.pdf.SetLineWidth(0.2)
				c.pdf.Rect(at, y, w[i], high, "D")
			}
		}
		if !ruled {
			c.rule(x, y+high, x+c.width(), y+high, 0.12, 160)
		}
	}}
}

// signatures are rows that are high enough for a pen, and a space for a seal below.
func (c *canvas) signatures(s Signatures) (all []box) {
	w := c.columns(s.Columns)
	heads := make([]string, len(s.Columns))
	for i, col := range s.Columns {
		heads[i] = col.Head
	}
	head := c.row(s.Columns, heads, w, true, true, 0)
	head.keep, head.isHead = true, true
	all = append(all, head)
	for _, r := range s.Rows {
		b := c.row(s.Columns, r.Cells, w, r.Strong, true, 8.5)
		b.repeat = &head
		all = append(all, b)
	}
	if s.Seal != "" {
		const high = 15.0
		all = append(all, c.gap(1.5), box{height: high * c.scale, draw: func(x, y float64) {
			wide := 56 * c.scale
			at := x + c.width() - wide
			c.pdf.SetDrawColor(140, 140, 140)
			c.pdf.SetDashPattern([]float64{1, 1}, 0)
			c.pdf.SetLineWidth(0.2)
			c.pdf.Rect(at, y, wide, high*c.scale, "D")
			c.pdf.SetDashPattern([]float64{}, 0)
			c.pdf.SetDrawColor(0, 0, 0)
			c.pdf.SetTextColor(greyLabel, greyLabel, greyLabel)
			c.write(at+1.5, y+0.8, visible(s.Seal), sizeLabel, false)
			c.pdf.SetTextColor(0, 0, 0)
		}})
	}
	return all
}
