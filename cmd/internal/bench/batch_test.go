package bench

import (
	"errors"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/bench/benchtest"
	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
)

// remove has a disk leave the machine.
func (d *desk) remove(key string) {
	d.server.Change(func(s *jobs.State) {
		s.Disks = slices.DeleteFunc(s.Disks, func(x jobs.Disk) bool { return x.Key == key })
	})
	d.sync()
}

func (d *desk) started() bool { return slices.Contains(d.server.Calls(), "start") }

func TestConfirm(t *testing.T) {
	t.Parallel()
	t.Run("in any order and any case, and a wrong word costs nothing", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("a", "enter")
		for _, word := range []string{"50026b7785a10c", "USB1-2", "zfl1abcd", "S3Z2NB0K991234", "ZFL1ABCE"} {
			d.typed(word)
		}
		d.shows(`"ZFL1ABCE" is the serial number of none of these disks`, "1 to go")
		if d.beeps == 0 {
			t.Error("a wrong word does not beep")
		}
		d.key("enter")
		d.shows("1 disk is not confirmed")
		if d.started() {
			t.Fatal("started without the last word")
		}
		d.scan("WD-WCC7K4AB12C")
		d.shows("ENTER TO ERASE THEM")
		d.key("enter")
		d.sync()
		d.shows("5 running")
	})
	t.Run("Enter starts nothing while a word is missing, and nothing without a disk", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("space", "enter", "enter")
		d.shows("1 disk is not confirmed")
		d.key("delete", "enter")
		d.shows("No disk is left")
		if d.started() {
			t.Error("started")
		}
	})
	t.Run("a disk can be left out", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("space", "down", "space", "enter", "up", "delete")
		d.typed("S3Z2NB0K991234")
		d.key("enter")
		d.calls("prepare clear sdb sdc", "leave sdb", "confirm S3Z2NB0K991234 typed", "start")
		d.sync()
		d.shows("1 running")
	})
	t.Run("Esc releases the claims and keeps the selection", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("space", "enter")
		if c := d.server.Claims(); len(c) != 1 {
			t.Fatalf("claims %v", c)
		}
		d.key("esc")
		if c := d.server.Claims(); len(c) != 0 || len(d.m.chosen) != 1 || d.m.cover != nil {
			t.Errorf("claims %v, selected %v, %T", c, d.m.picked(), d.m.cover)
		}
	})
	t.Run("Esc while the disks are being claimed releases them once they are", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("space")
		_, prepare := d.m.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
		d.shows("Claiming the disks")
		late := prepare()
		d.key("esc")
		d.send(late)
		if c := d.server.Claims(); len(c) != 0 || d.started() {
			t.Errorf("claims %v, started %v", c, d.started())
		}
	})
	t.Run("a scan while the disks are being claimed changes nothing", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("space")
		d.m.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
		d.scan("WD-WCC7K4AB12C")
		d.shows("Nothing happened")
		d.key("enter")
		if d.started() {
			t.Error("started")
		}
	})
	for name, c := range map[string]struct {
		change func(*benchtest.Server)
		shows  string
	}{
		"a disk is refused": {func(s *benchtest.Server) {
			s.Refuse = func(x jobs.Disk) *jobs.Note {
				if x.Name == "sdc" {
					return &jobs.Note{Text: "sdc1 has been mounted on /mnt just now"}
				}
				return nil
			}
		}, "sdc1 has been mounted on /mnt just now"},
		"another disk is erased with it": {func(s *benchtest.Server) {
			s.Plan = func(p *jobs.Prepared) {
				if p.Disk.Name == "sdc" {
					p.Others = []string{"nvme2n2"}
				}
			}
		}, "EVERYTHING ON nvme2n2 WILL BE DESTROYED WITH IT"},
		"it is another medium": {func(s *benchtest.Server) {
			s.Plan = func(p *jobs.Prepared) {
				if p.Disk.Name == "sdc" {
					p.Medium = &jobs.Entry{Number: "2026-099", Class: "top-secret"}
				}
			}
		}, "2026-099, top-secret"},
		"it reports another serial number": {func(s *benchtest.Server) {
			s.Plan = func(p *jobs.Prepared) {
				if p.Disk.Name == "sdc" {
					p.Disk.Serial = "OTHER"
				}
			}
		}, "read this again"},
		"its word is another one": {func(s *benchtest.Server) {
			s.Plan = func(p *jobs.Prepared) {
				if p.Disk.Name == "sdc" {
					p.Word = "OTHER"
				}
			}
		}, "waiting"},
	} {
		t.Run("what was scanned does not start when "+name, func(t *testing.T) {
			d := newDesk(t, benchtest.Office(), 80, 24)
			c.change(d.server)
			d.scan("S3Z2NB0K991234")
			d.scan("ZFL1ABCD")
			d.key("enter")
			if d.started() {
				t.Error("started")
			}
			d.shows(c.shows)
		})
	}
	t.Run("what was scanned does not start when its own level was not planned", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("d", "right", "right", "enter")
		d.scan("WD-WCC7K4AB12C")
		d.shows("level purge")
		d.server.Plan = func(p *jobs.Prepared) { p.Level = "clear" }
		d.key("enter")
		if d.started() {
			t.Error("started")
		}
		d.shows("read this again", "level clear")
	})
	t.Run("what was given for an interrupted job is not shown and not compared: it is resumed as it began", func(t *testing.T) {
		s := benchtest.Office()
		s.Disks[0].Resume, s.Disks[0].Ready, s.Disks[0].Job = true, false, "01J9"
		d := newDesk(t, s, 80, 24)
		d.key("d", "right", "right", "enter")
		d.scan("WD-WCC7K4AB12C")
		d.lacks("level purge")
		d.key("enter")
		if !d.started() {
			t.Error("not started")
		}
		d.calls("prepare clear sdb", "confirm WD-WCC7K4AB12C scanned", "start")
	})
	t.Run("an interrupted job that begins again has its own plan", func(t *testing.T) {
		s := benchtest.Office()
		s.Disks[0].Resume, s.Disks[0].Ready, s.Disks[0].Job = true, false, "01J9"
		d := newDesk(t, s, 80, 24)
		d.m.again = true
		d.key("d", "right", "right", "enter")
		d.scan("WD-WCC7K4AB12C")
		d.shows("level purge")
		d.key("enter")
		d.calls("prepare clear sdb/purge", "confirm WD-WCC7K4AB12C scanned", "start")
	})
	t.Run("interrupted jobs are resumed apart from others", func(t *testing.T) {
		s := benchtest.Office()
		s.Disks[0].Resume, s.Disks[0].Ready, s.Disks[0].Job = true, false, "01J9"
		d := newDesk(t, s, 80, 24)
		d.shows("interrupted")
		d.key("space", "down", "space", "enter")
		d.shows("select them apart")
		d.calls()
		d.key("esc", "space", "enter")
		d.shows("resumed by the plan that it began with")
	})
}

