package jobserver_test

import (
	"slices"
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/heat"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/internal/settings"
	"rasure/cmd/message"
	"rasure/devices/devicetest"
	"rasure/wipe"
)

// TestPause pauses a job, continues it through another connection, and lets it end.
func TestPause(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	letGo := m.plug("sda", "S1", true)
	s := m.serve(nil)
	a, b := m.connect(s), m.connect(s)
	batch := start(t, a, jobs.Options{}, "sda")
	await(t, a, "it runs", func(st jobs.State) bool { return len(st.Jobs) == 1 && st.Jobs[0].Progress.Pass == 1 })
	if err := a.Pause(t.Context(), "sda"); err != nil {
		t.Fatal(err)
	}
	if st := await(t, b, "it will pause", func(st jobs.State) bool { return st.Jobs[0].Why != "" }); st.Jobs[0].Phase != jobs.Running || st.Jobs[0].Why != "paused by hand" {
		t.Errorf("%+v", st.Jobs[0])
	}
	letGo()
	await(t, b, "it is paused", func(st jobs.State) bool { return st.Jobs[0].Phase == jobs.Paused && st.Jobs[0].Progress.Paused })
	before := len(m.drives["sda"].Ops())
	if err := b.Continue(t.Context(), "S1"); err != nil {
		t.Fatal(err)
	}
	if r := must(batch.Wait(t.Context()))(t)[0]; r.Outcome != wipe.Verified {
		t.Errorf("%+v", r)
	}
	if ops := m.drives["sda"].Ops(); len(ops) <= before || ops[before-1].Kind != devicetest.Flush {
		t.Errorf("%d operations before the pause, the last a %s, and %d after", before, ops[before-1].Kind, len(ops))
	}
	for _, err := range []error{a.Pause(t.Context(), "sda"), a.Continue(t.Context(), "sda"), a.Pause(t.Context(), "nothing")} {
		if fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), "no job runs on ") {
			t.Errorf("without a job: %v", err)
		}
	}
}

// TestHeat has a drive that is too hot: its job waits before the first byte, until it has cooled.
func TestHeat(t *testing.T) {
	t.Parallel()
	for limit, waits := range map[heat.Limit]bool{{}: true, {Celsius: 90}: false, {Never: true}: false} {
		m := newMachine(t)
		letGo := m.plug("sda", "S1", true)
		files := m.host.Root.(*devicetest.Files)
		const hwmon = "sys/devices/pci0/host0/target0:0:0/0:0:0:0/hwmon/hwmon1/"
		files.Write(hwmon+"temp1_input", "65000\n")
		files.Write(hwmon+"temp1_max", "60000\n")
		s := m.serve(func(o *jobserver.Options) { o.Heat = limit }).Service(message.English)
		b := start(t, s, jobs.Options{}, "sda")
		st := await(t, s, "its temperature is known", func(st jobs.State) bool { return len(st.Jobs) == 1 && st.Jobs[0].Progress.Celsius != nil })
		if waits {
			st = await(t, s, "it has to wait", func(st jobs.State) bool { return st.Jobs[0].Why != "" })
		}
		if got := st.Jobs[0].Why; (got == "the drive has 65C, and the limit is 60C: the job continues at 55C") != waits {
			t.Errorf("%+v: %q", limit, got)
		}
		letGo()
		if waits {
			await(t, s, "it waits", func(st jobs.State) bool { return st.Jobs[0].Phase == jobs.Paused })
			if err := s.Continue(t.Context(), "sda"); err != nil {
				t.Error(err)
			}
		}
		if r := must(b.Wait(t.Context()))(t)[0]; r.Outcome != wipe.Verified {
			t.Errorf("%+v: %+v", limit, r)
		}
	}
}

