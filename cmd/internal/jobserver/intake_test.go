package jobserver_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/internal/settings"
	"rasure/devices"
	"rasure/devices/devicetest"
)

// taking starts a server with three bays, of which the first two take what arrives, and a client that watches it until leave is called.
func taking(t *testing.T, m *machine, countdown time.Duration) (s *jobs.Client, leave func()) {
	t.Helper()
	m.plug("sda", "S0", false)
	s = m.connect(m.serve(func(o *jobserver.Options) {
		o.Bays = []settings.Bay{{Name: "A", Port: "scsi pci0 0:1", Intake: &settings.Intake{Countdown: countdown}},
			{Name: "B", Port: "scsi pci0 0:2", Intake: &settings.Intake{Countdown: countdown}}, {Name: "C", Port: "scsi pci0 0:3"}}
	}))
	if err := s.Arm(t.Context(), jobs.ArmWord, jobs.Options{}); fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), "needs a screen") {
		t.Errorf("armed without a screen: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	seen, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		first := true
		s.Watch(ctx, func(jobs.State) {
			if first {
				close(seen)
			}
			first = false
		})
	}()
	<-seen
	leave = func() { cancel(); <-ended }
	t.Cleanup(leave)
	for _, word := range []string{"", "erase", "ERASE ", strings.Repeat("ERASE", 2000)} {
		if err := s.Arm(t.Context(), word, jobs.Options{}); fault.Code(err) != fault.Refused {
			t.Errorf("armed by %.10q: %v", word, err)
		}
	}
	if err := s.Arm(t.Context(), jobs.ArmWord, jobs.Options{Operator: "wang", Named: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.Arm(t.Context(), jobs.ArmWord, jobs.Options{}); fault.Code(err) != fault.Refused {
		t.Errorf("armed twice: %v", err)
	}
	return s, leave
}

// TestIntake erases the disks that arrive in the bays for it, and no other.
func TestIntake(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	s, _ := taking(t, m, time.Millisecond)
	st := await(t, s, "it is armed", func(st jobs.State) bool { return st.Intake != nil })
	if !slices.Equal(st.Intake.Bays, []string{"A", "B"}) || st.Intake.Operator != "wang" || st.Intake.Since.IsZero() {
		t.Errorf("%+v", st.Intake)
	}
	for _, d := range []string{"sdb", "sdc", "sdd"} {
		m.plug(d, "S-"+d, false)
	}
	st = await(t, s, "both are erased", func(st jobs.State) bool {
		return len(st.Jobs) == 2 && st.Jobs[0].Phase == jobs.Ended && st.Jobs[1].Phase == jobs.Ended
	})
	for _, j := range st.Jobs {
		if j.Outcome != "verified" || j.Operator != "wang" {
			t.Errorf("%+v", j)
		}
	}
	for d, erased := range map[string]bool{"sda": false, "sdb": true, "sdc": true, "sdd": false} {
		if has(m.drives[d], "secret") == erased {
			t.Errorf("%s: erased %v", d, !erased)
		}
	}
	if err := s.Disarm(t.Context()); err != nil {
		t.Error(err)
	}
	await(t, s, "it is not armed", func(st jobs.State) bool { return st.Intake == nil })
}

// TestIntakeCountdown shows a countdown, holds a disk, disarms, and ends with the last screen.
func TestIntakeCountdown(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	s, leave := taking(t, m, time.Hour)
	m.plug("sdb", "S1", false)
	m.plug("sdc", "S2", false)
	st := await(t, s, "both count down", func(st jobs.State) bool { return st.Intake != nil && len(st.Intake.Starting) == 2 })
	for _, c := range st.Intake.Starting {
		if d := disk(st, "sdb"); c.Disk != d.Key && c.Disk != disk(st, "sdc").Key || time.Until(c.At) < 50*time.Minute {
			t.Errorf("%+v", c)
		}
	}
	for _, name := range []string{"sda", "nothing"} {
		if err := s.Hold(t.Context(), name); fault.Code(err) != fault.Refused {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Hold(t.Context(), disk(st, "sdb").Key); err != nil {
		t.Error(err)
	}
	await(t, s, "one counts down", func(st jobs.State) bool { return len(st.Intake.Starting) == 1 })
	prepare(t, s, jobs.Options{}, "sdc") // a person takes the other in hand
	await(t, s, "none counts down", func(st jobs.State) bool { return len(st.Intake.Starting) == 0 })
	leave()
	st = await(t, s, "it has ended with the last screen", func(st jobs.State) bool { return st.Intake == nil })
	if n := len(st.Notices); n == 0 || st.Notices[n-1].Text != "the intake mode has ended, because nobody watched it" {
		t.Errorf("%+v", st.Notices)
	}
	for _, d := range []string{"sda", "sdb", "sdc"} {
		if !has(m.drives[d], "secret") {
			t.Errorf("%s was erased", d)
		}
	}
}

// TestIntakeRefuses has disks that must not be erased: one with a hazard, one without a serial number, one that was there before, and one
// that takes the place of another while it is claimed.
func TestIntakeRefuses(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	s, _ := taking(t, m, time.Millisecond)
	m.host.Root.(*devicetest.Files).Write("proc/1/mountinfo", "1 1 0:2 / / rw - rootfs rootfs rw\n30 1 8:16 / /media/b rw - vfat /dev/sdb rw\n")
	m.plug("sdb", "S1", false)
	m.plug("sdc", "S0", false) // the serial number of sda
	st := await(t, s, "both are refused", func(st jobs.State) bool { return len(st.Notices) >= 2 })
	all := ""
	for _, n := range st.Notices {
		all += n.Text + "\n"
	}
	for _, want := range []string{"bay A: sdb is not erased: sdb is mounted on /media/b (vfat)\n", "bay B: sdc is not erased: "} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing in %q", want, all)
		}
	}
	for _, d := range []string{"sda", "sdb", "sdc"} {
		if !has(m.drives[d], "secret") {
			t.Errorf("%s was erased", d)
		}
	}
}

// TestIntakeSwapped has another disk answer when the one that arrived is claimed.
func TestIntakeSwapped(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	open := m.host.Open
	m.host.Open = func(path string, write bool) (devices.Port, error) {
		p, err := open(path, write)
		if write && err == nil {
			state, err := p.State()
			if err != nil {
				return nil, err
			}
			p.(gated).SetState(devices.State{Number: state.Number, Seq: state.Seq + 1, Size: state.Size})
		}
		return p, err
	}
	s, _ := taking(t, m, time.Millisecond)
	m.plug("sdb", "S1", false)
	st := await(t, s, "it is refused", func(st jobs.State) bool { return len(st.Notices) > 0 })
	if !strings.HasPrefix(st.Notices[0].Text, "bay A: sdb is not erased: ") || !has(m.drives["sdb"], "secret") {
		t.Errorf("%+v; erased: %v", st.Notices, !has(m.drives["sdb"], "secret"))
	}
}
