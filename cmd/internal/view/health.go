package view

import (
	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/table"
	"rasure/cmd/message"
	"rasure/devices/health"
)

// healthWidth is the width of the names of a drive's numbers, in cells.
const healthWidth = 22

// PrintHealth prints the verdict about a drive, its reasons, and all numbers that the drive reports.
func PrintHealth(a *cli.Console, r health.Report) {
	reasons := r.Reasons
	if len(reasons) == 0 {
		a.Field(Width, message.Of("health"), "%s", cli.Word(r.Verdict))
	} else {
		a.Field(Width, message.Of("health"), "%s: %s", cli.Word(r.Verdict), reasons[0].Text)
		reasons = reasons[1:]
	}
	for _, why := range reasons {
		a.Field(Width, message.Text{}, "%s", why.Text)
	}
	for _, line := range numbers(r.Numbers) {
		a.Field(Width, message.Text{}, "%s %s", table.Pad(line.name.In(a.Lang), healthWidth), line.value)
	}
	for _, n := range r.Notes {
		a.Field(Width, message.Text{}, "note: %s", n.Text)
	}
}

type number struct{ name, value message.Text }

// numbers are those that the drive reports, in words.
func numbers(n health.Numbers) []number {
	all := []number{}
	add := func(name message.Text, format string, values ...*int64) {
		args := []any{}
		for _, v := range values {
			if v == nil {
				return
			}
			args = append(args, *v)
		}
		all = append(all, number{name, message.Of(format, args...)})
	}
	add(message.Of("power-on hours"), "%d", n.PowerOnHours)
	add(message.Of("power cycles"), "%d", n.PowerCycles)
	add(message.Of("reallocated blocks"), "%d", n.Reallocated)
	add(message.Of("pending blocks"), "%d", n.Pending)
	add(message.Of("uncorrectable errors"), "%d", n.Uncorrectable)
	add(message.Of("media errors"), "%d", n.MediaErrors)
	add(message.Of("life used"), "%d %%", n.PercentageUsed)
	add(message.Of("spare blocks"), "%d %% (the drive warns below %d %%)", n.Spare, n.SpareThreshold)
	add(message.Of("unsafe shutdowns"), "%d", n.UnsafeShutdowns)
	add(message.Of("errors of the cable"), "%d", n.CRCErrors)
	add(message.Of("logged errors"), "%d", n.LoggedErrors)
	if n.CelsiusLimit != nil {
		add(message.Of("temperature"), "%d °C (limit %d °C)", n.Celsius, n.CelsiusLimit)
	} else {
		add(message.Of("temperature"), "%d °C", n.Celsius)
	}
	if t := n.SelfTest; t != nil {
		all = append(all, number{message.Of("newest self-test"), TestText(*t)})
	}
	return all
}

// TestText says how a self-test stands or ended.
func TestText(t health.Test) message.Text {
	kind := cli.Word(t.Kind)
	switch {
	case t.Result == health.Running && t.Percent > 0:
		return message.Of("%s, running: %d %%", kind, t.Percent)
	case t.Hours != nil:
		return message.Of("%s, %s at %d hours", kind, cli.Word(t.Result), *t.Hours)
	}
	return message.Of("%s, %s", kind, cli.Word(t.Result))
}

// HealthLine is the verdict and its reasons in a line; the zero Text if there is no reason to be careful with the drive.
func HealthLine(r health.Report) message.Text {
	if r.Verdict != health.Worn && r.Verdict != health.Failing {
		return message.Text{}
	}
	line := message.Of("%s: %s", cli.Word(r.Verdict), r.Reasons[0].Text)
	for _, why := range r.Reasons[1:] {
		line = message.Of("%s; %s", line, why.Text)
	}
	return line
}

// HealthReasons are the reasons of a verdict, and how long the drive ran, each a few words for a screen.
func HealthReasons(r health.Report) []message.Text {
	all := []message.Text{}
	for _, why := range r.Reasons {
		all = append(all, why.Text)
	}
	if n := r.PowerOnHours; n != nil {
		all = append(all, message.Count(*n, "%d hour on", "%d hours on"))
	}
	return all
}

// healthCell is the verdict in the table of disks; a dash where there is nothing to ask.
func healthCell(r *health.Report, l message.Language) string {
	if r == nil || r.Source == health.None && r.Reasons[0].Code == health.NotOffered {
		return "-"
	}
	return cli.Word(r.Verdict).In(l)
}
