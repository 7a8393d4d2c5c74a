package bench

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/job"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
)

// asks reports that a line is expected.
func (e *erase) asks() bool  { return e.stage == collecting || e.stage == confirming }
func (p *prompt) asks() bool { return true }

func (e *erase) lines(m *Model, width, height int) []string {
	lang := m.look.lang
	n := e.count(func(i *item) bool { return !i.out && (i.plan == nil || i.plan.Refused == nil) })
	lines := []string{dangerStyle.Render(table.Clip(" "+message.Count(n, "Erase %d disk: EVERYTHING ON IT WILL BE DESTROYED.", "Erase %d disks: EVERYTHING ON THEM WILL BE DESTROYED.").In(lang), width))}
	for _, l := range wrap(e.how(m).In(lang), width-1) {
		lines = append(lines, " "+l)
	}
	for _, l := range wrap(e.next(m).In(lang), width-1) {
		lines = append(lines, headStyle.Render(" "+l))
	}
	lines = append(lines, "")
	warnings := e.warnings(m, width)
	space := max(3, height-len(lines)-len(warnings))
	lines = append(lines, e.list(m, width, space)...)
	return append(lines, warnings...)
}

// how says by which plan.
func (e *erase) how(m *Model) message.Text {
	longest, resume := 0, 0
	for _, i := range e.items {
		estimate := i.disk.Minutes
		if i.plan != nil && i.plan.Minutes > 0 {
			estimate = i.plan.Minutes
		}
		longest = max(longest, estimate)
		if i.disk.Resume {
			resume++
		}
	}
	about := message.Of("not known how long it takes")
	if longest > 0 {
		about = message.Of("about %s", minutes(longest))
	}
	if resume > 0 && !m.again {
		return message.Of("Each interrupted job is resumed by the plan that it began with, operator %s, %s.", orElse(m.plan.Operator, "-"), about)
	}
	return message.Of("Plan: %s, %s.", m.planWords(), about)
}

// next says what to do now.
func (e *erase) next(m *Model) message.Text {
	waiting := e.count((*item).waits)
	switch {
	case e.stage == preparing:
		return message.Of("Claiming the disks and looking at them once more ...")
	case e.stage == starting:
		return message.Of("Starting ...")
	case e.stage == collecting && waiting > 0:
		return message.Of("Scan more disks, or press Enter: you then confirm %s.", message.Count(waiting, "%d disk", "%d disks"))
	case e.stage == collecting:
		return message.Of("Scan more disks, or press ENTER TO ERASE THEM.")
	case waiting > 0:
		return message.Of("Scan or type the serial number of each disk, in any order: %d to go.", waiting)
	case e.count((*item).ready) == 0:
		return message.Of("Nothing is left to be erased. Esc goes back.")
	}
	return message.Of("All are confirmed. Press ENTER TO ERASE THEM.")
}

// list are the disks, with what is said beside each; those around the highlighted one if there are too many.
func (e *erase) list(m *Model, width, height int) []string {
	if all, _, _ := e.all(m, width, true); len(all) <= height {
		return all
	}
	lines, from, to := e.all(m, width, false)
	if len(lines) <= height {
		return lines
	}
	top := max(0, min(to-height, from))
	hidden := len(lines) - (height - 1)
	lines = slices.Clone(lines[top:min(len(lines), top+height-1)])
	return append(lines, dimStyle.Render(table.Clip(" "+m.in("... %d more lines: arrows scroll", hidden), width)))
}

// all are the lines of all disks, with what is on them where there is space for it; the highlighted one has lines from to to.
func (e *erase) all(m *Model, width int, contents bool) (lines []string, from, to int) {
	c := m.columnsFor(width)
	for n, i := range e.items {
		if n == e.at {
			from = len(lines)
		}
		lines = append(lines, e.row(m, i, n == e.at, c))
		if contents && i.disk.OnIt != "" && !i.out {
			lines = append(lines, table.Clip("      "+m.in("on it: %s", i.disk.OnIt), width))
		}
		lines = append(lines, e.beside(m, i, width)...)
		if n == e.at {
			to = len(lines)
		}
	}
	return lines, from, to
}

