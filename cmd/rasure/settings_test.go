package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/settings"
	"rasure/devices/devicetest"
)

// TestResumeWithSettings resumes a job after the settings named another directory: its certificates stay together. The next job goes there.
func TestResumeWithSettings(t *testing.T) {
	b := newBench(t)
	d := b.plug("sda", "S1")
	b.stopped(d, devicetest.Write, 6)
	if err := os.WriteFile(b.at("station.toml"), fmt.Appendf(nil, "out = %q\n", b.at("papers")), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(settings.PathVariable, b.at("station.toml"))
	jobs, _ := b.resume(fault.Done, d)
	b.certificate(jobs[0], "verified")
	for dir, want := range map[string]int{"state/certificates": 2, "papers": 0} {
		if all, err := filepath.Glob(b.at(dir + "/*.cert")); err != nil || len(all) != want {
			t.Errorf("%s: %v, %v, want %d", dir, all, err, want)
		}
	}
	b.wipe(fault.Done, d)
	if all, err := filepath.Glob(b.at("papers/*.cert")); err != nil || len(all) != 1 {
		t.Errorf("the next job: %v, %v", all, err)
	}
}
