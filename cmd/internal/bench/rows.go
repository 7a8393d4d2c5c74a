package bench

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/wipe"
)

// columns are the widths of what every row begins with. What follows depends on what the disk does, so that a row never changes where it
// says which disk it is.
type columns struct {
	bay, disk, size, serial int
	rest                    int // cells that are left for model, health and state, for progress, or for the verdict
}

const (
	markWidth    = 5  // ">[x] "
	verdictWidth = 23 // "NOT ERASED - KEEP APART"
	idleWidth    = 34 // a model, the health, a state
)

// columnsFor fits the columns to all rows, and to the screen. A narrow screen has no sizes.
func (m *Model) columnsFor(width int) columns {
	c := columns{bay: 3, disk: 4, size: 7, serial: 6}
	for _, key := range m.order {
		d := m.disks[key]
		c.bay, c.disk, c.serial = max(c.bay, table.Width(portOf(d))), max(c.disk, table.Width(d.Name)), max(c.serial, table.Width(d.Serial))
	}
	switch {
	case width < 80:
		c.size, c.bay, c.disk, c.serial = 0, min(c.bay, 5), min(c.disk, 8), min(c.serial, 16)
	case width < 100:
		c.bay, c.disk, c.serial = min(c.bay, 8), min(c.disk, 8), min(c.serial, 16)
	default:
		c.bay, c.disk, c.serial = min(c.bay, 14), min(c.disk, 10), min(c.serial, 20)
	}
	used := markWidth + c.bay + 1 + c.disk + 1 + c.serial + 1
	if c.size > 0 {
		used += c.size + 1
	}
	c.rest = max(0, width-used)
	return c
}

// start is what a row, or the heading, begins with.
func (c columns) start(mark, bay, disk, size, serial string) string {
	cell := func(s string, w int) string { return table.Pad(table.Clip(message.Printable(s, false), w), w) + " " }
	s := table.Pad(mark, markWidth) + cell(bay, c.bay) + cell(disk, c.disk)
	if c.size > 0 {
		s += table.PadLeft(size, c.size) + " "
	}
	return s + cell(serial, c.serial)
}

// idle splits what is left into model, health and state; a narrow screen shows the state only.
func (c columns) idle(model, health, state string) string {
	if c.rest < idleWidth {
		return table.Clip(state, c.rest)
	}
	wide := min(c.rest-22, 28)
	return table.Pad(table.Clip(message.Printable(model, false), wide), wide) + " " + table.Pad(table.Clip(health, 7), 7) + " " + table.Clip(state, c.rest-wide-9)
}

func (m *Model) heading(c columns) string {
	return c.start("", m.in("BAY"), m.in("DISK"), m.in("SIZE"), m.in("SERIAL")) + c.idle(m.in("MODEL"), m.in("HEALTH"), m.in("STATE"))
}

// row draws a disk.
func (m *Model) row(key string, c columns) string {
	d, j := m.disks[key], m.jobs[key]
	begin := c.start(m.mark(d), portOf(d), orElse(d.Name, "-"), sizeOf(d), orElse(d.Serial, "-"))
	var rest string
	style := lipgloss.NewStyle()
	switch {
	case d.Empty:
		begin, rest, style = c.start(m.mark(d), portOf(d), "-", "", ""), c.idle("", "", m.in("empty")), dimStyle
	case j != nil && j.Phase == jobs.Ended:
		return m.styled(key, begin, style) + m.result(d, j, c.rest)
	case j != nil:
		rest, style = m.progress(j, c.rest)
	default:
		rest = c.idle(orElse(d.Model, cli.Word(d.Disk.Medium).In(m.look.lang)), healthWords(d.Health.Verdict).In(m.look.lang), m.stateOf(d).In(m.look.lang))
		style = m.styleOf(d)
	}
	if m.lost != nil {
		style = dimStyle
	}
	return m.styled(key, begin, style) + style.Render(rest)
}

