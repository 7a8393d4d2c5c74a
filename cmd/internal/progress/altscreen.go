package progress

import (
	"errors"
	"io"
	"os"
	"strings"
	"time"

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
	out   io.Writer
	stop  chan struct{}
	ended chan struct{} // closed when nothing is drawn any more
}

// frameEvery is how often the lines are drawn.
const frameEvery = 250 * time.Millisecond

// newAltScreen draws lines again and again, for the size that the terminal has then, until close.
func newAltScreen(out io.Writer, size func() (width, height int, err error), lines func(width, height int) []string) (*altScreen, error) {
	if _, err := io.WriteString(out, otherScreen+home+clearBelow); err != nil {
		return nil, err
	}
	s := &altScreen{out, make(chan struct{}), make(chan struct{})}
	go func() {
		defer close(s.ended)
		tick := time.NewTicker(frameEvery)
		defer tick.Stop()
		for {
			width, height, err := size()
			if err != nil || width <= 0 || height <= 0 { // where nobody knows the size, as on a serial line, it is that of old terminals
				width, height = 80, 24
			}
			s.draw(lines(width-1, height)) // a full line would wrap on some terminals
			select {
			case <-tick.C:
			case <-s.stop:
				return
			}
		}
	}()
	return s, nil
}

// draw shows a frame, in one write. What an earlier one had to the right of it and below is cleared; clearing the whole screen first would
// flicker.
func (s *altScreen) draw(lines []string) {
	io.WriteString(s.out, home+strings.Join(lines, clearRight+"\n")+clearRight+"\n"+clearBelow)
}

// close returns to the own screen and leaves the lines there.
func (s *altScreen) close(lines []string) {
	close(s.stop)
	<-s.ended
	io.WriteString(s.out, home+clearBelow+ownScreen+strings.Join(lines, "\n")+"\n")
}

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
