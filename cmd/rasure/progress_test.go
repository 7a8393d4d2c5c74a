package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"rasure/devices"
	"rasure/wipe"
)

// show is a progress with a clock that the test sets. What it prints is complete after its close.
func show(how string, out io.Writer) (*progress, *time.Time) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	heat := func(d devices.Disk) (devices.Temperature, bool) {
		return devices.Temperature{Celsius: 38, Limit: 60}, d.Name == "sda"
	}
	return &progress{out: out, how: how, heat: heat, now: func() time.Time { return at }, tell: &teller{out: out}}, &at
}

func TestTheTimeToGoCountsEveryStepAndTheSlowInnerTracks(t *testing.T) {
	t.Parallel()
	const size = int64(4e12)
	for _, c := range []struct {
		medium devices.Medium
		speed  func(x float64) float64 // bytes a second at x of the way
		within float64
	}{
		{devices.Magnetic, func(x float64) float64 { return 250e6 - 140e6*x }, 0.01},
		{devices.Flash, func(x float64) float64 { return 500e6 }, 0.01},
	} {
		p, at := show(showNone, nil)
		b := p.add(devices.Disk{Name: "sdb", Medium: c.medium})
		begun := *at
		guesses := map[time.Time]time.Duration{}
		for pass := 1; pass <= 2; pass++ {
			for _, verifying := range []bool{false, true} {
				later := int64(2-pass) * size
				e := wipe.Event{Pass: pass, Passes: 2, Verifying: verifying, Total: size, LaterWritten: later, LaterRead: later}
				if !verifying {
					e.LaterRead += size
				}
				for x := 0.0; ; x += 0.01 {
					e.Done = int64(x * float64(size))
					if x >= 0.999 {
						e.Done = size
					}
					b.update(e)
					if left, ok := b.left(*at); ok && x > 0.1 {
						guesses[*at] = left
					}
					if e.Done == size {
						break
					}
					*at = at.Add(time.Duration(0.01 * float64(size) / c.speed(x+0.005) * 1e9))
				}
			}
		}
		all := at.Sub(begun)
		for when, left := range guesses {
			if off := math.Abs(when.Add(left).Sub(*at).Seconds()) / all.Seconds(); off > c.within {
				t.Errorf("%s: after %v of %v it said %v, which is %.1f %% of the whole off", c.medium, when.Sub(begun), all, left, 100*off)
			}
		}
		if len(guesses) < 300 {
			t.Errorf("only %d guesses", len(guesses))
		}
	}
}

func TestTheTableFitsTheScreen(t *testing.T) {
	t.Parallel()
	p, at := show(showNone, nil)
	for i := range 30 {
		b := p.add(devices.Disk{Name: fmt.Sprintf("sd%c", 'a'+i%26), Identity: devices.Identity{Serial: fmt.Sprintf("SERIAL-%02d-%s", i, strings.Repeat("x", i))}})
		b.update(wipe.Event{Pass: 1, Passes: 1, Pattern: "random", Total: 1000, Done: 100, JobDone: 100, JobTotal: 2000, Exceptions: i / 29})
		if i < 11 {
			b.end([]wipe.Outcome{wipe.Verified, wipe.Failed}[i/10])
		}
	}
	p.bars[28].event.Silent = 40 * time.Second
	*at = at.Add(time.Minute)
	for _, size := range [][2]int{{79, 24}, {200, 60}, {40, 24}, {79, 5}, {5, 2}, {0, 1}} {
		lines := p.table(size[0], size[1])
		if len(lines) >= size[1] && size[1] > 3 {
			t.Errorf("%d lines on a screen of %d", len(lines), size[1])
		}
		for _, l := range lines {
			if len(l) > size[0] {
				t.Errorf("a line of %d on a screen of %d: %q", len(l), size[0], l)
			}
		}
	}
	text := strings.Join(p.table(200, 24), "\n")
	for _, want := range []string{"SERIAL-29", "NO ANSWER for 40s", "30 disks (9 not shown), 19 running: 5%", "exceptions 1", "SERIAL-10", "failed"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "SERIAL-01") || !strings.Contains(text, "SERIAL-00") {
		t.Errorf("of those verified none but the first are shown where there is room:\n%s", text)
	}
}