// styled draws what says which disk it is; that of the highlighted row is reversed.
func (m *Model) styled(key, s string, style lipgloss.Style) string {
	if key == m.cursor {
		return cursorStyle.Render(strings.TrimSuffix(s, " ")) + " "
	}
	return style.Render(s)
}

func (m *Model) styleOf(d *jobs.Disk) lipgloss.Style {
	switch {
	case d.Gone || !d.Ready && !d.Resume && len(d.Hazards) == 0 || len(d.Hazards) > 0 && d.Hazards[0].Code == "system":
		return dimStyle
	case m.countdown(d.Key) != nil:
		return dangerStyle
	case len(d.Hazards) > 0 || d.Health.Verdict == "failing" || d.Resume:
		return warnStyle
	}
	return lipgloss.NewStyle()
}

// mark is the cursor, and whether the disk is selected, can be, or has just arrived.
func (m *Model) mark(d *jobs.Disk) string {
	cursor, box := " ", "   "
	if d.Key == m.cursor {
		cursor = ">"
	}
	switch {
	case m.chosen[d.Key] != nil:
		box = "[x]"
	case m.unfit(d.Key).IsZero():
		box = "[ ]"
	}
	if d.Arrived && !d.Empty {
		return cursor + box + "*"
	}
	return cursor + box + " "
}

func sizeOf(d *jobs.Disk) string {
	if d.Size <= 0 {
		return "-"
	}
	return humanize.Size(d.Size)
}

// progress is how far a job is: percentage and the time of its end always, more where there is space, and whatever needs attention first.
func (m *Model) progress(j *jobs.Job, width int) (string, lipgloss.Style) {
	p, style := j.Progress, lipgloss.NewStyle()
	done := fmt.Sprintf("%2d%%", percent(j))
	var alarm message.Text
	switch {
	case j.Phase == jobs.Stopping:
		alarm = message.Of("STOPPING")
	case p.Silent > 0:
		alarm, style = message.Of("NO ANSWER for %s", humanize.Duration(time.Duration(p.Silent)*time.Second)), dangerStyle
	case j.Phase == jobs.Paused:
		alarm, style = message.Of("PAUSED"), warnStyle
	case p.TooWarm() > 0:
		alarm, style = message.Of("TOO WARM %dC", *p.Celsius), warnStyle
	case p.Exceptions > 0:
		alarm, style = message.Count(p.Exceptions, "%d EXCEPTION", "%d EXCEPTIONS"), warnStyle
	}
	end := "-"
	if left, known := p.Left(); known && j.Phase == jobs.Running {
		end = m.clock(m.o.Now().Add(left))
		if width >= 45 {
			end = humanize.Duration(left) + "  " + end
		}
	}
	pieces := []string{done}
	if !alarm.IsZero() {
		pieces = append(pieces, alarm.In(m.look.lang))
	} else if width >= 22 {
		pieces = append(pieces, table.PadLeft(rate(p.Speed), 8))
	}
	pieces = append(pieces, end)
	line := strings.Join(pieces, "  ")
	if space := width - table.Width(line) - 2; space >= 10 {
		line = bar(int64(percent(j)), 100, min(space, 30)) + " " + line
	}
	return table.Clip(line, width), style
}

// result is the verdict, large, and what there is to say of it.
func (m *Model) result(d *jobs.Disk, j *jobs.Job, width int) string {
	style, word := destroyStyle, " "+verdict(j).In(m.look.lang)+" "
	if j.Outcome == string(wipe.Verified) {
		style = erasedStyle
	}
	if width <= verdictWidth+1 {
		word = strings.TrimSpace(word)
	}
	more := ""
	switch {
	case d.Gone:
		more = m.in("removed")
	case j.Index >= 0:
		more = m.in("entry %d", j.Index)
	}
	word = table.Clip(word, width)
	if space := width - table.Width(word) - 1; more != "" && space >= table.Width(more) {
		return style.Render(word) + " " + more
	}
	return style.Render(word)
}
