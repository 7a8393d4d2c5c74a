package bench

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"rasure/cmd/internal/bench/benchtest"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/message"
)

var sizes = [][2]int{{60, 20}, {80, 24}, {120, 40}}

// TestPictures compares every kind of screen, in three sizes, with testdata; -update writes them again.
func TestPictures(t *testing.T) {
	for name, c := range map[string]struct {
		state jobs.State
		do    func(d *desk)
	}{
		"choose": {benchtest.Office(), func(d *desk) { d.key("down", "space", "down", "space") }},
		"hazard": {benchtest.Office(), func(d *desk) { d.key("down", "down", "down", "down", "down", "space") }},
		"scan":   {benchtest.Office(), func(d *desk) { d.scan("S3Z2NB0K991234"); d.scan("zfl1abcd"); d.scan("ZFL1ABCE") }},
		"confirm": {benchtest.Office(), func(d *desk) {
			d.server.Plan = func(p *jobs.Prepared) {
				if p.Disk.Name == "sdc" {
					p.Notes = []string{"over-provisioned flash blocks are not overwritten"}
				}
			}
			d.key("down", "space", "down", "space", "enter")
			d.typed("S3Z2NB0K991234")
		}},
		"refused": {benchtest.Office(), func(d *desk) {
			d.server.Refuse = func(x jobs.Disk) *jobs.Note {
				if x.Name == "sdd" {
					return &jobs.Note{Code: "rule", Text: "medium 机密★2026-017号 has no approval for li", Hint: "ask for an approval: rasure medium approve"}
				}
				return nil
			}
			d.key("a", "enter")
			d.typed("nonsense")
		}},
		"work":    {benchtest.Work(), func(d *desk) {}},
		"silent":  {benchtest.Work(), func(d *desk) { d.key("down", "down", "down", "down") }},
		"erased":  {benchtest.Work(), func(d *desk) { d.key("down") }},
		"destroy": {benchtest.Work(), func(d *desk) { d.key("down", "down") }},
		"apart":   {benchtest.Work(), func(d *desk) { d.key("end", "up", "up") }},
		"stop":    {benchtest.Work(), func(d *desk) { d.key("x"); d.typed("WRONG") }},
		"plan":    {benchtest.Office(), func(d *desk) { d.key("p", "down", "right", "right") }},
		"details": {benchtest.Office(), func(d *desk) {
			d.key("d", "right", "right", "down", "down", "right", "down", "down")
			d.scan("A-0815")
			d.key("down")
		}},
		"alone": {benchtest.Office(), func(d *desk) { // each disk with a plan of its own
			d.key("down", "d", "right", "right", "enter", "down", "d", "down", "right", "down", "right", "right", "enter", "enter")
		}},
		"help":      {benchtest.Office(), func(d *desk) { d.key("?") }},
		"intake":    {benchtest.Office(), func(d *desk) { d.key("i") }},
		"countdown": {armed(), func(d *desk) { d.key("down", "down", "down", "down") }},
		"lost":      {benchtest.Work(), func(d *desk) { d.send(lostMsg{errors.New("read unix @->/run/rasure.sock: connection reset by peer")}) }},
		"many":      {many(100, 24), func(d *desk) { d.key("pgdown", "pgdown", "down", "space") }},
	} {
		for _, size := range sizes {
			file := fmt.Sprintf("%s-%dx%d", name, size[0], size[1])
			t.Run(file, func(t *testing.T) {
				d := newDesk(t, c.state, size[0], size[1])
				c.do(d)
				d.picture(file)
			})
		}
		t.Run(name+"-zh", func(t *testing.T) { // what the server says is in the language that it was asked in: here in English
			d := newDesk(t, c.state, 80, 24)
			d.m.look.lang = message.Chinese
			c.do(d)
			d.picture(name + "-zh")
		})
	}
}

// armed is the office with a disk that the intake mode will erase.
func armed() jobs.State {
	s := benchtest.Office()
	s.Intake = &jobs.Intake{Since: benchtest.Now, Operator: "li", Bays: []string{"A5"}, Starting: []jobs.Count{{Disk: "sde", At: benchtest.Now.Add(13 * time.Second)}}}
	return s
}

// many is a workstation with many disks, of which some are being erased.
func many(disks, running int) jobs.State {
	s := benchtest.Office()
	s.Disks, s.Jobs = nil, nil
	for i := range disks {
		d := benchtest.Disk(fmt.Sprintf("C%02d", i+1), fmt.Sprintf("sd%c%c", 'a'+i/26, 'a'+i%26), 4e12, "WDC WD40EFRX-68N32N0", fmt.Sprintf("WD-WCC7K%06d", i))
		if i < running {
			d.Ready = false
			s.Jobs = append(s.Jobs, benchtest.Running(d, 10+i))
		}
		s.Disks = append(s.Disks, d)
	}
	return s
}