func TestRemoved(t *testing.T) {
	t.Parallel()
	t.Run("while it is selected", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("down", "space")
		d.remove("sdc")
		d.shows("sdc was removed")
		if len(d.m.chosen) != 0 || d.m.cursor != "" {
			t.Errorf("selected %v, cursor on %q", d.m.picked(), d.m.cursor)
		}
		d.key("space") // means no other disk
		if len(d.m.chosen) != 0 {
			t.Errorf("Space selects %v", d.m.picked())
		}
	})
	t.Run("after it was scanned", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.scan("S3Z2NB0K991234")
		d.scan("ZFL1ABCD")
		d.remove("sdc")
		d.shows("Erase 1 disk")
		d.key("enter")
		d.calls("prepare clear sdd=机密★2026-017号", "confirm ZFL1ABCD scanned", "start")
	})
	t.Run("after it was confirmed", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("down", "space", "down", "space", "enter")
		d.typed("S3Z2NB0K991234")
		d.remove("sdc")
		d.shows("sdc was removed", "left out")
		d.typed("ZFL1ABCD")
		d.key("enter")
		if !slices.Contains(d.server.Calls(), "leave sdc") {
			t.Error("the server was not asked to leave it out")
		}
		d.sync()
		d.shows("1 running")
	})
	t.Run("while the disks are being claimed", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.scan("S3Z2NB0K991234")
		d.now = d.now.Add(ownKey)
		_, prepare := d.m.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
		late := prepare()
		d.remove("sdc")
		d.send(late)
		if d.started() {
			t.Error("started")
		}
		d.shows("left out")
	})
	t.Run("and another disk comes into its bay", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("down", "space")
		d.server.Change(func(s *jobs.State) {
			s.Disks[1] = benchtest.Disk("A2", "sdz", 5e11, "Samsung SSD 860 EVO 500GB", "OTHER")
		})
		d.sync()
		if len(d.m.chosen) != 0 || d.m.cursor != "" {
			t.Errorf("selected %v, cursor on %q", d.m.picked(), d.m.cursor)
		}
		if d.m.order[1] != "sdz" {
			t.Errorf("the order is %v", d.m.order)
		}
	})
	t.Run("a row that arrives comes last, and one in an empty bay takes its row", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.server.Change(func(s *jobs.State) {
			s.Disks[3] = benchtest.Disk("A4", "sdx", 1e12, "M", "X1")
			s.Disks = append([]jobs.Disk{benchtest.Disk("", "sdaa", 1e12, "M", "X2")}, s.Disks...)
		})
		d.sync()
		if got := strings.Join(d.m.order, " "); got != "sdb sdc sdd sdx sde sdf nvme1n1 nvme2n1 sda sdaa" {
			t.Errorf("the order is %s", got)
		}
		d.remove("sdx")
		d.remove("sdb")
		if got := strings.Join(d.m.order, " "); got != "sdc sdd sde sdf nvme1n1 nvme2n1 sda sdaa" || d.m.cursor != "" {
			t.Errorf("the order is %s, the cursor on %q", got, d.m.cursor)
		}
	})
	t.Run("while it counts down", func(t *testing.T) {
		d := newDesk(t, armed(), 80, 24)
		d.server.Change(func(s *jobs.State) { s.Intake = &jobs.Intake{} })
		d.remove("sde")
		d.lacks("ERASES IN")
		d.key("h")
		d.shows("No disk counts down")
		d.calls()
	})
}

