package progress

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/cmd/internal/table"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/wipe"
)

// show is a display with a clock that the test sets. What it prints is complete after its Close.
func show(mode Mode, out io.Writer) (*Display, *time.Time) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return New(Options{Out: out, Mode: mode, now: func() time.Time { return at }, Temperature: func(d devices.Disk) (devices.Temperature, bool) {
		return devices.Temperature{Celsius: 38, Limit: 60}, d.Name == "sda"
	}}), &at
}

func (d *Display) drawn(width, height int) []string {
	return d.newTable().lines(d.snapshots(), width, height)
}

// events calls f with every event of a job that writes and reads back a disk in passes, four a second of the clock.
func events(at *time.Time, passes int, size int64, speed func(x float64) float64, f func(wipe.Event)) {
	for pass := 1; pass <= passes; pass++ {
		for _, verifying := range []bool{false, true} {
			later := int64(passes-pass) * size
			e := wipe.Event{Pass: pass, Passes: passes, Verifying: verifying, Total: size, LaterWritten: later, LaterRead: later}
			if !verifying {
				e.LaterRead += size
			}
			for {
				f(e)
				if e.Done == size {
					break
				}
				e.Done = min(size, e.Done+int64(speed(float64(e.Done)/float64(size))/4))
				*at = at.Add(250 * time.Millisecond)
			}
		}
	}
}

func TestRemaining(t *testing.T) {
	t.Parallel()
	const size = int64(2e11)
	for _, c := range []struct {
		medium devices.Medium
		speed  func(x float64) float64 // bytes a second at x of the disk
		within float64
	}{
		{devices.Magnetic, func(x float64) float64 { return 250e6 - 140e6*x }, 0.01},
		{devices.Flash, func(x float64) float64 { return 500e6 }, 0.01},
	} {
		t.Run("counts every step/"+string(c.medium), func(t *testing.T) {
			at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
			tr := NewTracker(devices.Disk{Medium: c.medium})
			began := at
			guesses := map[time.Time]time.Duration{}
			events(&at, 2, size, c.speed, func(e wipe.Event) {
				tr.Update(e, at)
				if left, known := tr.Snapshot(at).Left(); known && e.Done > e.Total/10 {
					guesses[at] = left
				}
			})
			all := at.Sub(began)
			for when, left := range guesses {
				if off := math.Abs(when.Add(left).Sub(at).Seconds()) / all.Seconds(); off > c.within {
					t.Fatalf("after %v of %v it was %v, which is %.1f %% of the whole off", when.Sub(began), all, left, 100*off)
				}
			}
			if len(guesses) < 300 {
				t.Errorf("only %d guesses", len(guesses))
			}
		})
	}
	t.Run("is known at the first event of a later step", func(t *testing.T) {
		at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		tr := NewTracker(devices.Disk{Medium: devices.Flash})
		events(&at, 2, 1e10, func(float64) float64 { return 100e6 }, func(e wipe.Event) {
			tr.Update(e, at)
			if _, known := tr.Snapshot(at).Left(); e.Pass == 2 && !known {
				t.Fatalf("pass 2, %d of %d bytes: not known", e.Done, e.Total)
			}
		})
	})
}