func (e *erase) row(m *Model, i *item, here bool, c columns) string {
	mark, style := " ", lipgloss.NewStyle()
	if here {
		mark = ">"
	}
	var state message.Text
	switch {
	case i.out:
		state, style = message.Of("left out"), dimStyle
	case i.plan != nil && i.plan.Refused != nil:
		state, style = message.Of("REFUSED"), warnStyle
	case i.confirmed:
		state = message.Of("confirmed")
		mark += "[x]"
	default:
		state = message.Of("waiting")
		mark += "[ ]"
	}
	begin := c.start(mark, portOf(&i.disk), orElse(i.disk.Name, "-"), sizeOf(&i.disk), orElse(i.disk.Serial, i.disk.Word))
	rest := c.idle(orElse(i.disk.Model, cli.Word(i.disk.Disk.Medium).In(m.look.lang)), healthWords(i.disk.Health.Verdict).In(m.look.lang), state.In(m.look.lang))
	if here {
		return cursorStyle.Render(strings.TrimSuffix(begin, " ")) + " " + style.Render(rest)
	}
	return style.Render(begin + rest)
}

// beside are the lines below a disk: its medium, what else is erased with it, and why it is refused.
func (e *erase) beside(m *Model, i *item, width int) (lines []string) {
	add := func(style lipgloss.Style, t message.Text) {
		for _, l := range wrap(t.In(m.look.lang), width-7) {
			lines = append(lines, "      "+style.Render(l))
		}
	}
	if i.out {
		return nil
	}
	entry := i.disk.Medium
	if i.plan != nil && !sameEntry(i.plan.Medium, entry) { // the row knows more of the same medium
		entry = i.plan.Medium
	}
	if i.medium != "" || entry != nil {
		add(lipgloss.NewStyle(), message.Of("medium %s", m.mediumWords(i.medium, entry)))
	}
	c := i.choice
	if p := i.plan; p != nil && p.Refused == nil && c.own != (job.Own{}) { // what differs from the plan above is shown as the server planned it
		c.own = ownOf(*p)
	}
	for _, t := range c.details() {
		add(lipgloss.NewStyle(), t)
	}
	if i.plan == nil {
		return lines
	}
	if r := i.plan.Refused; r != nil {
		add(warnStyle, message.Of("%s", r.Text))
		if r.Hint != "" {
			add(lipgloss.NewStyle(), message.Of("hint: %s", r.Hint))
		}
		return lines
	}
	for _, o := range i.plan.Others {
		add(dangerStyle, message.Of("EVERYTHING ON %s WILL BE DESTROYED WITH IT", o))
	}
	if i.plan.Method != "" {
		add(lipgloss.NewStyle(), message.Of("the drive first erases itself: %s", i.plan.Method))
	}
	if i.plan.Resumes > 0 {
		add(lipgloss.NewStyle(), message.Of("resumes after %s", humanize.Size(i.plan.Resumes)))
	}
	return lines
}

// details are what was given for the disk alone.
func (c choice) details() (all []message.Text) {
	for _, x := range []struct {
		value string
		say   message.Text
	}{
		{string(c.own.Level), message.Of("level %s", levelWords(string(c.own.Level)))},
		{c.own.Scheme, message.Of("scheme %s", schemeWords(c.own.Scheme))},
		{string(c.own.Verify), message.Of("read back: %s", verifyWords(string(c.own.Verify)))},
		{c.asset, message.Of("asset %s", message.Printable(c.asset, false))},
		{c.host, message.Of("from the computer %s", message.Printable(c.host, false))},
		{c.note, message.Of("note %s", message.Printable(c.note, false))},
	} {
		if x.value != "" {
			all = append(all, x.say)
		}
	}
	return all
}

// warnings are those of all plans, each once.
func (e *erase) warnings(m *Model, width int) (lines []string) {
	seen := map[string]int{}
	order := []string{}
	for _, i := range e.items {
		if i.plan == nil || i.out || i.plan.Refused != nil {
			continue
		}
		for _, n := range i.plan.Notes {
			if seen[n]++; seen[n] == 1 {
				order = append(order, n)
			}
		}
	}
	for _, n := range order {
		for _, l := range wrap(m.in("warning (%s): %s", message.Count(seen[n], "%d disk", "%d disks"), n), width-1) {
			lines = append(lines, warnStyle.Render(" "+l))
		}
	}
	return lines
}

func (e *erase) keys(*Model) []message.Text {
	switch e.stage {
	case preparing:
		return []message.Text{message.Of("Esc back")}
	case starting:
		return nil
	}
	return []message.Text{message.Of("Enter erase"), message.Of("Esc back"), message.Of("Delete leave out"), message.Of("arrows move")}
}

// asks reports that the line of input is open.
func (m *Model) asks() bool {
	a, ok := m.cover.(interface{ asks() bool })
	return ok && a.asks()
}
