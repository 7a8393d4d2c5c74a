//go:build !js

package paper

import (
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
)

const family = "face"

// canvas draws on the pages of a PDF. Lengths are millimetres; sizes of type are points at scale 1.
type canvas struct {
	pdf    *fpdf.Fpdf
	face   *Face // nil: the fonts of every reader
	size   Size
	scale  float64
	err    error // the first
	widths map[glyph]float64
	images map[[32]byte]string
	codes  map[string]matrix // of the sheets of one certificate; making a QR code takes longer than all else on a page
}

type glyph struct {
	r    rune
	bold bool
}

// box is a strip of a page.
type box struct {
	y, height float64
	draw      func(x, y float64) // nil for white space
	keep      bool               // together with the next one
	space     bool               // nothing at the top of a page
	repeat    *box               // head of its table
	isHead    bool
}

func (c *canvas) width() float64 { return c.size.Width - 2*c.size.Margin }

// font chooses the type of what is measured or drawn next.
func (c *canvas) font(points float64, bold bool) {
	switch {
	case c.face != nil:
		c.pdf.SetFont(family, "", points)
	case bold:
		c.pdf.SetFont("Helvetica", "B", points)
	default:
		c.pdf.SetFont("Helvetica", "", points)
	}
}

// encode is a text for the present font.
func (c *canvas) encode(s string) string {
	if c.face == nil {
		out, ok := toLatin(s)
		if !ok && c.err == nil {
			c.err = errNeedsFace
		}
		return out
	}
	for _, r := range s {
		if r != ' ' && !c.face.has(r) && c.err == nil {
			c.err = &MissingError{r}
		}
	}
	return s
}

// measure is the width of a text.
func (c *canvas) measure(s string, points float64, bold bool) float64 {
	w := 0.0
	for _, r := range s {
		g := glyph{r, bold}
		one, ok := c.widths[g]
		if !ok {
			c.font(100, bold)
			one = c.pdf.GetStringWidth(c.encode(string(r))) / 100
			c.widths[g] = one
		}
		w += one
	}
	return w * points * c.scale
}

// lineHeight is the distance between lines of type.
func (c *canvas) lineHeight(points float64) float64 { return points * c.scale * 0.3528 * 1.28 }

// wrap breaks a text into lines: at spaces, behind any Chinese character that no closing mark follows, and anywhere in a word that is longer
// than a line.
func (c *canvas) wrap(s string, width, points float64, bold bool) (lines []string) {
	for paragraph := range strings.SplitSeq(visible(s), "\n") {
		line, used := "", 0.0
		flush := func() { lines, line, used = append(lines, strings.TrimRight(line, " ")), "", 0 }
		for _, piece := range pieces(strings.ReplaceAll(paragraph, "\t", " ")) {
			w := c.measure(strings.TrimRight(piece, " "), points, bold)
			if used+w > width+0.001 && line != "" {
				flush()
			}
			for w > width && len([]rune(piece)) > 1 {
				n := 1
				all := []rune(piece)
				for n < len(all) && c.measure(string(all[:n+1]), points, bold) <= width {
					n++
				}
				line, piece = string(all[:n]), string(all[n:])
				flush()
				w = c.measure(strings.TrimRight(piece, " "), points, bold)
			}
			line += piece
			used += c.measure(piece, points, bold)
		}
		flush()
	}
	return lines
}

// wide are the characters between which a line can break.
func wide(r rune) bool {
	return r >= 0x2e80 && r <= 0x9fff || r >= 0xf900 && r <= 0xfaff || r >= 0xff00 && r <= 0xffef
}

// closing marks are never first in a line, opening ones never last.
func closing(r rune) bool {
	return strings.ContainsRune("，。、；：！？）》〉】〕」』”’％", r)
}
func opening(r rune) bool { return strings.ContainsRune("（《〈【〔「『“‘", r) }

// pieces are what a line is never broken in.
func pieces(s string) (all []string) {
	rs := []rune(s)
	from := 0
	for i := range rs {
		next := rune(0)
		if i+1 < len(rs) {
			next = rs[i+1]
		}
		end := next == 0 || unicode.IsSpace(rs[i]) && !unicode.IsSpace(next) ||
			(wide(rs[i]) && !opening(rs[i]) || wide(next)) && !closing(next) && !unicode.IsSpace(next) && !opening(rs[i])
		if end {
			all = append(all, string(rs[from:i+1]))
			from = i + 1
		}
	}
	return all
}

// write draws one line of type below y. The one weight of a Chinese font is made bold by drawing its outline too.
func (c *canvas) write(x, y float64, s string, points float64, bold bool) {
	c.font(points*c.scale, bold)
	if outline := bold && c.face != nil; outline {
		c.pdf.SetTextRenderingMode(2)
		c.pdf.SetLineWidth(points * c.scale * 0.012)
		defer c.pdf.SetTextRenderingMode(0)
	}
	c.pdf.Text(x, y+c.lineHeight(points)*0.76, c.encode(s))
}

// lines draws lines of type below each other.
func (c *canvas) lines(x, y float64, all []string, points float64, bold bool) {
	for i, s := range all {
		c.write(x, y+float64(i)*c.lineHeight(points), s, points, bold)
	}
}

// rule draws a line. grey is 0 for black.
func (c *canvas) rule(x1, y1, x2, y2, width float64, grey int) {
	c.pdf.SetDrawColor(grey, grey, grey)
	c.pdf.SetLineWidth(width)
	c.pdf.Line(x1, y1, x2, y2)
	c.pdf.SetDrawColor(0, 0, 0)
}

// bits draws a bar code into a rectangle.
func (c *canvas) bits(m matrix, x, y, w, h float64) {
	c.pdf.SetFillColor(0, 0, 0)
	dx, dy := w/float64(m.width), h/float64(m.height)
	for _, r := range m.runs {
		c.pdf.Rect(x+float64(r.x)*dx, y+float64(r.y)*dy, float64(r.n)*dx, dy, "F")
	}
}
