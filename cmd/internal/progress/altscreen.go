package progress

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

// What is sent to the terminal besides text: ECMA-48 8.3.57 CUP, 8.3.39 ED, 8.3.41 EL, and xterm's DECSET 1049, which shows the other
// screen, without a history, and later the own one as it was.
const (
	otherScreen = "\x1b[?1049h"
	ownScreen   = "\x1b[?1049l"
	home        = "\x1b[H"
	clearBelow  = "\x1b[J"
	clearRight  = "\x1b[K"
)

// altScreen keeps lines on a terminal up to date, on its other screen, every frame from the top. On the own screen they cannot be kept in
// their place: a terminal that becomes narrower cuts its lines, or wraps them and pushes some into its history, and one that becomes
// higher fetches them back, each in its own way; so nobody knows what to erase. A terminal without another screen, as the kernel's
// console, is cleared instead.
type altScreen struct {
	p   *mpb.Progress
	bar *mpb.Bar
	out io.Writer
}

// newAltScreen draws lines four times a second, for the size that the terminal has then.
func newAltScreen(out io.Writer, size func() (width, height int, err error), lines func(width, height int) []string) (*altScreen, error) {
	f := &frame{out: out, size: size}
	s := &altScreen{p: mpb.New(mpb.WithConsoleWriter(f), mpb.WithRefreshRate(250*time.Millisecond)), out: out}
	if _, err := io.WriteString(out, otherScreen+home+clearBelow); err != nil {
		return nil, err
	}
	var err error
	s.bar, err = s.p.Add(1, mpb.BarFillerFunc(func(w io.Writer, _ decor.Statistics) error {
		width, height, _ := f.GetTermSize()
		_, err := io.WriteString(w, strings.Join(lines(width-1, height), "\n")) // a full line would wrap on some terminals
		return err
	}), mpb.BarFillerTrim())
	return s, err
}

// close returns to the own screen and leaves the lines there.
func (s *altScreen) close(lines []string) {
	s.bar.SetCurrent(1)
	s.p.Wait()
	io.WriteString(s.out, home+clearBelow+ownScreen+strings.Join(lines, "\n")+"\n")
}

// frame is where mpb puts what it draws: all its rows are one frame.
type frame struct {
	bytes.Buffer // the frame that is being drawn
	out          io.Writer
	size         func() (width, height int, err error)
}

func (f *frame) IsTerminal() bool { return true } // so that mpb draws

// GetTermSize never fails: where nobody knows the size, as on a serial line, it is that of old terminals.
func (f *frame) GetTermSize() (width, height int, err error) {
	if width, height, err = f.size(); err != nil || width <= 0 || height <= 0 {
		return 80, 24, nil
	}
	return width, height, nil
}

// Flush shows the frame, in one write. What an earlier one had to the right of it and below is cleared; clearing the whole screen first
// would flicker.
func (f *frame) Flush(int) error {
	lines := strings.TrimSuffix(f.String(), "\n")
	f.Reset()
	_, err := io.WriteString(f.out, home+strings.ReplaceAll(lines, "\n", clearRight+"\n")+clearRight+"\n"+clearBelow)
	return err
}

var _ mpb.ConsoleWriter = (*frame)(nil)

// sizeOf asks for the size of the terminal that out is.
func sizeOf(out io.Writer) func() (width, height int, err error) {
	return func() (width, height int, err error) {
		if f, ok := out.(*os.File); ok {
			return term.GetSize(int(f.Fd()))
		}
		return 0, 0, errors.ErrUnsupported
	}
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