func TestConnection(t *testing.T) {
	t.Parallel()
	t.Run("lost while disks are being confirmed", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("space", "enter")
		d.typed("WD-WCC7K4AB12C")
		d.server.Cut(errors.New("broken pipe"))
		d.send(lostMsg{errors.New("broken pipe")})
		d.shows("No connection to the job server (broken pipe)", "WD-WCC7K4AB12C", "STATE")
		d.key("enter", "enter")
		if d.started() {
			t.Error("started")
		}
		s, _ := d.server.Dial(t.Context())
		d.send(onlineMsg{s})
		d.sync()
		d.lacks("No connection")
		d.key("enter")
		d.typed("WD-WCC7K4AB12C")
		d.key("enter")
		d.sync()
		d.shows("1 running")
	})
	t.Run("refused by a server of another version", func(t *testing.T) {
		d := newDesk(t, benchtest.Work(), 80, 24)
		d.send(lostMsg{fault.WithHint(errors.New("the job server speaks version 2"), "leave the screen and start it again")})
		d.shows("speaks version 2", "Hint: leave the screen")
	})
	t.Run("without one nothing is asked", func(t *testing.T) {
		d := newDesk(t, benchtest.Work(), 80, 24)
		d.send(lostMsg{errors.New("broken pipe")})
		d.key("z", "x")
		d.typed("WD-WCC7K4AB12C")
		d.key("l", "i", "esc")
		d.calls()
	})
}
