package main

import (
	"fmt"
	"strings"
	"time"

	"rasure/devices"
)

// table is the lines that show all disks on a screen of that size: never more than fit, none longer than the width. What does not
// fit is told in the last line; disks that need somebody's eyes come before those that do not.
func (p *progress) table(width, height int) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.now()
	rows := [][]string{{"DISK", "SERIAL", "PASS", "DONE", "MB/s", "MEAN", "ETA", "EXC", "TEMP", "DOING"}}
	shown := p.bars
	room := max(height-3, 1) // heading, total, and the line where the cursor waits
	if len(shown) > room {
		shown = worth(p.bars, room)
	}
	for _, b := range shown {
		rows = append(rows, b.row(at))
	}
	lines := align(rows)
	if len(p.bars) > 1 {
		lines = append(lines, p.total(at, len(p.bars)-len(shown)))
	}
	for i, l := range lines {
		if len(l) > width {
			lines[i] = l[:max(width, 0)]
		}
	}
	return lines
}

// row is one disk. It is plain ASCII but for what the drive says of itself, which is printable.
func (b *bar) row(at time.Time) []string {
	e := b.event
	doing, heat, eta := b.doing(), "-", b.eta(at)
	if e.Silent > 0 && b.outcome == "" {
		doing = fmt.Sprintf("NO ANSWER for %v", e.Silent)
	}
	if b.warm {
		heat = fmt.Sprintf("%dC", b.celsius)
	}
	if b.outcome != "" {
		eta = "-"
	}
	return []string{devices.Printable(b.disk.Name), dash(clipped(b.disk.Serial, 20)), fmt.Sprintf("%d/%d", e.Pass, e.Passes), percent(e.JobDone, e.JobTotal),
		fmt.Sprintf("%.0f", b.speed()), fmt.Sprintf("%.0f", b.mean(at)), eta, fmt.Sprint(e.Exceptions), heat, doing}
}

// total sums up all disks, and says how many have no line.
func (p *progress) total(at time.Time, hidden int) string {
	var done, all int64
	var speed float64
	running, exceptions := 0, 0
	eta, longest := "-", time.Duration(0)
	for _, b := range p.bars {
		done, all, exceptions = done+b.event.JobDone, all+b.event.JobTotal, exceptions+b.event.Exceptions
		if b.outcome != "" {
			continue
		}
		running++
		speed += b.speed()
		if left, ok := b.left(at); ok {
			longest = max(longest, left)
			eta = duration(longest)
		}
	}
	s := fmt.Sprintf("%d disks, %d running: %s, %.0f MB/s, ETA %s, exceptions %d", len(p.bars), running, percent(done, all), speed, eta, exceptions)
	if hidden > 0 {
		s += fmt.Sprintf("; %d of them not shown", hidden)
	}
	return s
}

// worth picks n bars, in their order: first those with exceptions or without an answer, then those that run.
func worth(bars []*bar, n int) []*bar {
	rank := func(b *bar) int {
		switch {
		case b.outcome == "" && (b.event.Silent > 0 || b.event.Exceptions > 0):
			return 0
		case b.outcome == "":
			return 1
		}
		return 2
	}
	picked := map[*bar]bool{}
	for r := range 3 {
		for _, b := range bars {
			if rank(b) == r && len(picked) < n {
				picked[b] = true
			}
		}
	}
	shown := []*bar{}
	for _, b := range bars {
		if picked[b] {
			shown = append(shown, b)
		}
	}
	return shown
}

// align pads the columns; numbers stand to the right.
func align(rows [][]string) []string {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], len(cell))
		}
	}
	lines := []string{}
	for _, r := range rows {
		var l strings.Builder
		for i, cell := range r {
			pad := strings.Repeat(" ", widths[i]-len(cell))
			if i >= 2 && i <= 8 {
				cell = pad + cell
			} else {
				cell += pad
			}
			l.WriteString(cell + "  ")
		}
		lines = append(lines, strings.TrimRight(l.String(), " "))
	}
	return lines
}

func clipped(s string, n int) string {
	if len(s) > n {
		return s[:n-1] + "~"
	}
	return s
}
