//go:build !js

package paper

import (
	"math"
	"strconv"
)

// graphHeight of the lines, in millimetres.
const graphHeight = 30

// graph draws values over the disk: the first series as a solid line, others dashed, marks as black bars at the bottom.
func (c *canvas) graph(g Graph) box {
	legend := c.lineHeight(sizeSmall) * 2
	high := graphHeight * c.scale
	top := g.top()
	return box{height: high + legend + 3, draw: func(x, y float64) {
		left, w := x+14, c.width()-16
		c.pdf.SetLineWidth(0.2)
		for i := range 3 {
			at := y + 1 + high*float64(i)/2
			c.rule(left, at, left+w, at, 0.15, 170)
			s := strconv.FormatInt(top*int64(2-i)/2, 10)
			c.write(left-1.5-c.measure(s, sizeSmall, false), at-c.lineHeight(sizeSmall)/2, s, sizeSmall, false)
		}
		for i, s := range g.Series {
			if i > 0 {
				c.pdf.SetDashPattern([]float64{1.2, 0.8}, 0)
			}
			c.pdf.SetLineWidth(0.35)
			for j := 1; j < len(s.Values); j++ {
				px := func(k int) float64 { return left + w*(float64(k)+0.5)/float64(len(s.Values)) }
				py := func(k int) float64 { return y + 1 + high*(1-float64(s.Values[k])/float64(top)) }
				c.pdf.Line(px(j-1), py(j-1), px(j), py(j))
			}
			c.pdf.SetDashPattern([]float64{}, 0)
		}
		c.pdf.SetFillColor(0, 0, 0)
		for _, m := range g.Marks {
			at := left + w*m.From
			wide := math.Max(w*(m.To-m.From), 0.3)
			c.pdf.Rect(at, y+1+high-3, wide, 3, "F")
		}
		below := y + high + 1.6
		c.write(left, below, "0 %", sizeSmall, false)
		c.write(left+w-c.measure("100 %", sizeSmall, false), below, "100 %", sizeSmall, false)
		s := g.Unit
		for i, one := range g.Series {
			s += "    " + []string{"———", "- - -"}[min(i, 1)] + " " + one.Name
		}
		if len(g.Marks) > 0 {
			s += "    ■ " + g.Legend
			if c.face == nil {
				s = s[:len(s)-len("■ "+g.Legend)] + "| " + g.Legend
			}
		}
		c.write(left, below+c.lineHeight(sizeSmall), visible(s), sizeSmall, false)
	}}
}