// TestLocate reads a disk that nobody uses, and refuses to read one that is being erased or selected.
func TestLocate(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.plug("sda", "S1", false)
	m.plug("sdb", "S2", true)
	m.plug("sdc", "S3", false)
	s := m.connect(m.serve(nil))
	await(t, s, "the disks", count(3))
	if how, err := s.Locate(t.Context(), "sda"); err != nil || how != "reading" {
		t.Errorf("%q, %v", how, err)
	}
	start(t, s, jobs.Options{}, "sdb")
	defer prepare(t, s, jobs.Options{}, "sdc").Close()
	for disk, want := range map[string]string{"sdb": "sdb is being erased by job ", "sdx": "no such disk"} {
		if how, err := s.Locate(t.Context(), disk); fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", disk, how, err)
		}
		if err := s.Unmount(t.Context(), disk); fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", disk, err)
		}
	}
	if err := s.Unmount(t.Context(), "sdc"); fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), "sdc is selected to be erased") {
		t.Errorf("sdc: %v", err)
	}
}

// TestUnmount unmounts a removable disk, and its hazard goes. A fixed disk is refused.
func TestUnmount(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.plug("sda", "S1", false)
	m.plug("sdb", "S2", false)
	files := m.host.Root.(*devicetest.Files)
	files.Write("sys/devices/pci0/host0/target0:0:0/0:0:0:0/block/sda/removable", "1\n")
	const root, table = "1 1 0:2 / / rw - rootfs rootfs rw\n", "proc/4242/mountinfo"
	mounts := root + "30 1 8:0 / /media/a rw - vfat /dev/sda rw\n31 1 8:16 / /media/b rw - vfat /dev/sdb rw\n"
	for _, f := range []string{"proc/1/mountinfo", table} {
		files.Write(f, mounts)
	}
	m.host.Umount = func(point string, id int) error {
		if point != "/media/a" || id != 30 {
			t.Errorf("unmounts %s, %d", point, id)
		}
		for _, f := range []string{"proc/1/mountinfo", table} {
			files.Write(f, strings.ReplaceAll(mounts, "30 1 8:0 / /media/a rw - vfat /dev/sda rw\n", ""))
		}
		return nil
	}
	s := m.connect(m.serve(nil))
	mounted := func(st jobs.State, name string) bool {
		return slices.ContainsFunc(disk(st, name).Hazards, func(n jobs.Note) bool { return n.Code == "mounted" })
	}
	await(t, s, "both are mounted", func(st jobs.State) bool { return mounted(st, "sda") && mounted(st, "sdb") })
	if err := s.Unmount(t.Context(), "S1"); err != nil {
		t.Error(err)
	}
	st := await(t, s, "it is not mounted", func(st jobs.State) bool { return !mounted(st, "sda") })
	if !mounted(st, "sdb") {
		t.Error("the other one is not mounted any more")
	}
	if err := s.Unmount(t.Context(), "sdb"); fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), "it is not a removable disk") {
		t.Errorf("%v", err)
	}
}

// TestBays shows the disks by bay, an empty bay, and the others after them.
func TestBays(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.plug("sda", "S1", false)
	m.plug("sdb", "S2", false)
	bays := []settings.Bay{{Name: "B2", Port: "scsi pci0 0:1"}, {Name: "B9", Port: "scsi pci0 0:9"}, {Name: "B3", Port: "scsi pci0 0:2"}}
	s := m.connect(m.serve(func(o *jobserver.Options) { o.Bays = bays }))
	rows := func(st jobs.State) string {
		all := []string{}
		for _, d := range st.Disks {
			all = append(all, d.Bay+"/"+d.Name+"/"+d.Port)
			if d.Empty != (d.Name == "") || d.Empty != (d.Key == "bay "+d.Bay) {
				t.Errorf("%+v", d)
			}
		}
		return strings.Join(all, " ")
	}
	const want = "B2/sdb/scsi pci0 0:1 B9//scsi pci0 0:9 B3//scsi pci0 0:2 /sda/scsi pci0 0:0"
	if got := rows(await(t, s, "the disks", count(4))); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	m.plug("sdc", "S3", false)
	st := await(t, s, "the third", func(st jobs.State) bool { return disk(st, "sdc").Key != "" })
	if got := rows(st); got != strings.Replace(want, "B3//", "B3/sdc/", 1) {
		t.Errorf("%s", got)
	}
}
