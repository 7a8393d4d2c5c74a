//go:build !js

package paper

import "math"

func (c *canvas) labelPages(s *Sheet) (pages []page) {
	l := s.Labels
	c.scale = 1
	for i, one := range l.All {
		n := i % (l.Columns * l.Rows)
		if n == 0 {
			pages = append(pages, page{sheet: s, scale: 1, label: true})
		}
		x, y := l.Left+float64(n%l.Columns)*l.StepX, l.Top+float64(n/l.Columns)*l.StepY
		last := &pages[len(pages)-1]
		last.boxes = append(last.boxes, box{draw: func(_, _ float64) { c.label(one, x+(l.Width-62)/2, y+(l.Height-29)/2) }})
	}
	return pages
}

// label draws a sticker into 62 x 29 mm.
func (c *canvas) label(l Label, x, y float64) {
	const qr = 18.0
	text := 62 - qr - 5.0
	r, g, b := l.Mark.colour()
	c.pdf.SetDrawColor(r, g, b)
	c.pdf.SetTextColor(r, g, b)
	c.mark(l.Mark, x+4.6, y+5, 2.4)
	size := 11.0
	for size > 6 && c.measure(visible(l.Word), size, true) > text-7 {
		size -= 0.5
	}
	c.write(x+8.6, y+5-c.lineHeight(size)/2, visible(l.Word), size, true)
	c.pdf.SetTextColor(0, 0, 0)
	c.pdf.SetDrawColor(0, 0, 0)
	line := y + 9.2
	for i, s := range []string{l.Number, l.Class, l.Date} {
		s = visible(s)
		size := sizeBody
		for size > 3 && c.measure(s, size, i < 2) > text {
			size -= 0.2
		}
		if s != "" {
			c.write(x+2, line, s, size, i < 2)
			line += c.lineHeight(sizeBody)
		}
	}
	if m, err := qrCode(l.QR); err == nil {
		c.bits(m, x+62-qr-2, y+1.5, qr, qr)
	} else {
		c.err = err
	}
	if m, ok := bars(l.Serial); ok {
		w := math.Min(float64(m.width)*0.34, 58)
		c.bits(m, x+2, y+21.6, w, 4)
	}
	c.write(x+2, y+25.7, visible(l.Serial), sizeSmall-0.2, false)
}
