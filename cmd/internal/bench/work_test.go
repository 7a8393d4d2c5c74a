package bench

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/charmbracelet/x/ansi"

	"rasure/cmd/internal/bench/benchtest"
	"rasure/cmd/internal/jobs"
	"rasure/wipe"
)

func TestStop(t *testing.T) {
	t.Parallel()
	d := newDesk(t, benchtest.Work(), 80, 24)
	d.key("x")
	d.typed("S3Z2NB0K991234")
	d.shows("Nothing happened")
	d.calls()
	d.scan("wd-wcc7k4ab12c")
	d.calls("stop sdb wd-wcc7k4ab12c")
	d.sync()
	d.shows("STOPPING")
	d.key("down", "x")
	d.shows("sdc is not being erased")
	d.key("end", "x")
	d.shows("sda is not being erased")
}

func TestPause(t *testing.T) {
	t.Parallel()
	d := newDesk(t, benchtest.Work(), 80, 24)
	d.key("z")
	d.sync()
	d.shows("PAUSED")
	d.key("z")
	d.calls("pause sdb", "continue sdb")
	d.server.Change(func(s *jobs.State) { s.Jobs[0].Foreign = true })
	d.sync()
	d.key("z")
	d.shows("Another program erases sdb")
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[wipe.Outcome]string{
		wipe.Verified: "ERASED", wipe.CompletedWithExceptions: "NOT ERASED - DESTROY", wipe.Failed: "NOT ERASED - DESTROY",
		wipe.Interrupted: "NOT ERASED - KEEP APART", wipe.Unknown: "NOT ERASED - KEEP APART", "": "NOT ERASED - DESTROY", "new-word": "NOT ERASED - DESTROY",
	} {
		for _, size := range sizes {
			d := newDesk(t, benchtest.Work(), size[0], size[1])
			before := d.beeps
			d.server.Change(func(s *jobs.State) {
				j := &s.Jobs[0]
				j.Phase, j.Outcome, j.Done, j.Progress.JobDone = jobs.Ended, string(outcome), j.Total, j.Total
			})
			d.sync()
			row := ""
			for l := range strings.SplitSeq(d.text(), "\n") {
				if strings.HasPrefix(l, ">") {
					row = l
				}
			}
			if !strings.Contains(row, want) || outcome != wipe.Verified && strings.Contains(d.text(), "100%") {
				t.Errorf("%q in %v: %q", outcome, size, row)
			}
			if erased := strings.Contains(row, "ERASED") && !strings.Contains(row, "NOT ERASED"); erased != (outcome == wipe.Verified) {
				t.Errorf("%q in %v: %q", outcome, size, row)
			}
			if d.beeps != before+1 {
				t.Errorf("%q: %d bells", outcome, d.beeps-before)
			}
			if d.sync(); d.beeps != before+1 {
				t.Errorf("%q: the bell rings again", outcome)
			}
			d.key("enter")
			d.calls() // it has just come
			d.key("enter")
			d.calls("seen sdb")
		}
	}
	t.Run("a job whose last flush takes long is not at 100", func(t *testing.T) {
		d := newDesk(t, benchtest.Work(), 80, 24)
		d.server.Change(func(s *jobs.State) { s.Jobs[0].Done = s.Jobs[0].Total })
		d.sync()
		d.shows("99%")
		d.lacks("100%", "############]")
	})
	t.Run("without colours it is as clear", func(t *testing.T) {
		d := newDesk(t, benchtest.Work(), 80, 24)
		styled, plain := d.m.View().Content, ""
		for l := range strings.SplitSeq(styled, "\n") {
			plain += ansi.Strip(l) + "\n"
		}
		for _, w := range []string{" ERASED ", "NOT ERASED - DESTROY", "NOT ERASED - KEEP APART", "NO ANSWER", "PAUSED", ">"} {
			if !strings.Contains(plain, w) {
				t.Errorf("no %q", w)
			}
		}
	})
}

func TestIntake(t *testing.T) {
	t.Parallel()
	t.Run("is armed by its word only", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("i")
		d.typed("erase")
		d.typed("y")
		d.calls()
		d.typed(jobs.ArmWord)
		d.calls("arm ERASE")
		d.sync()
		d.shows("INTAKE ON")
		d.key("i")
		d.calls("arm ERASE", "disarm")
	})
	t.Run("the countdown is seen, and h holds it", func(t *testing.T) {
		d := newDesk(t, armed(), 80, 24)
		d.shows("ERASES IN 13s")
		d.now = d.now.Add(10 * time.Second)
		d.shows("ERASES IN 3s")
		d.key("h")
		d.calls("hold sde")
		d.sync()
		d.lacks("ERASES IN")
	})
}

