package main

import (
	"io"
	"time"

	"github.com/vbauerster/cupwriter"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// view keeps lines on a terminal up to date, in place, also when its size changes.
type view struct {
	p     *mpb.Progress
	bar   *mpb.Bar
	size  *cupwriter.Writer
	table func(width, height int) []string
	lines []string // of the frame that is being drawn
	rows  int
}

// newView draws at most so many disks, a heading and a total, four times a second. mpb thinks in bars of which each row is one line, and
// drops the upper ones where a screen is too low: so the table stands at the bottom of as many rows as it can ever need.
func newView(out io.Writer, disks int, table func(width, height int) []string) (*view, error) {
	v := &view{p: mpb.New(mpb.WithOutput(out), mpb.WithAutoRefresh(), mpb.WithRefreshRate(250*time.Millisecond)),
		size: cupwriter.New(out, false), table: table, rows: disks + 2}
	fillers := []mpb.BarFiller{}
	for i := v.rows - 2; i >= 0; i-- { // mpb draws the last one first
		fillers = append(fillers, v.filler(i))
	}
	var err error
	v.bar, err = v.p.Add(1, v.filler(v.rows-1), mpb.BarTopExtender(fillers...), mpb.BarFillerTrim())
	return v, err
}

// filler writes row i of the frame, the first one having the table made.
func (v *view) filler(i int) mpb.BarFiller {
	return mpb.BarFillerFunc(func(w io.Writer, _ decor.Statistics) error {
		if i == 0 {
			width, height, err := v.size.GetTermSize()
			if err != nil || width <= 0 || height <= 0 {
				width, height = 80, 24
			}
			v.lines = v.table(width-1, height) // a full line would wrap on some terminals
		}
		at := len(v.lines) - v.rows + i
		if at < 0 {
			return nil
		}
		line := v.lines[at]
		if i < v.rows-1 { // mpb ends the last row itself
			line += "\n"
		}
		_, err := io.WriteString(w, line)
		return err
	})
}

func (v *view) close() {
	v.bar.SetCurrent(1)
	v.p.Wait()
}
