package progress

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// terminal is a small terminal emulator that understands what the table uses and what cursor-moving libraries use. Its own screen has a
// history. When its size changes it does what terminals do: rewraps says whether lines are wrapped again, as in tmux, VTE and most
// others, or cut, as in xterm and GNU screen.
type terminal struct {
	t       *testing.T
	rewraps bool
	single  bool // it has no other screen

	mu            sync.Mutex
	width, height int
	own           grid
	other         *grid // while it is shown
}

// grid is a screen and its history: the last rows are what is seen.
type grid struct {
	rows []line
	x, y int // the cursor; y counts all rows
}

type line struct {
	text string
	more bool // the next row is the rest of the same line
}

func newTerminal(t *testing.T, width, height int, rewraps bool) *terminal {
	return &terminal{t: t, rewraps: rewraps, width: width, height: height, own: grid{rows: make([]line, 1)}}
}

var sequence = regexp.MustCompile(`^\x1b\[(\??)([0-9]*)([A-Za-z])`)

func (e *terminal) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for s := string(p); s != ""; {
		g := &e.own
		if e.other != nil {
			g = e.other
		}
		if m := sequence.FindStringSubmatch(s); m != nil {
			n, _ := strconv.Atoi(m[2])
			e.control(g, m[1]+m[3], n)
			s = s[len(m[0]):]
			continue
		}
		g.put(s[0], e.width)
		s = s[1:]
	}
	return len(p), nil
}

func (e *terminal) control(g *grid, what string, n int) {
	switch {
	case n == 1049 && e.single:
	case what == "?h" && n == 1049:
		e.other = &grid{rows: make([]line, 1)}
	case what == "?l" && n == 1049:
		e.other = nil
	case what == "H" && n == 0:
		g.x, g.y = 0, g.top(e.height)
	case what == "A":
		g.y = max(g.y-n, g.top(e.height))
	case what == "J" && n == 0:
		g.clearRight()
		g.rows = g.rows[:g.y+1]
		for g.y < g.top(e.height) {
			g.rows = append(g.rows, line{})
		}
	case what == "K" && n == 0:
		g.clearRight()
	default:
		e.t.Errorf("the emulator does not know %q %d", what, n)
	}
}

func (g *grid) clearRight() {
	l := &g.rows[g.y]
	l.text = l.text[:min(len(l.text), g.x)]
	l.more = false
}

func (g *grid) top(height int) int { return max(0, len(g.rows)-height) }

func (g *grid) put(c byte, width int) {
	if c == '\r' {
		g.x = 0
		return
	}
	if c == '\n' || g.x >= width {
		g.rows[g.y].more = c != '\n'
		if g.x, g.y = 0, g.y+1; g.y == len(g.rows) {
			g.rows = append(g.rows, line{})
		}
	}
	if c == '\n' {
		return
	}
	l := &g.rows[g.y]
	for len(l.text) <= g.x {
		l.text += " "
	}
	l.text = l.text[:g.x] + string(c) + l.text[g.x+1:]
	g.x++
}

// resize gives it another size. The other screen is never wrapped again, by any terminal; it has no history.
func (e *terminal) resize(width, height int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.width, e.height = width, height
	if e.rewraps {
		e.own.rewrap(width)
	} else {
		e.own.cut(width)
	}
	if g := e.other; g != nil {
		g.cut(width)
		top := g.top(height)
		g.rows, g.y = g.rows[top:], max(g.y-top, 0)
	}
}

func (g *grid) cut(width int) {
	for i := range g.rows {
		g.rows[i].text = g.rows[i].text[:min(len(g.rows[i].text), width)]
	}
	g.x = min(g.x, width-1)
}

func (g *grid) rewrap(width int) {
	old := *g
	*g = grid{}
	whole := ""
	for i, l := range old.rows {
		whole += l.text
		if l.more {
			continue
		}
		for len(whole) > width {
			g.rows = append(g.rows, line{whole[:width], true})
			whole = whole[width:]
		}
		g.rows = append(g.rows, line{whole, false})
		if whole = ""; i <= old.y {
			g.y = len(g.rows) - 1
		}
	}
	g.x = min(old.x, width-1)
}

// seen is what the screen shows, and all is that with the history before it.
func (e *terminal) seen() string { return e.text(true) }
func (e *terminal) all() string  { return e.text(false) }

func (e *terminal) text(seen bool) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.own
	if e.other != nil {
		g = *e.other
	}
	rows := slices.Clone(g.rows)
	if seen || e.other != nil {
		rows = rows[g.top(e.height):]
	}
	var s strings.Builder
	for _, l := range rows {
		s.WriteString(l.text)
		if !l.more {
			s.WriteString("\n")
		}
	}
	return s.String()
}
