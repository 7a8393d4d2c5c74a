package bench

import (
	"strings"
	"time"

	"rasure/cmd/internal/cli"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/progress"
	"rasure/cmd/message"
	"rasure/cmd/message/humanize"
	"rasure/devices"
	"rasure/wipe"
)

// hazardWords are short enough for a row; the sentence is below the list.
func hazardWords(code string) message.Text {
	switch devices.HazardKind(code) {
	case devices.System:
		return message.Of("system")
	case devices.Mounted:
		return message.Of("MOUNTED")
	case devices.Swap:
		return message.Of("SWAP")
	case devices.Held, devices.Busy:
		return message.Of("IN USE")
	case devices.ReadOnly:
		return message.Of("READ-ONLY")
	case devices.NoMedium:
		return message.Of("no medium")
	case devices.NoSerial:
		return message.Of("NO SERIAL")
	case devices.Duplicate:
		return message.Of("DUPLICATE")
	case devices.Offline:
		return message.Of("OFFLINE")
	}
	return message.Of("REFUSED")
}

// stateOf says in a word or two what a disk without a job is.
func (m *Model) stateOf(d *jobs.Disk) message.Text {
	switch c := m.chosen[d.Key]; {
	case d.Empty:
		return message.Of("empty")
	case d.Gone:
		return message.Of("removed")
	case len(d.Hazards) > 0:
		return hazardWords(d.Hazards[0].Code)
	case m.countdown(d.Key) != nil:
		return message.Of("ERASES IN %ds", max(0, int(m.countdown(d.Key).Sub(m.o.Now())/time.Second)))
	case c != nil && c.scanned:
		return message.Of("confirmed")
	case c != nil:
		return message.Of("selected")
	case d.Disk.Medium == devices.Image && !m.plan.AllowImage:
		return message.Of("image")
	case d.Resume:
		return message.Of("interrupted")
	case !d.Ready:
		return message.Of("not ready")
	case d.Erased != nil && d.Erased.Outcome == string(wipe.Verified):
		return message.Of("erased %s", m.day(d.Erased.Time))
	case d.Erased != nil:
		return message.Of("NOT ERASED")
	case d.Medium != nil && d.Medium.Approved == "":
		return message.Of("no approval")
	}
	return message.Of("ready")
}

// countdown is when the intake mode erases a disk; nil if it does not.
func (m *Model) countdown(key string) *time.Time {
	if m.state.Intake == nil {
		return nil
	}
	for i := range m.state.Intake.Starting {
		if c := &m.state.Intake.Starting[i]; c.Disk == key {
			return &c.At
		}
	}
	return nil
}

// day is short: of this year without the year.
func (m *Model) day(t time.Time) string {
	t = t.In(m.zone)
	if t.Year() == m.o.Now().In(m.zone).Year() {
		return t.Format("01-02")
	}
	return t.Format("2006-01")
}

// clock is the time of day at which something ends; with the day if it is not today.
func (m *Model) clock(t time.Time) string {
	t, now := t.In(m.zone), m.o.Now().In(m.zone)
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return t.Format("01-02 15:04")
}

// verdict is what a job that ended came to, and how it is drawn.
func verdict(j *jobs.Job) message.Text {
	o := wipe.Outcome(j.Outcome)
	if o != wipe.Verified && j.Resumable {
		o = wipe.Interrupted
	}
	return progress.Word(o)
}

// healthWords of a verdict, loud where somebody should look.
func healthWords(v string) message.Text {
	switch v {
	case "good":
		return message.Of("good")
	case "worn":
		return message.Of("worn")
	case "failing":
		return message.Of("FAILING")
	}
	return message.Of("-")
}

// portOf names where a disk is plugged in: its bay, or else its port without what all ports of the machine have.
func portOf(d *jobs.Disk) string {
	if d.Bay != "" {
		return d.Bay
	}
	if _, slot, ok := strings.Cut(d.Port, " slot "); ok {
		return "slot " + slot
	}
	return orElse(strings.Replace(d.Port, " 0000:", " ", 1), "-")
}

// percent of a job that has not ended is at most 99: only an erased disk is done.
func percent(j *jobs.Job) int {
	done, total := j.Done, j.Total
	if total <= 0 {
		done, total = j.Progress.JobDone, j.Progress.JobTotal
	}
	if total <= 0 {
		return 0
	}
	return min(99, max(0, int(float64(done)/float64(total)*100)))
}

// rate is a speed, in the unit that all rows have.
func rate(bytes int64) string { return humanize.Size(bytes) + "/s" }

// planWords say how disks will be erased.
func (m *Model) planWords() message.Text {
	how, back := message.Of("scheme of the medium"), message.Of("read back in full")
	if m.plan.Scheme != "" {
		how = message.Of("scheme %s", m.plan.Scheme)
	}
	switch wipe.VerifyMode(m.plan.Verify) {
	case wipe.Sample:
		back = message.Of("a sample read back")
	case wipe.None:
		back = message.Of("NOT READ BACK")
	}
	return message.Of("%s, %s, %s, operator %s", cli.Word(orElse(m.plan.Level, string(wipe.Clear))), how, back, orElse(m.plan.Operator, "-"))
}

// mediumWords say what the register knows of a disk; number is that which the job will have.
func (m *Model) mediumWords(number string, e *jobs.Entry) message.Text {
	switch {
	case e == nil && number == "":
		return message.Of("not in the register")
	case e == nil:
		return message.Of("%s", number)
	case e.Approved == "":
		return message.Of("%s, %s, custodian %s, NOT APPROVED", e.Number, cli.Class(e.Class), orElse(e.Custodian, "-"))
	}
	return message.Of("%s, %s, custodian %s, approved by %s until %s", e.Number, cli.Class(e.Class), orElse(e.Custodian, "-"), e.Approved, e.Until.In(m.zone).Format(time.DateOnly))
}

// minutes is a time that an erasure takes, as far as it can be known before.
func minutes(n int) string { return humanize.Duration(time.Duration(n) * time.Minute) }
