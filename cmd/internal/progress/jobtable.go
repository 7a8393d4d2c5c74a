package progress

import (
	"fmt"
	"time"

	"rasure/cmd/internal/table"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/wipe"
)

// jobTable lays out all jobs on a screen. Columns only grow while the screen keeps its width, so that none of them jumps.
type jobTable struct {
	lang    message.Language
	verdict func(wipe.Outcome) message.Text

	width int   // of the last screen
	least []int // widths that columns have had on it
}

func heading() []message.Text {
	return []message.Text{message.Of("DISK"), message.Of("SERIAL"), message.Of("PASS"), message.Of("DONE"), message.Of("MB/s"), message.Of("MEAN"),
		message.Of("ETA"), message.Of("EXC"), message.Of("TEMP"), message.Of("DOING")}
}

// narrow are the columns that a narrow screen does without, the first of them first: MEAN, PASS, TEMP, SERIAL, MB/s, ETA, EXC. What the
// disk is doing stays: that says when it does not answer, and what became of it.
var narrow = []int{5, 2, 8, 1, 4, 6, 7}

// lines returns the table for a screen of that size: fewer lines than the screen has, so that the cursor can wait below, and none wider.
// The last line counts the disks without a line; those that need attention come before those that do not.
func (t *jobTable) lines(all []Snapshot, width, height int) []string {
	head := []string{}
	for _, h := range heading() {
		head = append(head, h.In(t.lang))
	}
	rows := [][]string{head}
	shown := all
	space := max(height-3, 1) // heading, total, and the line where the cursor waits
	if len(shown) > space {
		shown = mostUrgent(all, space)
	}
	for _, s := range shown {
		rows = append(rows, t.row(s))
	}
	if t.width != width {
		t.width, t.least = width, nil
	}
	lines, need := table.Table{Right: []int{2, 3, 4, 5, 6, 7, 8}, Spare: narrow, Least: t.least}.Layout(rows, width)
	t.least = need
	if len(all) > 1 {
		lines = append(lines, total(all, len(all)-len(shown)).In(t.lang))
	}
	lines = lines[:min(len(lines), max(height-1, 1))]
	for i, l := range lines {
		lines[i] = table.Cut(l, width)
	}
	return lines
}

func (t *jobTable) row(s Snapshot) []string {
	doing, celsius := s.doing(t.verdict), "-"
	if s.Silent > 0 && s.Outcome == "" {
		doing = message.Of("NO ANSWER for %v", s.silent())
	}
	if t := s.Trouble(); !t.IsZero() {
		doing = message.Of("%s, %s", doing, t)
	}
	if s.Celsius != nil {
		celsius = fmt.Sprintf("%dC", *s.Celsius)
	}
	if limit := s.TooWarm(); limit > 0 {
		doing = message.Of("TOO WARM (its limit is %dC), %s", limit, doing)
	}
	serial := table.Clip(s.Serial, 20)
	if serial == "" {
		serial = "-"
	}
	done := humanize.Percent(s.JobDone, s.JobTotal)
	if s.JobDone == s.JobTotal && s.Outcome != "" && s.Outcome != string(wipe.Verified) {
		done = "-" // 100 % would pass for success
	}
	return []string{s.Disk, serial, fmt.Sprintf("%d/%d", s.Pass, s.Passes), done,
		fmt.Sprintf("%.0f", megabytes(s.Speed)), fmt.Sprintf("%.0f", megabytes(s.Mean)), s.eta(), fmt.Sprint(s.Exceptions), celsius, doing.In(t.lang)}
}

// total sums up all disks, and counts those that have no line.
func total(all []Snapshot, hidden int) message.Text {
	var done, whole, speed int64
	running, exceptions := 0, 0
	eta, longest := "-", time.Duration(0)
	for _, s := range all {
		done, whole, exceptions = done+s.JobDone, whole+s.JobTotal, exceptions+s.Exceptions
		if s.Outcome != "" {
			continue
		}
		running++
		speed += s.Speed
		if left, known := s.Left(); known {
			longest = max(longest, left)
			eta = humanize.Duration(longest)
		}
	}
	if hidden > 0 {
		return message.Of("%d disks (%d not shown), %d running: %s, %.0f MB/s, ETA %s, exceptions %d", len(all), hidden, running, humanize.Percent(done, whole),
			megabytes(speed), eta, exceptions)
	}
	return message.Of("%d disks, %d running: %s, %.0f MB/s, ETA %s, exceptions %d", len(all), running, humanize.Percent(done, whole), megabytes(speed), eta, exceptions)
}

// mostUrgent picks n jobs, in their order: first those that need attention, then those that run.
func mostUrgent(all []Snapshot, n int) []Snapshot {
	rank := func(s Snapshot) int {
		switch {
		case s.needsAttention():
			return 0
		case s.Outcome == "":
			return 1
		}
		return 2
	}
	picked := map[int]bool{}
	for r := range 3 {
		for i, s := range all {
			if rank(s) == r && len(picked) < n {
				picked[i] = true
			}
		}
	}
	shown := []Snapshot{}
	for i, s := range all {
		if picked[i] {
			shown = append(shown, s)
		}
	}
	return shown
}
