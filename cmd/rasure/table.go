package main

import (
	"fmt"
	"strings"
	"time"

	"rasure/devices"
	"rasure/wipe"
)

// table is the lines that show all disks on a screen of that size: fewer than it has, so that the cursor can wait below, and none wider.
// How many disks have no line is told in the last one; those that need somebody's eyes come before those that do not.
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
	lines := align(rows, width)
	if len(p.bars) > 1 {
		lines = append(lines, p.total(at, len(p.bars)-len(shown)))
	}
	lines = lines[:min(len(lines), max(height-1, 1))]
	for i, l := range lines {
		lines[i] = cut(l, width)
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
		heat = fmt.Sprintf("%dC", b.heat.Celsius)
	}
	if over := b.heat.ExceededLimit(); over > 0 && b.outcome == "" {
		doing = fmt.Sprintf("TOO WARM (its limit is %dC), %s", over, doing)
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
	s := fmt.Sprintf("%d disks", len(p.bars))
	if hidden > 0 {
		s += fmt.Sprintf(" (%d not shown)", hidden)
	}
	return s + fmt.Sprintf(", %d running: %s, %.0f MB/s, ETA %s, exceptions %d", running, percent(done, all), speed, eta, exceptions)
}

// worth picks n bars, in their order: first those in trouble, then those that run.
func worth(bars []*bar, n int) []*bar {
	rank := func(b *bar) int {
		switch {
		case b.trouble():
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

// trouble: somebody should look at the disk.
func (b *bar) trouble() bool {
	if b.outcome != "" {
		return b.outcome != wipe.Verified
	}
	return b.event.Exceptions > 0 || b.event.Silent > 0 || b.heat.ExceededLimit() > 0
}

// spare are the columns that a narrow screen does without, the first of them first. What the disk is doing stays: there it stands when
// it does not answer, and what became of it.
var spare = []int{5, 2, 8, 1, 4, 6, 7} // MEAN, PASS, TEMP, SERIAL, MB/s, ETA, EXC

// align pads the columns, as many as fit; numbers stand to the right.
func align(rows [][]string, width int) []string {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], columns(cell))
		}
	}
	all := -2
	for _, w := range widths {
		all += w + 2
	}
	for _, i := range spare {
		if all > width {
			all -= widths[i] + 2
			widths[i] = -1
		}
	}
	lines := []string{}
	for _, r := range rows {
		var l strings.Builder
		for i, cell := range r {
			if widths[i] < 0 {
				continue
			}
			pad := strings.Repeat(" ", widths[i]-columns(cell))
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

// columns is how many columns of a terminal a text takes.
func columns(s string) (n int) {
	for _, r := range s {
		n += wide(r)
	}
	return n
}

// wide is 2 from the first of the scripts on that most terminals give two columns (Hangul Jamo, see Unicode's UAX #11). Too much for
// some only leaves a gap.
func wide(r rune) int {
	if r >= 0x1100 {
		return 2
	}
	return 1
}

// cut leaves of a text what fits so many columns.
func cut(s string, width int) string {
	for i, r := range s {
		if width -= wide(r); width < 0 {
			return s[:i]
		}
	}
	return s
}

func clipped(s string, n int) string {
	if columns(s) > n {
		return cut(s, n-1) + "~"
	}
	return s
}
