//go:build !js

package paper

import "math"

// Sizes of type, in points at scale 1.
const (
	sizeBody  = 8.6
	sizeSmall = 7.2
	sizeLabel = 7.6
	sizeTitle = 17
	sizeWord  = 20
	sizeHead  = 9.4
)

const greyLabel = 90

// boxes is a block as strips.
func (c *canvas) boxes(b Block) []box {
	switch b := b.(type) {
	case Verdict:
		return []box{c.gap(1), c.verdict(b), c.gap(1.2)}
	case Fields:
		return append(c.heading(b.Title), c.fields(b)...)
	case Text:
		return append(c.heading(b.Title), c.text(b)...)
	case Table:
		return append(c.heading(b.Title), c.table(b)...)
	case Signatures:
		return append(c.heading(b.Title), c.signatures(b)...)
	case Graph:
		return append(c.heading(b.Title), c.graph(b))
	case Blank:
		return append(c.heading(b.Title), box{height: b.Height * c.scale, draw: func(x, y float64) {
			c.pdf.SetLineWidth(0.2)
			c.pdf.Rect(x, y, c.width(), b.Height*c.scale, "D")
		}})
	}
	return nil
}

func (c *canvas) gap(mm float64) box { return box{height: mm * c.scale, space: true} }

// head is the top of a sheet: logo and owner, then the title with what is beside it.
func (c *canvas) head(h Head) (all []box) {
	if len(h.Owner) > 0 || h.Logo != nil {
		name := ""
		if h.Logo != nil {
			name = c.image(h.Logo)
		}
		high := float64(len(h.Owner)) * c.lineHeight(sizeBody)
		left, wide := 0.0, 0.0
		if info := c.pdf.GetImageInfo(name); name != "" && info != nil && info.Height() > 0 {
			high = math.Max(high, 12*c.scale)
			wide = math.Min(high*info.Width()/info.Height(), 60)
			left = wide + 4
		}
		all = append(all, box{height: high + 2*c.scale, draw: func(x, y float64) {
			if wide > 0 {
				c.pdf.Image(name, x, y, wide, 0, false, "", 0, "")
			}
			for i, s := range h.Owner {
				c.write(x+left, y+float64(i)*c.lineHeight(sizeBody), visible(s), sizeBody, i == 0)
			}
		}})
	}
	right := 0.0
	for _, s := range h.Right {
		right = math.Max(right, c.measure(visible(s), sizeSmall, false))
	}
	titles := c.wrap(h.Title, c.width()-right-4, sizeTitle, true)
	high := math.Max(float64(len(titles))*c.lineHeight(sizeTitle), float64(len(h.Right))*c.lineHeight(sizeSmall))
	return append(all, box{height: high + 2.2*c.scale, draw: func(x, y float64) {
		c.lines(x, y, titles, sizeTitle, true)
		for i, s := range h.Right {
			s = visible(s)
			c.write(x+c.width()-c.measure(s, sizeSmall, false), y+high-float64(len(h.Right)-i)*c.lineHeight(sizeSmall), s, sizeSmall, false)
		}
		c.rule(x, y+high+0.8*c.scale, x+c.width(), y+high+0.8*c.scale, 0.5, 0)
	}})
}

func (c *canvas) footLines(f Foot) []string {
	w := c.width()
	if f.QR != "" {
		w -= qrSize + 4
	}
	var all []string
	for _, s := range f.Lines {
		all = append(all, c.wrap(s, w, sizeSmall-0.4, false)...)
	}
	return all
}

// footHeight does not change with the scale of the blocks: a bar code that shrinks cannot be read.
func (c *canvas) footHeight(f Foot) float64 {
	scale := c.scale
	c.scale = 1
	defer func() { c.scale = scale }()
	h := float64(len(c.footLines(f)))*c.lineHeight(sizeSmall-0.4) + 2.5
	if f.Page != nil {
		h += c.lineHeight(sizeSmall)
	}
	if f.QR != "" {
		h = math.Max(h, qrSize+3)
	}
	return h + 2
}

func (c *canvas) foot(f Foot, n, of int) {
	c.scale = 1
	x, bottom := c.size.Margin, c.size.Height-c.size.Margin
	y := bottom - c.footHeight(f) + 2
	if len(f.Lines) == 0 && f.Page == nil {
		return
	}
	c.rule(x, y, x+c.width(), y, 0.3, 0)
	left := x
	if f.QR != "" {
		m, ok := c.codes[f.QR]
		if !ok {
			var err error
			if m, err = qrCode(f.QR); err != nil {
				c.err = err
				return
			}
			clear(c.codes)
			c.codes[f.QR] = m
		}
		c.bits(m, x, y+2, qrSize, qrSize)
		left += qrSize + 4
	}
	c.lines(left, y+1.6, c.footLines(f), sizeSmall-0.4, false)
	if f.Page != nil {
		s := visible(f.Page(n, of))
		c.write(x+c.width()-c.measure(s, sizeSmall, false), bottom-c.lineHeight(sizeSmall), s, sizeSmall, false)
	}
}

// heading is the title of a block, which stays together with its first strip.
func (c *canvas) heading(s string) []box {
	if s == "" {
		return nil
	}
	lines := c.wrap(s, c.width(), sizeHead, true)
	h := float64(len(lines)) * c.lineHeight(sizeHead)
	return []box{c.gap(1.6), {height: h + 0.9*c.scale, keep: true, draw: func(x, y float64) {
		c.lines(x, y, lines, sizeHead, true)
		c.rule(x, y+h+0.1, x+c.width(), y+h+0.1, 0.2, 120)
	}}}
}

