package paper

import "math"

// Labels are stickers for media, one a page or many on a sheet.
type Labels struct {
	Width, Height float64 // of one, in millimetres
	Columns, Rows int     // on a page
	Left, Top     float64 // of the first, from the edge of the paper
	StepX, StepY  float64 // from one to the next
	All           []Label
}

// Label is one sticker.
type Label struct {
	Number string // of the medium in its office; "" if it has none
	Class  string
	Word   string // ERASED, NOT ERASED
	Mark   Mark
	Date   string
	Serial string // as Code 128 where that is possible
	QR     string
}

// The label of a label printer, alone on its page, and 24 labels of 70 x 36 mm on A4.
var (
	LabelSize = Size{62, 29, 0}
	OneLabel  = Labels{Width: 62, Height: 29, Columns: 1, Rows: 1}
	LabelsA4  = Labels{Width: 70, Height: 36, Columns: 3, Rows: 8, Top: 4.5, StepX: 70, StepY: 36}
)

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
