package jobserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rasure/cmd/internal/after"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/message"
	"rasure/logs"
	"rasure/wipe"
)

// elsewhere is a directory on another file system than that of the tests.
func elsewhere(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "rasure-test")
	if err != nil {
		t.Skipf("no other file system here: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func glob(t *testing.T, pattern string, n int) []string {
	t.Helper()
	all, err := filepath.Glob(pattern)
	if err != nil || len(all) != n {
		t.Errorf("%s: %q, %v, want %d", pattern, all, err, n)
	}
	return all
}

// TestAfter writes a file for other programs and a copy after each job, and a report at the end.
func TestAfter(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.plug("sda", "S1", false)
	m.plug("sdb", "S2", false)
	hook, report, stick := t.TempDir(), t.TempDir(), elsewhere(t)
	s := m.connect(m.serve(func(o *jobserver.Options) { o.After = after.Options{Hook: "/nowhere", Report: report} }))
	b := start(t, s, jobs.Options{After: after.Options{Hook: hook, Sync: stick}}, "sda", "sdb") // the client's hook wins over that of the settings
	for _, r := range must(b.Wait(t.Context()))(t) {
		if r.Outcome != wipe.Verified || len(r.Besides) > 0 {
			t.Errorf("%s, %v", r.Outcome, r.Besides)
		}
	}
	serials := ""
	for _, name := range glob(t, hook+"/*.json", 2) {
		text := must(os.ReadFile(name))(t)
		var rec after.Record
		if err := json.Unmarshal(text, &rec); err != nil || rec.Version != 1 || rec.Station != "jobs.example" || rec.Outcome != wipe.Verified || rec.Verdict != "ERASED" ||
			rec.ID == "" || rec.Index <= 0 || rec.Scheme == "" || rec.Achieved != "clear" || rec.Ended == nil || rec.Operator != "tester" || rec.Port == "" {
			t.Errorf("%s, %v", text, err)
		}
		if !strings.HasPrefix(filepath.Base(name), rec.ID+"-") {
			t.Errorf("job %s has the file %s", rec.ID, name)
		}
		serials += rec.Serial
	}
	if serials != "S1S2" && serials != "S2S1" {
		t.Errorf("serial numbers %q", serials)
	}
	text := string(must(os.ReadFile(glob(t, report+"/batch-*.txt", 1)[0]))(t))
	glob(t, report+"/batch-*.json", 1)
	if !strings.Contains(text, "ERASED: sda, ST4, serial number S1, 4.2 MB, verified") || !strings.Contains(text, "erased: 2 of 2\n") {
		t.Errorf("%s", text)
	}
	glob(t, stick+"/jobs.example/certificates/*.cert", 2)
	copied, err := logs.ReadSnapshot(os.DirFS(stick+"/jobs.example/log"), m.st.Identity())
	if err != nil || copied.Checkpoint().Size != must(m.st.Snapshot())(t).Checkpoint().Size {
		t.Errorf("the copy of the log: %v", err)
	}
}

// TestAfterFails has directories that are not there or cannot hold a copy: the jobs are as good, and what failed is said.
func TestAfterFails(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.plug("sda", "S1", false)
	s := m.connect(m.serve(nil))
	here := t.TempDir()
	b := start(t, s, jobs.Options{After: after.Options{Hook: here + "/none", Report: here + "/none", Sync: here}}, "sda")
	r := must(b.Wait(t.Context()))(t)[0]
	said := errors.Join(r.Besides...)
	if r.Outcome != wipe.Verified || len(r.Errs) > 0 || len(r.Besides) != 3 || !strings.Contains(said.Error(), "it is on the file system of the station itself") {
		t.Errorf("%s, %v, %v", r.Outcome, r.Errs, said)
	}
	if entries, err := os.ReadDir(here); err != nil || len(entries) > 0 {
		t.Errorf("something was written: %v, %v", entries, err)
	}
	st := await(t, s, "it is said", func(st jobs.State) bool { return len(st.Notices) == 3 })
	if len(st.Jobs[0].Problems) < 2 {
		t.Errorf("%+v", st.Jobs[0].Problems)
	}
}

// TestAfterPowerOff switches the machine off after the last job, and not while another one runs, nor after a job that somebody stopped.
func TestAfterPowerOff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		then        string
		other, stop bool
		off         bool
	}{
		"after the last":     {after.PowerOff, false, false, true},
		"not wanted":         {after.None, false, false, false},
		"spin down":          {after.SpinDown, false, false, false},
		"while another runs": {after.PowerOff, true, false, false},
		"stopped":            {after.PowerOff, false, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			letGo := m.plug("sda", "S1", true)
			m.plug("sdb", "S2", true)
			off := make(chan struct{}, 2)
			s := m.serve(func(o *jobserver.Options) {
				o.LastWords, o.PowerOff = time.Millisecond, func(context.Context) error { off <- struct{}{}; return nil }
			}).Service(message.English)
			if c.other {
				start(t, s, jobs.Options{}, "sdb")
				await(t, s, "the other runs", func(st jobs.State) bool { return len(st.Jobs) == 1 && st.Jobs[0].Progress.Passes > 0 })
			}
			b := start(t, s, jobs.Options{After: after.Options{Then: c.then}}, "sda")
			if c.stop {
				await(t, s, "it runs", func(st jobs.State) bool { return st.Jobs[0].Progress.Passes > 0 })
				if err := s.Stop(t.Context(), "sda", "S1"); err != nil {
					t.Fatal(err)
				}
			}
			letGo()
			must(b.Wait(t.Context()))(t)
			if c.off {
				<-off
			}
			if c.other {
				await(t, s, "it is refused", func(st jobs.State) bool {
					return len(st.Notices) == 2 && strings.HasPrefix(st.Notices[1].Text, "the machine is not switched off: job ")
				})
			}
			st := await(t, s, "the notices", func(jobs.State) bool { return true })
			if n := len(st.Notices); len(off) > 0 || (n > 0) != (c.off || c.other) {
				t.Errorf("switched off %d times more, %+v", len(off), st.Notices)
			}
		})
	}
}