func TestSpeed(t *testing.T) {
	t.Parallel()
	const total = 4_000_000_000_000
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	// A disk at 200 MB/s: the first event of the reading back comes 250 ms after it began, with Done > 0.
	t.Run("begins from zero in a new step", func(t *testing.T) {
		for name, next := range map[string]wipe.Event{
			"reading back":     {Pass: 1, Passes: 2, Verifying: true},
			"next pass":        {Pass: 2, Passes: 2},
			"step begun again": {Pass: 1, Passes: 2},
		} {
			tr, at := NewTracker(devices.Disk{}), start
			for done := int64(total - 1_500_000_000); done <= total; done += 50_000_000 {
				tr.Update(wipe.Event{Pass: 1, Passes: 2, Done: done, Total: total}, at)
				at = at.Add(250 * time.Millisecond)
			}
			for i := int64(1); i < 30; i++ {
				next.Done, next.Total = i*50_000_000, total
				tr.Update(next, at)
				if s := tr.Snapshot(at); s.Speed < 0 || s.Speed > 201e6 || s.Mean < 0 || s.Mean > 201e6 {
					t.Errorf("%s, after %d ms: speed %d, mean %d", name, i*250, s.Speed, s.Mean)
				}
				if s := tr.Snapshot(at); i > 1 && s.Speed < 199e6 {
					t.Errorf("%s, after %d ms: speed %d", name, i*250, s.Speed)
				}
				at = at.Add(250 * time.Millisecond)
			}
		}
	})
	t.Run("does not count time in which the process was stopped", func(t *testing.T) {
		tr, at := NewTracker(devices.Disk{Medium: devices.Flash}), start
		for i := range int64(400) {
			if i == 200 {
				at = at.Add(time.Hour) // Ctrl-Z, lunch, fg
			}
			tr.Update(wipe.Event{Pass: 1, Passes: 1, Done: i * 50_000_000, Total: 40_000_000_000}, at)
			s := tr.Snapshot(at)
			if i > 10 && (s.Speed < 190e6 || s.Speed > 210e6 || s.Mean < 190e6 || s.Mean > 210e6 || *s.ETA > 201) {
				t.Errorf("event %d: speed %d, mean %d, %ds left", i, s.Speed, s.Mean, *s.ETA)
			}
			at = at.Add(250 * time.Millisecond)
		}
	})
	t.Run("falls while a disk does not answer", func(t *testing.T) {
		tr, at := NewTracker(devices.Disk{}), start
		for i := range int64(100) {
			tr.Update(wipe.Event{Pass: 1, Passes: 1, Done: min(i, 50) * 50_000_000, Total: total}, at)
			at = at.Add(250 * time.Millisecond)
		}
		if s := tr.Snapshot(at); s.Speed != 0 || s.Mean > 101e6 {
			t.Errorf("speed %d, mean %d", s.Speed, s.Mean)
		}
	})
}

func TestTable(t *testing.T) {
	t.Parallel()
	t.Run("fits the screen", func(t *testing.T) {
		d, at := show(None, nil)
		for i := range 30 {
			d.Add(devices.Disk{Name: fmt.Sprintf("sd%c", 'a'+i%26), Identity: devices.Identity{Serial: fmt.Sprintf("SERIAL-%02d-%s", i, strings.Repeat("x", i))}})
			e := wipe.Event{Pass: 1, Passes: 1, Pattern: "random", Total: 1000, Done: 100, JobDone: 100, JobTotal: 2000, Exceptions: i / 29}
			if i == 28 {
				e.Silent = 40 * time.Second
			}
			d.Update(i, e)
			if i < 11 {
				d.End(i, []wipe.Outcome{wipe.Verified, wipe.Failed}[i/10])
			}
		}
		*at = at.Add(time.Minute)
		for _, size := range [][2]int{{79, 24}, {200, 60}, {40, 24}, {79, 5}, {5, 2}, {0, 1}} {
			lines := d.drawn(size[0], size[1])
			if len(lines) >= size[1] && size[1] > 3 {
				t.Errorf("%d lines on a screen of %d", len(lines), size[1])
			}
			for _, l := range lines {
				if len(l) > size[0] {
					t.Errorf("a line of %d on a screen of %d: %q", len(l), size[0], l)
				}
			}
		}
		text := strings.Join(d.drawn(200, 24), "\n")
		for _, want := range []string{"SERIAL-29", "NO ANSWER for 40s", "30 disks (9 not shown), 19 running: 5%", "exceptions 1", "SERIAL-10", "NOT ERASED - DESTROY (failed)"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in the table:\n%s", want, text)
			}
		}
		if strings.Contains(text, "SERIAL-01") || !strings.Contains(text, "SERIAL-00") {
			t.Errorf("of the verified disks only the first has a line while others need it:\n%s", text)
		}
	})
	t.Run("shows what matters on a narrow screen", func(t *testing.T) {
		d, at := show(None, nil)
		d.Add(devices.Disk{Name: "nvme0n1", Identity: devices.Identity{Serial: "SERIAL"}})
		d.Update(0, wipe.Event{Pass: 1, Passes: 1, Pattern: "random", Total: 1000, Done: 100, JobDone: 100, JobTotal: 1000, Exceptions: 7, Silent: 40 * time.Second})
		*at = at.Add(time.Minute)
		for width, want := range map[int]string{
			79: "DISK     SERIAL  PASS  DONE  MB/s  MEAN  ETA  EXC  TEMP  DOING",
			50: "DISK     DONE  MB/s  ETA  EXC  DOING",
			40: "DISK     DONE  EXC  DOING",
			26: "DISK     DONE  DOING",
		} {
			lines := d.drawn(width, 24)
			if lines[0] != want {
				t.Errorf("%d columns: %q, want %q", width, lines[0], want)
			}
			if !strings.Contains(lines[1], "NO ANSWER") {
				t.Errorf("%d columns: %q", width, lines[1])
			}
		}
	})
	t.Run("keeps its columns while the screen keeps its width", func(t *testing.T) {
		d, _ := show(None, nil)
		tab := d.newTable()
		d.Add(devices.Disk{Name: "sda", Identity: devices.Identity{Serial: "USBSTICK01-LONG"}})
		heads := []string{}
		for pass, pattern := range []string{"random", "random-complement", "random"} {
			d.Update(0, wipe.Event{Pass: pass + 1, Passes: 3, Pattern: pattern, Verifying: true, Total: 1000, JobTotal: 2000})
			heads = append(heads, tab.lines(d.snapshots(), 79, 24)[0])
		}
		if heads[1] != heads[2] || heads[0] == heads[1] {
			t.Errorf("the headings were\n%s", strings.Join(heads, "\n"))
		}
		if head := tab.lines(d.snapshots(), 120, 24)[0]; head == heads[2] {
			t.Errorf("a wider screen has no more columns: %s", head)
		}
	})
	t.Run("shows 100 % of a disk only if it was verified", func(t *testing.T) {
		for outcome, want := range map[wipe.Outcome]bool{wipe.Verified: true, wipe.CompletedWithExceptions: false, wipe.Failed: false, wipe.Interrupted: false, wipe.Unknown: false} {
			d, _ := show(None, nil)
			d.Add(devices.Disk{Name: "sda"})
			d.Update(0, wipe.Event{Pass: 1, Passes: 1, Pattern: "random", Total: 1000, Done: 1000, JobDone: 2000, JobTotal: 2000})
			d.End(0, outcome)
			if text := strings.Join(d.drawn(200, 24), "\n"); strings.Contains(text, "100%") != want {
				t.Errorf("%s:\n%s", outcome, text)
			}
		}
	})
	t.Run("measures in cells", func(t *testing.T) {
		d, _ := show(None, nil)
		d.Add(devices.Disk{Name: strings.Repeat("绝密", 20) + ".img"})
		d.Add(devices.Disk{Name: "b"})
		for _, l := range d.drawn(20, 24) {
			if table.Width(l) > 20 {
				t.Errorf("%q takes %d cells", l, table.Width(l))
			}
		}
	})
}

