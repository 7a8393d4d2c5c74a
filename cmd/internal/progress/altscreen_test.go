package progress

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/wipe"
)

func (e *terminal) size() (width, height int, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.width, e.height, nil
}

func TestResizing(t *testing.T) {
	t.Parallel()
	sizes := [][2]int{{80, 24}, {40, 24}, {120, 24}, {40, 12}, {120, 50}, {33, 5}, {80, 24}}
	for _, rewraps := range []bool{true, false} {
		for _, disks := range []int{1, 3, 30} {
			synctest.Test(t, func(t *testing.T) {
				e := newTerminal(t, sizes[0][0], sizes[0][1], rewraps)
				const before = "# rasure wipe sda\nType S1 to erase it: S1\n"
				io.WriteString(e, before)
				d, at := show(Table, e)
				d.o.size = e.size
				for i := range disks {
					d.Add(devices.Disk{Name: fmt.Sprintf("disk%02d", i+1), Identity: devices.Identity{Serial: fmt.Sprintf("SERIAL-%02d", i+1)}})
				}
				d.Start()
				for step, size := range sizes {
					e.resize(size[0], size[1])
					for i := range d.jobs {
						d.Update(i, wipe.Event{Pass: 1, Passes: 1, Pattern: "random", Verifying: step%2 == 0, Done: int64(step), Total: 1000, JobDone: int64(step), JobTotal: 2000, Exceptions: i / 29})
					}
					*at = at.Add(10 * time.Second)
					time.Sleep(time.Second) // some frames
					synctest.Wait()
					text := e.all()
					shown := min(disks, size[1]-3)
					if want := strings.Join(d.drawn(size[0]-1, size[1]), "\n"); strings.TrimRight(text, "\n") != want {
						t.Errorf("rewraps %v, %d disks, %v: the screen shows\n%swant\n%s", rewraps, disks, size, text, want)
					}
					if got := strings.Count(text, "random"); got != shown {
						t.Errorf("rewraps %v, %d disks, %v: %d disks are shown, want %d:\n%s", rewraps, disks, size, got, shown, text)
					}
					if disks == 30 && !strings.Contains(text, "disk30") {
						t.Errorf("rewraps %v, %v: the disk with an exception is not shown:\n%s", rewraps, size, text)
					}
					if hidden := fmt.Sprintf("30 disks (%d not shown)", 30-shown); disks == 30 && shown < 30 && !strings.Contains(text, hidden) {
						t.Errorf("rewraps %v, %v: no %q:\n%s", rewraps, size, hidden, text)
					}
				}
				for i := range d.jobs {
					d.End(i, []wipe.Outcome{wipe.Verified, wipe.CompletedWithExceptions}[i/29])
				}
				d.Close()
				text := e.all()
				if !strings.HasPrefix(text, before) {
					t.Errorf("rewraps %v, %d disks: the text before the table is gone:\n%s", rewraps, disks, text)
				}
				for i := range disks {
					if got := strings.Count(text, fmt.Sprintf("disk%02d  SERIAL-%02[1]d", i+1)); got != 1 {
						t.Errorf("rewraps %v: in the end disk %d has %d lines:\n%s", rewraps, i+1, got, text)
					}
				}
				if got := strings.Count(text, "  ERASED (verified)\n") + strings.Count(text, "  NOT ERASED - DESTROY (completed-with-exceptions)\n"); got != disks {
					t.Errorf("rewraps %v: %d outcomes, want %d:\n%s", rewraps, got, disks, text)
				}
			})
		}
	}
}

// The kernel's console, and GNU screen as it comes, know no other screen.
func TestTerminalWithoutOtherScreen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newTerminal(t, 80, 24, false)
		e.single = true
		d, _ := show(Table, e)
		d.o.size = e.size
		d.Add(devices.Disk{Name: "sda"})
		d.Start()
		d.Update(0, wipe.Event{Pass: 1, Passes: 1, Pattern: "random", Total: 1000, JobTotal: 2000})
		time.Sleep(time.Second)
		synctest.Wait()
		d.End(0, wipe.Verified)
		d.Close()
		if text := e.seen(); strings.Count(text, "sda") != 1 || !strings.Contains(text, "verified") {
			t.Errorf("in the end the screen shows\n%s", text)
		}
	})
}
