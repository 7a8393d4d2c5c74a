package bench

import (
	"fmt"
	"io"
	"testing"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"

	"rasure/cmd/internal/jobs"
)

// BenchmarkKey is the way from a key to the screen: the model, the drawing, and the comparison with what the terminal shows.
func BenchmarkKey(b *testing.B) {
	for _, disks := range []int{24, 200} {
		b.Run(fmt.Sprintf("%d disks", disks), func(b *testing.B) {
			d, draw := drawn(many(disks, 24))
			keys := []rune{tea.KeyDown, tea.KeyUp}
			for i := range b.N {
				d.send(tea.KeyPressMsg{Code: keys[i%2]})
				draw()
			}
		})
	}
}

// BenchmarkState is a new state of 24 running disks, and its drawing: what happens twice a second.
func BenchmarkState(b *testing.B) {
	for _, disks := range []int{24, 200} {
		b.Run(fmt.Sprintf("%d disks", disks), func(b *testing.B) {
			states := [2]jobs.State{many(disks, 24), many(disks, 24)}
			for i := range states[1].Jobs {
				states[1].Jobs[i].Done += 4e10
			}
			d, draw := drawn(states[0])
			for i := range b.N {
				d.send(stateMsg{states[i%2]})
				draw()
			}
		})
	}
}

// drawn is a desk of 120x40 with what bubbletea draws by.
func drawn(s jobs.State) (*desk, func()) {
	d := newDesk(&testing.T{}, s, 120, 40)
	screen := uv.NewTerminalRenderer(io.Discard, []string{"TERM=xterm-256color"})
	screen.SetFullscreen(true)
	cells := uv.NewScreenBuffer(120, 40)
	return d, func() {
		cells.Clear()
		uv.NewStyledString(d.m.View().Content).Draw(cells, cells.Bounds())
		screen.Render(cells.RenderBuffer)
		screen.Flush()
	}
}