// TestMarked shows that every word of the display passes through package message.
func TestMarked(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	for _, mode := range []Mode{Lines, None} {
		var lines strings.Builder
		synctest.Test(t, func(t *testing.T) {
			d, at := show(mode, &lines)
			d.o.Lang = message.Marked
			if p, ok := d.printer.(*linePrinter); ok {
				p.lang = message.Marked
			}
			for i, e := range []wipe.Event{
				{Pass: 1, Passes: 1, Pattern: "random", Total: 1000, JobTotal: 2000, Silent: 20 * time.Second, Exceptions: 2},
				{Pass: 1, Passes: 1, Pattern: "random", Verifying: true, Total: 1000, JobTotal: 2000},
				{Passes: 1, Total: 1, Method: devices.NVMeSanitizeBlock, Progress: 99, Still: 2 * time.Hour},
				{},
			} {
				d.Add(devices.Disk{Name: "sda"})
				d.Update(i, e)
				*at = at.Add(11 * time.Second)
				d.Update(i, e)
			}
			out.WriteString(strings.Join(d.drawn(400, 60), "\n") + "\n")
			for i, o := range []wipe.Outcome{wipe.Verified, wipe.Failed, wipe.Interrupted, wipe.Unknown} {
				d.End(i, o)
			}
			out.WriteString(strings.Join(d.drawn(400, 60), "\n") + "\n")
			d.Close()
		})
		out.WriteString(lines.String())
	}
	depth := 0
	outside := strings.Map(func(r rune) rune {
		switch r {
		case '⟦':
			depth++
		case '⟧':
			depth--
			return ' '
		default:
			if depth == 0 {
				return r
			}
		}
		return -1
	}, out.String())
	for _, word := range strings.Fields(outside) {
		if word != "sda" && strings.ContainsAny(word, "abcdefghijklmnopqrtuvwxyzABDEFGHIJKLMNOPQRSTUVWXYZ") && !slices.Contains([]string{"38C"}, word) {
			t.Errorf("%q did not pass through package message:\n%s", word, out.String())
			break
		}
	}
}
