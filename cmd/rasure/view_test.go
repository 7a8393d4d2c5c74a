package main

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

func TestTheTableSurvivesResizing(t *testing.T) {
	t.Parallel()
	sizes := [][2]int{{80, 24}, {40, 24}, {120, 24}, {40, 12}, {120, 50}, {33, 5}, {80, 24}}
	for _, rewraps := range []bool{true, false} {
		for _, disks := range []int{1, 3, 30} {
			synctest.Test(t, func(t *testing.T) {
				e := newTerminal(t, sizes[0][0], sizes[0][1], rewraps)
				const before = "# rasure wipe sda\nType S1 to erase it: S1\n"
				io.WriteString(e, before)
				p, at := show(showTable, e)
				p.size = e.size
				for i := range disks {
					p.add(devices.Disk{Name: fmt.Sprintf("disk%02d", i+1), Identity: devices.Identity{Serial: fmt.Sprintf("SERIAL-%02d", i+1)}})
				}
				p.start()
				for step, size := range sizes {
					e.resize(size[0], size[1])
					for i, b := range p.bars {
						b.update(wipe.Event{Pass: 1, Passes: 1, Pattern: "random", Verifying: step%2 == 0, Done: int64(step), Total: 1000, JobDone: int64(step), JobTotal: 2000, Exceptions: i / 29})
					}
					*at = at.Add(10 * time.Second)
					time.Sleep(time.Second) // some frames
					synctest.Wait()
					text := e.all()
					shown := min(disks, size[1]-3)
					if want := strings.Join(p.table(size[0]-1, size[1]), "\n"); strings.TrimRight(text, "\n") != want {
						t.Errorf("rewraps %v, %d disks, %v: there stands\n%swant\n%s", rewraps, disks, size, text, want)
					}
					if got := strings.Count(text, "random"); got != shown {
						t.Errorf("rewraps %v, %d disks, %v: %d disks are shown, want %d:\n%s", rewraps, disks, size, got, shown, text)
					}
					if disks == 30 && !strings.Contains(text, "disk30") {
						t.Errorf("rewraps %v, %v: the disk with an exception is not shown:\n%s", rewraps, size, text)
					}
					if hidden := fmt.Sprintf("30 disks (%d not shown)", 30-shown); disks == 30 && shown < 30 && !strings.Contains(text, hidden) {
						t.Errorf("rewraps %v, %v: it does not say %q:\n%s", rewraps, size, hidden, text)
					}
				}
				for i, b := range p.bars {
					b.end([]wipe.Outcome{wipe.Verified, wipe.CompletedWithExceptions}[i/29])
				}
				p.close()
				text := e.all()
				if !strings.HasPrefix(text, before) {
					t.Errorf("rewraps %v, %d disks: what stood there before is gone:\n%s", rewraps, disks, text)
				}
				for i := range disks {
					if got := strings.Count(text, fmt.Sprintf("disk%02d  SERIAL-%02[1]d", i+1)); got != 1 {
						t.Errorf("rewraps %v: in the end disk %d stands there %d times:\n%s", rewraps, i+1, got, text)
					}
				}
				if got := strings.Count(text, "  verified\n") + strings.Count(text, "  completed-with-exceptions\n"); got != disks {
					t.Errorf("rewraps %v: the outcomes of %d disks are told, want %d:\n%s", rewraps, got, disks, text)
				}
			})
		}
	}
}

// The kernel's console, and GNU screen as it comes, know no other screen.
func TestATableWithoutAnotherScreenIsFollowedByTheLastOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newTerminal(t, 80, 24, false)
		e.single = true
		p, _ := show(showTable, e)
		p.size = e.size
		b := p.add(devices.Disk{Name: "sda"})
		p.start()
		b.update(wipe.Event{Pass: 1, Passes: 1, Pattern: "random", Total: 1000, JobTotal: 2000})
		time.Sleep(time.Second)
		synctest.Wait()
		b.end(wipe.Verified)
		p.close()
		if text := e.seen(); strings.Count(text, "sda") != 1 || !strings.Contains(text, "verified") {
			t.Errorf("in the end there stands\n%s", text)
		}
	})
}

func TestANarrowTableShowsWhatMatters(t *testing.T) {
	t.Parallel()
	p, at := show(showNone, nil)
	b := p.add(devices.Disk{Name: "nvme0n1", Identity: devices.Identity{Serial: "SERIAL"}})
	b.update(wipe.Event{Pass: 1, Passes: 1, Pattern: "random", Total: 1000, Done: 100, JobDone: 100, JobTotal: 1000, Exceptions: 7, Silent: 40 * time.Second})
	*at = at.Add(time.Minute)
	for width, want := range map[int]string{
		79: "DISK     SERIAL  PASS  DONE  MB/s  MEAN  ETA  EXC  TEMP  DOING",
		50: "DISK     DONE  MB/s  ETA  EXC  DOING",
		40: "DISK     DONE  EXC  DOING",
		26: "DISK     DONE  DOING",
	} {
		lines := p.table(width, 24)
		if lines[0] != want {
			t.Errorf("%d columns: %q, want %q", width, lines[0], want)
		}
		if !strings.Contains(lines[1], "NO ANSWER") {
			t.Errorf("%d columns: %q", width, lines[1])
		}
	}
}

func TestAWideNameDoesNotWrap(t *testing.T) {
	t.Parallel()
	p, _ := show(showNone, nil)
	p.add(devices.Disk{Name: strings.Repeat("\u7edd\u5bc6", 20) + ".img"})
	p.add(devices.Disk{Name: "b"})
	for _, l := range p.table(20, 24) {
		if columns(l) > 20 {
			t.Errorf("%q takes %d columns", l, columns(l))
		}
	}
	if got, want := cut("\u7edd\u5bc6", 3), "\u7edd"; got != want {
		t.Errorf("cut to 3 columns: %q, want %q", got, want)
	}
}
