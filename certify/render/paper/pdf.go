//go:build !js

package paper

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"

	"codeberg.org/go-pdf/fpdf"
)

// errNeedsFace ends an attempt with the fonts of every PDF reader.
var errNeedsFace = errors.New("needs a face")

// PDF writes a document. Without characters outside of Western European ones it embeds no font, and f can be nil. The errors are [ErrNoFace]
// and [*MissingError].
func PDF(w io.Writer, d Document, f *Face) error {
	pdf, err := drawn(d, nil)
	if errors.Is(err, errNeedsFace) {
		if f == nil {
			return ErrNoFace
		}
		pdf, err = drawn(d, f)
	}
	if err != nil {
		return err
	}
	var out bytes.Buffer // nothing is written of a page that cannot be completed
	if err := pdf.Output(&out); err != nil {
		return err
	}
	_, err = out.WriteTo(w)
	return err
}

// drawn makes all pages, with a face or with the fonts of every PDF reader.
func drawn(d Document, f *Face) (p *fpdf.Fpdf, err error) {
	if f != nil {
		defer func() {
			if recover() != nil { // package fpdf trusts a font
				p, err = nil, errFont
			}
		}()
	}
	size := fpdf.SizeType{Wd: d.Size.Width, Ht: d.Size.Height}
	p = fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: size})
	p.SetCatalogSort(true)
	p.SetCreationDate(d.Date.UTC())
	p.SetModificationDate(d.Date.UTC())
	p.SetTitle(visible(d.Title), true)
	p.SetCreator("rasure", true)
	p.SetProducer("rasure", true)
	p.SetLang(d.Lang)
	p.SetMargins(0, 0, 0)
	p.SetCellMargin(0)
	p.SetAutoPageBreak(false, 0)
	if f != nil {
		p.AddUTF8FontFromBytes(family, "", f.data)
	}
	c := &canvas{pdf: p, face: f, size: d.Size, scale: 1, widths: map[glyph]float64{}, codes: map[string]matrix{}, images: map[[32]byte]string{}}
	var group [][]page
	number := func() {
		of := 0
		for _, pages := range group {
			of += len(pages)
		}
		n := 0
		for _, pages := range group {
			for _, g := range pages {
				n++
				c.page(g, n, of)
			}
		}
		group = nil
	}
	for i := range d.Sheets {
		if !d.Sheets[i].Continues {
			number()
		}
		group = append(group, c.layout(&d.Sheets[i]))
		if c.err != nil {
			return nil, c.err
		}
	}
	number()
	return p, errors.Join(c.err, p.Error())
}

// page is a page with everything at its place.
type page struct {
	sheet *Sheet
	scale float64
	boxes []box // each at its y
	label bool
}

// leastScale is how far the type of a sheet shrinks that must fit: below, nobody can read it.
const leastScale = 0.7

// layout breaks a sheet into pages.
func (c *canvas) layout(s *Sheet) []page {
	if s.Labels != nil {
		return c.labelPages(s)
	}
	c.scale = 1
	pages := c.pages(s)
	for s.Fit && len(pages) > 1 && len(pages) < 4 && c.scale > leastScale && c.err == nil {
		c.scale -= 0.03
		if less := c.pages(s); len(less) == 1 {
			return less
		}
	}
	return pages
}

// pages breaks a sheet into pages at the present scale.
func (c *canvas) pages(s *Sheet) []page {
	top, bottom := c.size.Margin, c.size.Height-c.size.Margin-c.footHeight(s.Foot)
	all := []page{{sheet: s, scale: c.scale}}
	y := top
	place := func(b box) {
		b.y = y
		last := &all[len(all)-1]
		last.boxes = append(last.boxes, b)
		y += b.height
	}
	boxes := c.head(s.Head)
	for _, b := range s.Blocks {
		boxes = append(boxes, c.boxes(b)...)
	}
	for i, b := range boxes {
		need := b.height
		for j := i; boxes[j].keep && j+1 < len(boxes); j++ {
			need += boxes[j+1].height
		}
		if y+need > bottom+0.01 && y > top {
			all = append(all, page{sheet: s, scale: c.scale})
			y = top
			if b.repeat != nil && !b.isHead {
				place(*b.repeat)
			}
		}
		if b.space && y == top {
			continue
		}
		place(b)
	}
	return all
}

// page draws one page.
func (c *canvas) page(g page, n, of int) {
	c.pdf.AddPageFormat("P", fpdf.SizeType{Wd: c.size.Width, Ht: c.size.Height})
	c.scale = g.scale
	for _, b := range g.boxes {
		if b.draw != nil {
			b.draw(c.size.Margin, b.y)
		}
	}
	if !g.label {
		c.foot(g.sheet.Foot, n, of)
	}
}

// image registers a picture once in a document, and returns its name.
func (c *canvas) image(data []byte) string {
	sum := sha256.Sum256(data)
	name, ok := c.images[sum]
	if !ok {
		name = string(sum[:8])
		c.pdf.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(data))
		c.images[sum] = name
	}
	return name
}
