package jobserver_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"rasure/cmd/internal/job"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/internal/settings"
	"rasure/wipe"
)

// TestSettingsChange takes bays that have changed for the next look, keeps the old ones when the new cannot be read, and ends the intake mode.
func TestSettingsChange(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.plug("sda", "S1", false)
	m.plug("sdb", "S2", false)
	intake := &settings.Intake{Countdown: time.Hour}
	first := []settings.Bay{{Name: "B1", Port: "scsi pci0 0:0"}, {Name: "B2", Port: "scsi pci0 0:1", Intake: intake}}
	type change struct {
		is  settings.Settings
		err error
	}
	changes := make(chan change)
	s := m.connect(m.serve(func(o *jobserver.Options) {
		o.Bays = first
		o.Settings = func(ctx context.Context, changed func(settings.Settings, error)) {
			for {
				select {
				case c := <-changes:
					changed(c.is, c.err)
				case <-ctx.Done():
					return
				}
			}
		}
	}))
	bays := func(want string) func(jobs.State) bool {
		return func(st jobs.State) bool {
			all := []string{}
			for _, d := range st.Disks {
				all = append(all, d.Bay+"/"+d.Name)
			}
			return strings.Join(all, " ") == want
		}
	}
	said := func(want string) func(jobs.State) bool {
		return func(st jobs.State) bool {
			return slices.ContainsFunc(st.Notices, func(n jobs.Notice) bool { return strings.Contains(n.Text, want) })
		}
	}
	watching, left := context.WithCancel(t.Context())
	defer left()
	go s.Watch(watching, func(jobs.State) {})
	await(t, s, "the bays", bays("B1/sda B2/sdb"))
	for s.Arm(t.Context(), jobs.ArmWord, jobs.Options{}) != nil { // the watcher has not come yet
		if t.Context().Err() != nil {
			t.Fatal("the intake mode does not begin")
		}
		time.Sleep(time.Millisecond)
	}
	changes <- change{err: errors.New("line 7")}
	if st := await(t, s, "what is wrong", said("cannot be read, so that those before stay in force: line 7")); !bays("B1/sda B2/sdb")(st) || st.Intake == nil {
		t.Errorf("%+v", st)
	}
	changes <- change{is: settings.Settings{Zone: "Asia/Shanghai", Bays: []settings.Bay{first[1], first[0]}}}
	st := await(t, s, "the new order", bays("B2/sdb B1/sda"))
	if st.Station.Zone != "Asia/Shanghai" {
		t.Errorf("%+v", st.Station)
	}
	if st := await(t, s, "the end of the intake mode", said("the intake mode has ended, because the bays have changed")); st.Intake != nil {
		t.Errorf("%+v", st.Intake)
	}
}

// TestPlanOfADisk plans one disk of a batch by a level, scheme or verification of its own, and refuses what cannot be done.
func TestPlanOfADisk(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for _, name := range []string{"sda", "sdb", "sdc", "sdd", "sde", "sdf"} {
		m.plug(name, "S-"+name, false)
	}
	s := m.connect(m.serve(nil))
	one := func(disk string, own job.Own) jobs.Request { return jobs.Request{Disk: disk, Own: own} }
	b := must(s.Prepare(t.Context(), jobs.Options{Scheme: "clear-random"}, []jobs.Request{one("sda", job.Own{Scheme: "clear-zero"}), {Disk: "sdb"}, one("sdc", job.Own{Scheme: "none"}),
		one("sdd", job.Own{Verify: wipe.Sample}), one("sde", job.Own{Level: wipe.Purge}), one("sdf", job.Own{Verify: "some"})}))(t)
	defer b.Close()
	d := b.Disks()
	if d[0].Scheme != "clear-zero" || d[1].Scheme != "clear-random" || d[1].Level != "clear" || d[1].Verify != "full" || d[3].Verify != "sample" {
		t.Errorf("%+v", d)
	}
	for n, want := range map[int]string{2: `"none"`, 4: "purge", 5: `"some"`} {
		if d[n].Refused == nil || !strings.Contains(d[n].Refused.Text, want) {
			t.Errorf("disk %d is refused by %+v, want %q", n, d[n].Refused, want)
		}
	}
}
