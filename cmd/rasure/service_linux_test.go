package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestServiceVerify has systemd read the unit of the job server, with the test's own program in the place of the installed one.
func TestServiceVerify(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	text, err := os.ReadFile("rasure-jobs.service")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	verify := func(name, unit string) (string, error) {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(strings.Replace(unit, "/usr/bin/rasure", self, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(analyze, "verify", "--man=no", "--recursive-errors=no", file).CombinedOutput()
		return string(out), err
	}
	if out, err := verify("bad.service", strings.Replace(string(text), "KillMode=mixed", "KillMode=never\nNonsense=yes", 1)); !strings.Contains(out, "Nonsense") {
		t.Skipf("systemd-analyze does not verify here: %v\n%s", err, out)
	}
	if out, err := verify("rasure-jobs.service", string(text)); err != nil || strings.Contains(out, "rasure-jobs.service") {
		t.Errorf("%v\n%s", err, out)
	}
	// Each of these gives a service a mount namespace or devices of its own.
	for _, line := range strings.Split(string(text), "\n") {
		for _, setting := range []string{"Private", "Protect", "Bind", "ReadOnly", "ReadWrite", "Inaccessible", "Root", "MountFlags", "DynamicUser", "TemporaryFileSystem", "Device"} {
			if strings.HasPrefix(line, setting) {
				t.Errorf("the unit has %q: the server would not see or unmount what others have mounted", line)
			}
		}
	}
}
