package main

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/view"
	"rasure/devices/devicetest"
)

// list and show say what became of a disk: by the files of jobs and by the log, without a job server.
func TestListPast(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, b *bench) {
		d := b.plug("sda", "S1")
		b.plug("sdb", "S2")
		look := func(table, shown string) view.Disk {
			t.Helper()
			out, _ := b.run(fault.Done, "list", "--json")
			var all []view.Disk
			if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 2 {
				t.Fatal(err, out)
			}
			if all[1].Job != nil || all[1].Erased != nil {
				t.Errorf("the other disk: %+v", all[1])
			}
			if out, _ := b.run(fault.Done, "list"); !strings.Contains(out, table) {
				t.Errorf("list says\n%s, want %q", out, table)
			}
			if out, _ := b.run(fault.Done, "show", "sda"); !strings.Contains(out, shown) {
				t.Errorf("show says\n%s, want %q", out, shown)
			}
			return all[0]
		}
		if l := look("wipeable\n", "hazard"); l.Job != nil || l.Erased != nil {
			t.Errorf("at first: %+v", l)
		}
		b.stopped(d, devicetest.Read, 9)
		l := look("wipeable, interrupted\n", " was interrupted: resume with rasure wipe --resume sda\n")
		if l.Job == nil || l.Job.Running || l.Job.ID == "" || l.Erased == nil || l.Erased.Outcome != "interrupted" {
			t.Errorf("after an interruption: %+v, %+v", l.Job, l.Erased)
		}
		looked := false
		during := sync.OnceFunc(func() {
			looked = true
			if l := look("being erased, ", "being erased by job "); l.Job == nil || !l.Job.Running || l.Job.Total == 0 {
				t.Errorf("while it is erased: %+v", l.Job)
			}
		})
		d.at(devicetest.Write, 3, during)
		jobs, _ := b.wipe(fault.Done, d)
		if d.at("", 0, nil); !looked {
			t.Error("nobody looked while it was erased")
		}
		l = look("wipeable, erased 20", ": verified, certificate ")
		if l.Job != nil || l.Erased == nil || l.Erased.Outcome != "verified" || l.Erased.Index != jobs[0].Index {
			t.Errorf("after it was erased: %+v, %+v", l.Job, l.Erased)
		}
	})
}
