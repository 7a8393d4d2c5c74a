package main

import (
	"os"
	"testing"

	"rasure/devices/devicetest"
)

func TestJobsOnOneUSBBusShareIt(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../devices/testdata/hosts/bench.txtar")
	if err != nil {
		t.Fatal(err)
	}
	h := devicetest.FromArchive(t, text)
	jobs := []*job{}
	for _, name := range []string{"sda", "sdb", "sdf", "mmcblk0"} {
		d, err := h.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, &job{jobFile: &jobFile{Disk: d}})
	}
	share(jobs)
	for i, want := range []int{3, 3, 3, 1} {
		if got := jobs[i].sharing; got != want {
			t.Errorf("%s shares its way with %d, want %d", jobs[i].Disk.Name, got, want)
		}
	}
}