func TestOther(t *testing.T) {
	t.Parallel()
	t.Run("unmounting is asked for", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("down", "down", "down", "down", "down", "u")
		d.typed("yes please")
		d.calls()
		d.typed("y")
		d.calls("unmount sdf")
		d.sync()
		d.lacks("MOUNTED")
	})
	t.Run("a medium's number goes with its disk", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("m")
		d.typed("2026-031")
		d.key("enter")
		d.calls("prepare clear sdb=2026-031")
		d.shows("medium 2026-031")
	})
	t.Run("details go with their disk, and what the plan says with all", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("p", "down", "down", "down", "down", "down")
		d.typed("4711")
		d.key("down", "down", "down")
		d.typed("某公司")
		d.key("down", "down", "down")
		d.typed("two boxes")
		d.key("enter", "d", "right", "right", "down", "right", "down", "right", "right", "down")
		d.typed("2026-031")
		d.key("down")
		d.scan("A-1")
		d.key("down")
		d.typed("pc-8")
		d.key("enter", "down", "d", "down", "down", "down", "down", "down", "down")
		d.typed("scratched")
		d.key("enter", "enter")
		d.calls("prepare clear sdb=2026-031/purge/clear-random/sample/A-1/pc-8/4711/某公司/two boxes sdc/4711/某公司/scratched")
		d.shows("level purge: the drive's own erase, then passes")
		d.shows("scheme clear-random, 1 pass")
		d.shows("read back: a sample")
		d.shows("asset A-1")
		d.shows("from the computer pc-8")
		d.shows("note scratched")
	})
	t.Run("details can be cleared, and Esc changes nothing", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("d", "down", "down", "down", "down")
		d.typed("A-1")
		d.key("esc")
		if len(d.m.chosen) != 0 {
			t.Error("the disk is selected")
		}
		d.key("d", "down", "down", "down", "down")
		d.typed("A-1")
		d.key("delete", "enter", "enter")
		d.calls("prepare clear sdb")
	})
	t.Run("a disk that cannot be erased has no details", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("end", "d")
		d.shows("must not be erased")
	})
	t.Run("the plan is that of the next batch", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("p", "right", "down", "down", "down", "down")
		d.typed("王伟")
		d.key("enter", "space", "enter")
		d.calls("prepare purge sdb")
		if !d.m.plan.Named || d.m.plan.Operator != "王伟" {
			t.Errorf("the plan is %+v", d.m.plan)
		}
	})
	t.Run("the operator is chosen from a list, or typed", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.m.o.Operators = []string{"wang", "zhao"}
		operator := func(do func()) string {
			d.key("p", "down", "down", "down", "down")
			do()
			d.key("enter")
			return d.m.plan.Operator
		}
		for _, c := range []struct {
			do   func()
			want string
		}{
			{func() {}, "li"}, {func() { d.key("right") }, "wang"}, {func() { d.key("right") }, "zhao"}, {func() { d.key("left") }, "wang"}, {func() { d.typed("sun") }, "sun"},
		} {
			if got := operator(c.do); got != c.want {
				t.Errorf("the operator is %q, want %q", got, c.want)
			}
		}
	})
	t.Run("locate says how", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("l")
		d.shows("sdb: the disk is read for 10 seconds")
	})
	t.Run("a certificate is shown", func(t *testing.T) {
		d := newDesk(t, benchtest.Work(), 80, 24)
		d.key("down", "c")
		d.shows("Certificate of sdc, log entry 1205", "/var/lib/rasure/certificates/1205.cert")
		d.send(pageMsg{index: 1205, text: strings.Repeat("a line\n", 100) + "the end\x1b[2J"})
		d.lacks("the end")
		d.key("pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown")
		d.shows(`the end\x1b[2J`)
		d.key("esc")
		d.shows("STATE")
	})
	t.Run("v shows the page about the software, and its error", func(t *testing.T) {
		d := newDesk(t, benchtest.Work(), 80, 24)
		d.key("v")
		d.shows("This screen has no page about its software")
		d.m.o.About = func(context.Context) ([]string, error) { return []string{"PCR eleven"}, nil }
		d.key("v")
		d.shows(" PCR eleven", "Esc back")
		d.key("v")
		d.shows("STATE")
		d.m.o.About = func(context.Context) ([]string, error) { return nil, errors.New("no PCR 7") }
		d.key("v")
		d.shows(" no PCR 7")
	})
	t.Run("a small window says so", func(t *testing.T) {
		d := newDesk(t, benchtest.Work(), 80, 24)
		for _, size := range [][2]int{{59, 24}, {80, 19}, {10, 3}, {1, 1}} {
			d.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			if size[0] > 20 && !strings.Contains(d.m.View().Content, "too small") {
				t.Errorf("%v: %q", size, d.m.View().Content)
			}
		}
	})
	t.Run("on the kernel's console Chinese becomes English, and it says so", func(t *testing.T) {
		for term, want := range map[string]bool{"linux": true, "xterm": false} {
			l, forced := lookFor("zh", func(name string) string { return map[string]string{"TERM": term, "LANG": "zh_CN.UTF-8"}[name] })
			if forced != want || (l.lang == "en") != want || l.spark[0] != '.' {
				t.Errorf("%s: %v, forced %v", term, l, forced)
			}
		}
	})
	t.Run("text from a drive does not reach the terminal", func(t *testing.T) {
		s := benchtest.Office()
		s.Disks[0].Model, s.Disks[0].OnIt, s.Disks[0].Name = "WD\x1b[2J", "NTFS \x1b]0;x\a", "sd\x1bb"
		d := newDesk(t, s, 120, 40)
		if text := d.text(); strings.ContainsAny(text, "\x1b\a") || !strings.Contains(text, `WD\x1b[2J`) {
			t.Errorf("the screen is %q", text)
		}
	})
}
