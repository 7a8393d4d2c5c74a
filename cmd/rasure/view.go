package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// What is sent to the terminal beside text: ECMA-48 8.3.57 CUP, 8.3.39 ED, 8.3.41 EL, and xterm's DECSET 1049, which shows the other
// screen, without a history, and later the own one as it was.
const (
	otherScreen = "\x1b[?1049h"
	ownScreen   = "\x1b[?1049l"
	home        = "\x1b[H"
	clearBelow  = "\x1b[J"
	clearRight  = "\x1b[K"
)

// view keeps lines on a terminal up to date, on its other screen, every frame from the top. On the own screen they cannot be kept in
// their place: a terminal that becomes narrower cuts the lines that stand there, or wraps them and pushes some into its history, and one
// that becomes higher fetches them back, each in its own way; so nobody knows what to erase. A terminal without another screen, as
// the kernel's console, is cleared instead.
type view struct {
	p   *mpb.Progress
	bar *mpb.Bar
	out io.Writer
}

// newView draws the table four times a second, for the size that the terminal has then.
func newView(out io.Writer, size func() (width, height int, err error), table func(width, height int) []string) (*view, error) {
	s := &screen{out: out, size: size}
	v := &view{p: mpb.New(mpb.WithConsoleWriter(s), mpb.WithRefreshRate(250*time.Millisecond)), out: out}
	if _, err := io.WriteString(out, otherScreen+home+clearBelow); err != nil {
		return nil, err
	}
	var err error
	v.bar, err = v.p.Add(1, mpb.BarFillerFunc(func(w io.Writer, _ decor.Statistics) error {
		width, height, _ := s.GetTermSize()
		_, err := io.WriteString(w, strings.Join(table(width-1, height), "\n")) // a full line would wrap on some terminals
		return err
	}), mpb.BarFillerTrim())
	return v, err
}

// close goes back to the own screen and leaves the lines there.
func (v *view) close(lines []string) {
	v.bar.SetCurrent(1)
	v.p.Wait()
	io.WriteString(v.out, home+clearBelow+ownScreen+strings.Join(lines, "\n")+"\n")
}

// screen is where mpb puts what it draws. All its rows are one frame of ours.
type screen struct {
	bytes.Buffer // the frame that is being drawn
	out          io.Writer
	size         func() (width, height int, err error)
}

func (s *screen) IsTerminal() bool { return true } // so that mpb draws

// GetTermSize never fails: where nobody knows the size, as on a serial line, it is that of old terminals.
func (s *screen) GetTermSize() (width, height int, err error) {
	if width, height, err = s.size(); err != nil || width <= 0 || height <= 0 {
		return 80, 24, nil
	}
	return width, height, nil
}

// Flush shows the frame, in one write. What an earlier one had to the right of it and below is cleared, not the whole screen at first: that
// would flicker.
func (s *screen) Flush(int) error {
	lines := strings.TrimSuffix(s.String(), "\n")
	s.Reset()
	_, err := io.WriteString(s.out, home+strings.ReplaceAll(lines, "\n", clearRight+"\n")+clearRight+"\n"+clearBelow)
	return err
}

var _ mpb.ConsoleWriter = (*screen)(nil)

// sizeOf asks for the size of the terminal that out is.
func sizeOf(out io.Writer) func() (width, height int, err error) {
	return func() (width, height int, err error) {
		if f, ok := out.(*os.File); ok {
			return term.GetSize(int(f.Fd()))
		}
		return 0, 0, errors.ErrUnsupported
	}
}