// verdict is the outcome, in a frame with a shape.
func (c *canvas) verdict(v Verdict) box {
	m, ok := bars(v.Bars)
	barsWide := 0.0
	if ok {
		barsWide = math.Min(float64(m.width)*0.33, 62)
	}
	wide := c.width() - 26*c.scale - barsWide - 4
	words := c.wrap(v.Word, wide, sizeWord, true)
	var detail []string
	for _, s := range v.Detail {
		detail = append(detail, c.wrap(s, wide, sizeBody, false)...)
	}
	inner := float64(len(words))*c.lineHeight(sizeWord) + float64(len(detail))*c.lineHeight(sizeBody)
	h := math.Max(inner+4*c.scale, 17*c.scale)
	return box{height: h, draw: func(x, y float64) {
		r, g, b := v.Mark.colour()
		c.pdf.SetDrawColor(r, g, b)
		c.pdf.SetLineWidth(0.8)
		c.pdf.Rect(x, y, c.width(), h, "D")
		c.mark(v.Mark, x+11*c.scale, y+h/2, 5.6*c.scale)
		c.pdf.SetTextColor(r, g, b)
		c.pdf.SetDrawColor(r, g, b)
		top := y + (h-inner)/2
		c.lines(x+21*c.scale, top, words, sizeWord, true)
		c.pdf.SetTextColor(0, 0, 0)
		c.pdf.SetDrawColor(0, 0, 0)
		c.lines(x+21*c.scale, top+float64(len(words))*c.lineHeight(sizeWord), detail, sizeBody, false)
		if ok {
			at := x + c.width() - barsWide - 4
			c.bits(m, at, y+3*c.scale, barsWide, h-8.4*c.scale)
			s := visible(v.Under)
			c.write(at+(barsWide-c.measure(s, sizeSmall, false))/2, y+h-5*c.scale, s, sizeSmall, false)
		}
	}}
}

// colour of a mark; each is dark enough to be read in black and white too.
func (m Mark) colour() (r, g, b int) {
	switch m {
	case Check:
		return 12, 92, 46
	case Wait:
		return 128, 72, 0
	}
	return 150, 12, 12
}

// mark draws a check in a circle, a cross in a square, or two bars in a triangle.
func (c *canvas) mark(m Mark, x, y, r float64) {
	c.pdf.SetLineWidth(r * 0.16)
	c.pdf.SetLineCapStyle("round")
	defer c.pdf.SetLineCapStyle("butt")
	switch m {
	case Check:
		c.pdf.Circle(x, y, r, "D")
		c.pdf.SetLineWidth(r * 0.26)
		c.pdf.Line(x-0.48*r, y+0.02*r, x-0.12*r, y+0.42*r)
		c.pdf.Line(x-0.12*r, y+0.42*r, x+0.5*r, y-0.4*r)
	case Cross:
		c.pdf.Rect(x-r, y-r, 2*r, 2*r, "D")
		c.pdf.SetLineWidth(r * 0.26)
		c.pdf.Line(x-0.5*r, y-0.5*r, x+0.5*r, y+0.5*r)
		c.pdf.Line(x-0.5*r, y+0.5*r, x+0.5*r, y-0.5*r)
	case Wait:
		c.pdf.Line(x, y-r, x+1.1*r, y+0.9*r)
		c.pdf.Line(x+1.1*r, y+0.9*r, x-1.1*r, y+0.9*r)
		c.pdf.Line(x-1.1*r, y+0.9*r, x, y-r)
		c.pdf.SetLineWidth(r * 0.26)
		c.pdf.Line(x, y-0.3*r, x, y+0.25*r)
		c.pdf.Line(x, y+0.58*r, x, y+0.6*r)
	}
}

// fields are rows of two pairs, or of a wide one.
func (c *canvas) fields(f Fields) (all []box) {
	label := 30.0 * c.scale
	half := (c.width() - 4) / 2
	var row []Pair
	flush := func() {
		if len(row) > 0 {
			all = append(all, c.pairs(row, label, half))
			row = nil
		}
	}
	for _, p := range f.Pairs {
		switch {
		case p.Value == "":
			continue
		case p.Wide:
			flush()
			all = append(all, c.pairs([]Pair{p}, label, c.width()))
			continue
		}
		if row = append(row, p); len(row) == 2 {
			flush()
		}
	}
	flush()
	return all
}

func (c *canvas) pairs(row []Pair, label, width float64) box {
	labels, values, h := make([][]string, len(row)), make([][]string, len(row)), 0.0
	for i, p := range row {
		labels[i] = c.wrap(p.Label, label-1.5, sizeLabel, false)
		values[i] = c.wrap(p.Value, width-label, sizeBody, false)
		h = math.Max(h, math.Max(float64(len(labels[i]))*c.lineHeight(sizeLabel), float64(len(values[i]))*c.lineHeight(sizeBody)))
	}
	return box{height: h + 0.5*c.scale, draw: func(x, y float64) {
		for i := range row {
			at := x + float64(i)*(width+4)
			c.pdf.SetTextColor(greyLabel, greyLabel, greyLabel)
			c.lines(at, y+(c.lineHeight(sizeBody)-c.lineHeight(sizeLabel))*0.7, labels[i], sizeLabel, false)
			c.pdf.SetTextColor(0, 0, 0)
			c.lines(at+label, y, values[i], sizeBody, false)
		}
	}}
}

func (c *canvas) text(t Text) (all []box) {
	points := sizeBody
	if t.Small {
		points = sizeSmall
	}
	for _, p := range t.Paragraphs {
		for _, line := range c.wrap(p, c.width(), points, false) {
			all = append(all, box{height: c.lineHeight(points), draw: func(x, y float64) { c.write(x, y, line, points, false) }})
		}
		all = append(all, c.gap(0.5))
	}
	return all
}
