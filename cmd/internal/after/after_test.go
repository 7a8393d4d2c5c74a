package after

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rasure/cmd/internal/fault"
)

func TestAbsolute(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := Options{Report: ".", Sync: "not/there", Hook: dir, Then: SpinDown}.Absolute()
	if want := (Options{dir, filepath.Join(dir, "not/there"), dir, SpinDown}); err != nil || o != want {
		t.Errorf("%+v, %v, want %+v", o, err, want)
	}
	for want, o := range map[string]Options{"--report: there is no directory none": {Report: "none"}, "--hook: there is no directory file": {Hook: "file"}, `--then: "reboot" is not one of its values`: {Then: "reboot"}} {
		if _, err := o.Absolute(); fault.Code(err) != fault.BadUsage || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestOr(t *testing.T) {
	t.Parallel()
	if got, want := (Options{Hook: "a", Then: None}).Or(Options{"r", "s", "h", PowerOff}), (Options{"r", "s", "a", None}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestSwitchOff switches off a machine on which no job runs. Jobs that run are tested in package jobserver.
func TestSwitchOff(t *testing.T) {
	t.Parallel()
	n := 0
	if err := SwitchOff(t.Context(), t.TempDir(), func(context.Context) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d times, %v", n, err)
	}
}

// TestRecordName makes file names of kernel names that have anything in them.
func TestRecordName(t *testing.T) {
	t.Parallel()
	for disk, want := range map[string]string{"sda": "unlogged-sda-", "cciss!c0d0": "unlogged-cciss_c0d0-", "../x\n.json": "unlogged-___x__json-"} {
		if got := (&Record{Disk: disk, Index: -1}).name(); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %q, want %q", disk, got, want)
		}
	}
	if got := (&Record{Disk: "sda", ID: "01J", Index: 7}).name(); got != "01J-7" {
		t.Errorf("%q", got)
	}
}

// TestElsewhere refuses a directory that is no other medium.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	file := filepath.Join(state, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{state: "the file system of the station itself", file: "not a directory", filepath.Join(state, "none"): "no such file"} {
		if err := elsewhere(dir, state); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", dir, err, want)
		}
	}
}
