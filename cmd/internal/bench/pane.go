package bench

import (
	"time"

	"charm.land/lipgloss/v2"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/wipe"
)

// pane explains the highlighted row.
type pane struct {
	m     *Model
	width int
	all   []string
}

const labelWidth = 10

// line adds a label and what it says, on as many lines as it needs.
func (p *pane) line(label, text message.Text, style lipgloss.Style) {
	if text.IsZero() {
		return
	}
	name := label.In(p.m.look.lang)
	for _, l := range wrap(text.In(p.m.look.lang), p.width-labelWidth-1) {
		p.all = append(p.all, " "+table.Pad(name, labelWidth)+style.Render(l))
		name = ""
	}
}

// paneLines are the lines below the list; the last one says so if there are more.
func (m *Model) paneLines(width, height int) []string {
	p := &pane{m: m, width: width}
	if d := m.disks[m.cursor]; d != nil {
		p.disk(d, m.jobs[m.cursor])
	} else if m.known {
		p.all = append(p.all, " "+table.Clip(m.in("No row is highlighted. Plug a disk in, or use the arrow keys."), width-1))
	}
	if len(p.all) > height && height > 0 {
		p.all = append(p.all[:height-1], " "+table.Clip(m.in("... %d more lines: make the window higher", len(p.all)-height+1), width-1))
	}
	return p.all
}

func (p *pane) disk(d *jobs.Disk, j *jobs.Job) {
	m, plain := p.m, lipgloss.NewStyle()
	if d.Empty {
		p.all = append(p.all, " "+table.Clip(m.in("Bay %s is empty. %s", d.Bay, d.Port), p.width-1))
		return
	}
	serial := m.in("serial %s", orElse(d.Serial, "-"))
	if (d.Serial == "" || d.Doubt != "") && d.Word != "" {
		serial = m.in("no serial number: %s confirms it", d.Word)
	}
	head := m.in("%s %s  %s  %s", portOf(d), d.Name, orElse(d.Model, "-"), sizeOf(d)) + "  " + serial
	for _, l := range wrap(head, p.width-1) {
		p.all = append(p.all, headStyle.Render(" "+l))
	}
	if j != nil && j.Phase == jobs.Ended {
		p.ended(d, j)
		return
	}
	if j != nil {
		p.running(j)
		return
	}
	for _, h := range d.Hazards {
		p.line(message.Of("REFUSED"), message.Of("%s", h.Text), warnStyle)
		if h.Hint != "" {
			p.line(message.Of("hint"), message.Of("%s", h.Hint), plain)
		}
	}
	if d.Gone {
		p.line(message.Of("removed"), message.Of("Enter takes this row off the list"), plain)
	}
	if d.OnIt != "" {
		p.line(message.Of("on it"), message.Of("%s", d.OnIt), plain)
	}
	p.health(d)
	number := ""
	if c := m.chosen[d.Key]; c != nil {
		number = c.medium
	}
	if number != "" || d.Medium != nil {
		p.line(message.Of("medium"), m.mediumWords(number, d.Medium), plain)
	}
	switch {
	case d.Resume:
		p.line(message.Of("job"), message.Of("%s was interrupted: NOT ERASED. Select it and press Enter to resume it", d.Job), warnStyle)
	case len(d.Hazards) == 0:
		about := message.Of("not known how long it takes")
		if d.Minutes > 0 {
			about = message.Of("about %s", minutes(d.Minutes))
		}
		p.line(message.Of("plan"), message.Of("%s: %s", about, m.planWords()), plain)
	}
	if d.Erased != nil {
		p.line(message.Of("erased"), message.Of("%s at %s, log entry %d (c shows it)", d.Erased.Outcome, d.Erased.Time.In(m.zone).Format("2006-01-02 15:04"), d.Erased.Index), plain)
	}
	p.identity(d)
}

// identity is what distinguishes the disk besides its serial number.
func (p *pane) identity(d *jobs.Disk) {
	wwn := message.Text{}
	if d.WWN != "" {
		wwn = message.Of(", %s", d.WWN)
	}
	p.line(message.Of("identity"), message.Of("%s, port %s, %s, %s%s", humanize.Exact(d.Size), orElse(d.Port, "-"), d.Bus, cli.Word(d.Disk.Medium), wwn), lipgloss.NewStyle())
}

func (p *pane) health(d *jobs.Disk) {
	if d.Health.Verdict == "" {
		return
	}
	text, style := healthWords(d.Health.Verdict), lipgloss.NewStyle()
	switch d.Health.Verdict {
	case "failing":
		style = warnStyle
	case "unknown":
		text = message.Of("not known")
	}
	for _, r := range d.Health.Reasons {
		text = message.Of("%s; %s", text, r)
	}
	p.line(message.Of("health"), text, style)
}

