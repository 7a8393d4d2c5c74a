package bench

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"rasure/cmd/internal/bench/benchtest"
	"rasure/cmd/internal/jobs"
	"rasure/devices"
)

func TestScan(t *testing.T) {
	t.Parallel()
	t.Run("eight scans and one key begin eight jobs", func(t *testing.T) {
		d := newDesk(t, many(9, 0), 80, 24)
		for _, x := range []int{3, 1, 8, 2, 5, 4, 7, 6} {
			d.scan(d.m.state.Disks[x].Serial)
			d.shows("EVERYTHING ON")
		}
		d.calls()
		d.key("enter")
		got := d.server.Calls()
		slices.Sort(got[1:9])
		if !slices.IsSorted(got[1:9]) || len(got) != 10 || got[0] != "prepare clear sdab sdac sdad sdae sdaf sdag sdah sdai" || got[9] != "start" ||
			strings.Count(strings.Join(got, "\n"), "scanned") != 8 {
			t.Errorf("the server was asked\n%s", strings.Join(got, "\n"))
		}
		d.sync()
		d.shows("8 running")
		if n := len(d.server.Claims()); n != 0 || d.beeps != 0 {
			t.Errorf("%d claims are left, %d beeps", n, d.beeps)
		}
	})
	t.Run("a disk without a number is shown by plugging it in again", func(t *testing.T) {
		office := benchtest.Office()
		for i := range office.Disks {
			office.Disks[i].Seq = uint64(40 + i)
		}
		d := newDesk(t, office, 80, 24)
		at := func(name string) int {
			return slices.IndexFunc(d.m.state.Disks, func(d jobs.Disk) bool { return d.Name == name })
		}
		back := func(i int) { // under another key, as a disk that was pulled out comes back
			d.server.Change(func(s *jobs.State) {
				s.Disks[i].Key += "again"
				s.Disks[i].Returned = s.Time.Add(time.Second)
			})
			d.sync()
		}
		back(at("sde")) // before anybody asked for it: no selection
		d.shows("6 ready")
		d.server.Change(func(s *jobs.State) { s.Time = s.Time.Add(time.Minute) })
		d.sync()
		d.key("r")
		d.shows("Unplug the disk that you mean")
		back(at("sdb")) // it has a number
		d.shows("Unplug the disk that you mean")
		d.scan("WD-WCC7K4AB12C")
		d.shows("Press Esc first", "Unplug the disk that you mean")
		back(at("sde"))
		d.shows("Erase 1 disk: EVERYTHING", "sde", "confirmed")
		d.now = d.now.Add(time.Minute)
		d.key("enter")
		d.sync()
		if got := strings.Join(d.server.Calls(), "|"); !strings.Contains(got, "confirm usb1-2 replugged") || !strings.HasSuffix(got, "start") {
			t.Errorf("the server was asked %s", got)
		}
	})
	t.Run("any case", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.scan("wd-wcc7k4ab12c")
		d.shows("Erase 1 disk: EVERYTHING", "sdb")
	})
	t.Run("a letter that is a command elsewhere begins a scan when another follows at once", func(t *testing.T) {
		s := benchtest.Office()
		s.Disks[0].Serial, s.Disks[0].Word = "QAX1", "QAX1"
		d := newDesk(t, s, 80, 24)
		d.scan("qax1")
		if d.left {
			t.Fatal("the scan was taken for q")
		}
		d.shows("Erase 1 disk: EVERYTHING", "QAX1")
	})
	t.Run("a letter waits longer while the machine is busy", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		_, wait := d.m.Update(tea.KeyPressMsg{Code: 'a', Text: "a"})
		d.now = d.now.Add(time.Second)
		_, again := d.m.Update(wait())
		if again == nil || len(d.m.chosen) > 0 {
			t.Fatalf("selected %v", d.m.picked())
		}
		d.now = d.now.Add(hold)
		d.run(again)
		if len(d.m.chosen) == 0 {
			t.Error("the letter is no command")
		}
	})
	t.Run("twice is once", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.scan("ZFL1ABCD")
		d.scan("ZFL1ABCD")
		d.shows("Erase 1 disk: EVERYTHING")
		if d.beeps != 0 {
			t.Error("a second scan of the same disk beeps")
		}
	})
	t.Run("of no disk, of a part of a serial number, of a disk with a hazard, of an empty bay", func(t *testing.T) {
		for _, word := range []string{"ZFL1ABCE", "ZFL1ABC", "ZFL1ABCDE", "JR1000D31AAAAA", "50026B7266012345", "bay A4", "sdb", "-", "ERASE"} {
			d := newDesk(t, benchtest.Office(), 80, 24)
			d.scan(word)
			if d.beeps != 1 || len(d.m.chosen) > 0 || d.m.cover != nil {
				t.Errorf("%s: %d beeps, selected %v, %T", word, d.beeps, d.m.picked(), d.m.cover)
			}
			d.calls()
		}
	})
	t.Run("of a disk that is being erased, or has just been", func(t *testing.T) {
		for word, why := range map[string]string{"WD-WCC7K4AB12C": "is being erased", "S3Z2NB0K991234": "has just been erased"} {
			d := newDesk(t, benchtest.Work(), 80, 24)
			d.scan(word)
			d.shows(why)
			if len(d.m.chosen) > 0 {
				t.Errorf("selected %v", d.m.picked())
			}
		}
	})
	t.Run("of an image", func(t *testing.T) {
		s := benchtest.Office()
		s.Disks[0].Disk.Medium = devices.Image
		d := newDesk(t, s, 80, 24)
		d.scan("WD-WCC7K4AB12C")
		d.shows("sdb is an image and no disk")
		d.m.plan.AllowImage = true
		d.scan("WD-WCC7K4AB12C")
		d.shows("Erase 1 disk")
	})
	t.Run("two disks have the number", func(t *testing.T) {
		s := benchtest.Office()
		s.Disks[1].Serial, s.Disks[1].Word = "ZFL1ABCD", "ZFL1ABCD"
		d := newDesk(t, s, 80, 24)
		d.scan("ZFL1ABCD")
		d.shows(`2 disks have the number "ZFL1ABCD"`)
		if d.beeps != 1 || len(d.m.chosen) > 0 {
			t.Errorf("%d beeps, selected %v", d.beeps, d.m.picked())
		}
	})
	t.Run("10,000 characters", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		for range 10000 {
			d.send(tea.KeyPressMsg{Code: 'Z', Text: "Z"})
		}
		d.shows("longer than 256 characters")
		d.key("enter")
		d.shows("longer than 256 characters and was not taken")
		if d.beeps != 1 || len(d.m.typed.text) > 256 || d.m.cover != nil {
			t.Errorf("%d beeps, %d characters kept, %T", d.beeps, len(d.m.typed.text), d.m.cover)
		}
		d.scan("ZFL1ABCD")
		d.shows("Erase 1 disk")
	})
	t.Run("a second Enter of the scanner starts nothing", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.scan("ZFL1ABCD")
		d.send(tea.KeyPressMsg{Code: tea.KeyEnter})
		d.calls()
		d.shows("starts nothing")
		d.key("enter", "enter")
		d.calls("prepare clear sdd=机密★2026-017号", "confirm ZFL1ABCD scanned", "start")
	})
	t.Run("the number of its medium selects a disk and does not confirm it", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.scan("机密★2026-017号")
		d.shows("waiting", "you then confirm 1 disk")
		d.key("enter", "enter")
		d.shows("1 disk is not confirmed")
		d.calls("prepare clear sdd=机密★2026-017号")
	})
	t.Run("what is pasted, or typed by hand, is not scanned", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.send(tea.PasteMsg{Content: "ZFL1ABCD\n"})
		d.shows("Erase 1 disk")
		d.key("s") // within the screen of the batch, every letter belongs to a line
		d.key("backspace")
		d.typed("S3Z2NB0K991234")
		d.key("enter", "enter")
		for _, c := range d.server.Calls() {
			if strings.HasPrefix(c, "confirm") && !strings.HasSuffix(c, "typed") {
				t.Errorf("%s", c)
			}
		}
	})
	t.Run("control characters of a scanner stay out", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.send(tea.PasteMsg{Content: "ZFL1\x1b[2JABCD"})
		d.shows(`> ZFL1\x1b[2JABCD_`)
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	t.Run("at most 40 keys besides the serial numbers erase eight disks", func(t *testing.T) {
		d := newDesk(t, many(9, 0), 80, 24)
		keys := 0
		press := func(names ...string) { keys += len(names); d.key(names...) }
		press("down")
		for range 8 {
			press("space", "down")
		}
		press("enter")
		for _, x := range d.m.state.Disks[1:] {
			d.typed(x.Serial)
			keys++ // its Enter
		}
		d.now = d.now.Add(time.Second)
		press("enter")
		d.sync()
		d.shows("8 running")
		if keys > 40 {
			t.Errorf("%d keys", keys)
		}
		t.Logf("%d keys", keys)
	})
	t.Run("a letter alone is a command", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("a")
		if got := strings.Join(d.m.picked(), " "); got != "sdb sdc sdd sde nvme1n1" {
			t.Errorf("a selects %s", got)
		}
		d.key("q")
		if !d.left {
			t.Error("q does not leave the screen")
		}
	})
	t.Run("Esc clears the line, then the filter, then the selection", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("space", "/")
		d.typed("samsung")
		d.shows("sdc", "nvme2n1", "1 selected", `only "samsung"`)
		d.lacks("WD-WCC7K4AB12C")
		d.key("Z")
		d.key("esc")
		d.lacks("> Z")
		d.shows(`only "samsung"`)
		d.key("esc")
		d.shows("sdb", "1 selected")
		d.key("esc")
		d.lacks("selected")
	})
	t.Run("unknown letters beep", func(t *testing.T) {
		d := newDesk(t, benchtest.Office(), 80, 24)
		d.key("w")
		if d.beeps != 1 {
			t.Errorf("%d beeps", d.beeps)
		}
	})
}
