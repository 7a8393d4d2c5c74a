package paper

import (
	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

// run is a dark stretch of modules of a bar code, in one row of it.
type run struct{ x, y, n int }

// matrix is a bar code: the size in modules, without the white space around it, and its dark runs.
type matrix struct {
	width, height int
	runs          []run
}

func matrixOf(c barcode.Barcode) matrix {
	m := matrix{width: c.Bounds().Dx(), height: c.Bounds().Dy()}
	dark := func(x, y int) bool { r, _, _, _ := c.At(x, y).RGBA(); return r == 0 }
	for y := range m.height {
		for x := 0; x < m.width; x++ {
			from := x
			for x < m.width && dark(x, y) {
				x++
			}
			if x > from {
				m.runs = append(m.runs, run{from, y, x - from})
			}
		}
	}
	return m
}

// qrSize is the side of a QR code, in millimetres.
const qrSize = 23

// qrCode is readable with 15 % of it gone: paper gets folded and stamped.
func qrCode(s string) (matrix, error) {
	c, err := qr.Encode(s, qr.M, qr.Auto)
	if err != nil {
		return matrix{}, err
	}
	return matrixOf(c), nil
}

// bars is false for a text that Code 128 cannot hold: what is not ASCII, and what is too long for a label.
func bars(s string) (matrix, bool) {
	if s == "" || len(s) > 40 {
		return matrix{}, false
	}
	for _, r := range s {
		if r < ' ' || r > '~' {
			return matrix{}, false
		}
	}
	c, err := code128.Encode(s)
	if err != nil {
		return matrix{}, false
	}
	m := matrixOf(c)
	m.height = 1
	row := m.runs[:0]
	for _, r := range m.runs {
		if r.y == 0 {
			row = append(row, r)
		}
	}
	m.runs = row
	return m, true
}