// running is what a job does now.
func (p *pane) running(j *jobs.Job) {
	m, s, plain := p.m, j.Progress, lipgloss.NewStyle()
	doing := s.Doing()
	if s.Passes > 0 && s.Method == "" {
		doing = message.Of("pass %d of %d, %s", s.Pass, s.Passes, doing)
	}
	switch {
	case j.Phase == jobs.Paused:
		p.line(message.Of("PAUSED"), message.Of("%s (z continues)", j.Why), warnStyle)
	case j.Why != "":
		p.line(message.Of("note"), message.Of("%s", j.Why), warnStyle)
	}
	if s.Silent > 0 {
		p.line(message.Of("NO ANSWER"), message.Of("the disk has not answered for %s; what it does not answer is an exception", humanize.Duration(time.Duration(s.Silent)*time.Second)), dangerStyle)
	}
	p.line(message.Of("job"), message.Of("%d%%, %s; %s of %s", percent(j), doing, humanize.Size(j.Done), humanize.Size(j.Total)), plain)
	if s.Method == "" {
		words := message.Of("%s now, %s mean", rate(s.Speed), rate(s.Mean))
		space := p.width - labelWidth - 3 - table.Width(words.In(m.look.lang))
		p.line(message.Of("speed"), message.Of("%s  %s", words, m.look.history(j.History, min(space, 60))), plain)
	}
	end := message.Of("not known when it ends")
	if left, known := s.Left(); known {
		end = message.Of("%s left, ends %s", humanize.Duration(left), m.clock(m.o.Now().Add(left)))
	}
	if !j.Started.IsZero() {
		end = message.Of("%s, began %s", end, m.clock(j.Started))
	}
	p.line(message.Of("time"), end, plain)
	if s.Celsius != nil {
		heat, style := message.Of("%dC", *s.Celsius), plain
		if s.Limit != nil {
			heat = message.Of("%s, its limit is %dC", heat, *s.Limit)
		}
		if s.TooWarm() > 0 {
			heat, style = message.Of("%s: TOO WARM", heat), warnStyle
		}
		p.line(message.Of("heat"), heat, style)
	}
	if s.Exceptions > 0 {
		p.line(message.Of("exceptions"), message.Count(s.Exceptions, "%d so far: it will not end as ERASED", "%d so far: it will not end as ERASED"), warnStyle)
	}
	p.line(message.Of("by"), message.Of("operator %s; level %s, scheme %s, read back %s", orElse(j.Operator, "-"), cli.Word(orElse(j.Level, "-")), orElse(j.Scheme, "-"), cli.Word(orElse(j.Verify, "-"))), plain)
	if j.Medium != "" {
		p.line(message.Of("medium"), message.Of("%s", j.Medium), plain)
	}
	if j.Foreign {
		p.line(message.Of("note"), message.Of("another program owns this job: it can be watched here, not stopped"), plain)
	}
	p.problems(j)
}

// ended is what a job came to, and what to do with the disk.
func (p *pane) ended(d *jobs.Disk, j *jobs.Job) {
	m, plain := p.m, lipgloss.NewStyle()
	style, what := destroyStyle, message.Of("this disk cannot be erased: destroy it")
	switch {
	case j.Outcome == string(wipe.Verified):
		style, what = erasedStyle, message.Of("the disk may go where its level allows")
	case j.Resumable || j.Outcome == string(wipe.Interrupted) || j.Outcome == string(wipe.Unknown):
		what = message.Of("keep it apart, and resume it: its data may still be there")
	}
	word := " " + verdict(j).In(m.look.lang) + " "
	p.all = append(p.all, " "+style.Render(table.Pad(word, max(0, p.width-2))))
	p.line(message.Of("do"), what, plain)
	if j.Index >= 0 {
		p.line(message.Of("record"), message.Of("outcome %s, log entry %d, %s", cli.Word(j.Outcome), j.Index, orElse(j.Path, "-")), plain)
	} else {
		p.line(message.Of("record"), message.Of("outcome %s, and NO CERTIFICATE", cli.Word(j.Outcome)), warnStyle)
	}
	p.problems(j)
}

func (p *pane) problems(j *jobs.Job) {
	label, style := message.Of("problem"), warnStyle
	if j.Outcome == string(wipe.Verified) { // it does not limit the outcome
		label, style = message.Of("note"), lipgloss.NewStyle()
	}
	for _, n := range j.Problems {
		p.line(label, message.Of("%s", n.Text), style)
		if n.Hint != "" {
			p.line(message.Of("hint"), message.Of("%s", n.Hint), lipgloss.NewStyle())
		}
	}
}
