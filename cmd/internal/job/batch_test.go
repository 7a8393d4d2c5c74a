package job

import (
	"os"
	"testing"

	"rasure/devices/devicetest"
)

func TestCountLinkJobs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../devices/testdata/hosts/bench.txtar")
	if err != nil {
		t.Fatal(err)
	}
	h := devicetest.FromArchive(t, text)
	b := &Batch{}
	for _, name := range []string{"sda", "sdb", "sdf", "mmcblk0"} {
		d, err := h.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		b.jobs = append(b.jobs, &job{file: &file{record: record{Disk: d}}})
	}
	b.countLinkJobs()
	for i, want := range []int{3, 3, 3, 1} {
		if got := b.jobs[i].linkJobs; got != want {
			t.Errorf("%s shares its link with %d jobs, want %d", b.jobs[i].Disk.Name, got, want)
		}
	}
}
