package jobserver_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/message"
	"rasure/devices"
	"rasure/devices/devicetest"
)

// watches gives a disk that was plugged in log pages, the first of which has this additional sense code.
func (m *machine) watches(name, serial string, asc byte) *devicetest.SAS {
	m.Helper()
	sas := devicetest.NewSAS(m.drives[name], devices.Disk{Identity: devices.Identity{Vendor: "SEAGATE", Model: "ST4", Serial: serial, Firmware: "0001"}}, devicetest.Honest)
	sas.SetSMART(pages(m, asc))
	return sas
}

func pages(t testing.TB, asc byte) devicetest.SMART {
	c := devicetest.Capture(t, "scsi-sas")
	page := slices.Clone(c["2f"])
	page[8] = asc
	return devicetest.SMART{Pages: map[uint8][]byte{0x2f: page, 0x15: c["15"][:4+16]}}
}

// TestHealth: the disks on the screen have a verdict with its reasons, and one that was erased is asked again.
func TestHealth(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.plug("sda", "S1", false)
	open := m.plug("sdb", "S2", true)
	m.watches("sda", "S1", 0x5d)
	late := m.watches("sdb", "S2", 0)
	s := m.serve(nil).Service(message.English)
	known := func(name, verdict string) func(jobs.State) bool {
		return func(st jobs.State) bool { return disk(st, name).Health.Verdict == verdict }
	}
	d := disk(await(t, s, "sda was asked", known("sda", "failing")), "sda")
	if !strings.HasPrefix(strings.Join(d.Health.Reasons, "|"), "the drive predicts its failure (5dh/00h)") {
		t.Errorf("got %q", d.Health.Reasons)
	}
	await(t, s, "sdb was asked", known("sdb", "good"))
	b := start(t, s, jobs.Options{}, "sdb")
	late.SetSMART(pages(t, 0x5d)) // it begins to fail while it is erased
	open()
	must(b.Wait(t.Context()))(t)
	await(t, s, "sdb was asked again", known("sdb", "failing"))
}

// TestHealth_Prepared: a drive that is prepared or erased is asked by its job alone.
func TestHealth_Prepared(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	open := m.plug("sda", "S1", true)
	var erasing, asked atomic.Bool
	other := m.host.Open
	m.host.Open = func(path string, write bool) (devices.Port, error) {
		if path == "/dev/sda" && !write && erasing.Load() {
			asked.Store(true)
		}
		return other(path, write)
	}
	s := m.serve(func(o *jobserver.Options) { o.AskAgain = 1 }).Service(message.English)
	await(t, s, "the disk", count(1))
	await(t, s, "it was asked", func(st jobs.State) bool { return len(disk(st, "sda").Health.Reasons) > 0 })
	start(t, s, jobs.Options{}, "sda")
	erasing.Store(true)
	m.plug("sdb", "S2", false)
	await(t, s, "the other was asked", func(st jobs.State) bool { return len(disk(st, "sdb").Health.Reasons) > 0 })
	if asked.Load() {
		t.Error("the disk was opened for reading while it is erased")
	}
	erasing.Store(false)
	open()
}
