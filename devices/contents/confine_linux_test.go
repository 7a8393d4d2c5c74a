package contents_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rasure/devices/contents"
)

// TestConfine: a confined child can only read.
func TestConfine(t *testing.T) {
	t.Parallel()
	// A shell can leave a descriptor open in us, as "exec 9>file" does: without close-on-exec, and possibly root's.
	inherited, err := unix.Open("/dev/zero", unix.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(inherited)
	pid, out, end, err := contents.Start(file(t, make([]byte, 4096)), "observe")
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	out.SetReadDeadline(time.Now().Add(20 * time.Second))
	var a attempts
	if err := json.NewDecoder(out).Decode(&a); err != nil {
		t.Fatal(err)
	}
	if a.Confine != "" || a.Read != "<nil>" {
		t.Errorf("confine = %q, reading the disk = %q", a.Confine, a.Read)
	}
	if len(a.Refused) != 9 {
		t.Errorf("%d attempts", len(a.Refused))
	}
	for what, err := range a.Refused {
		if !strings.Contains(err, "operation not permitted") {
			t.Errorf("%s: %s, want it refused", what, err)
		}
	}

	status := proc(t, pid, "status")
	want := []string{"NoNewPrivs:\t1", "Seccomp:\t2"}
	if os.Geteuid() == 0 {
		want = append(want, "Uid:\t65534\t65534\t65534\t65534", "Gid:\t65534\t65534\t65534\t65534", "Groups:\t ",
			"CapInh:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "CapAmb:\t0000000000000000")
	}
	for _, line := range want {
		if !strings.Contains(status, "\n"+line+"\n") {
			t.Errorf("status of the child has no line %q:\n%s", line, status)
		}
	}
	// Every thread, not only the one that asked.
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil || len(tasks) < 2 {
		t.Fatalf("%d threads, %v; want several, or this shows nothing", len(tasks), err)
	}
	for _, task := range tasks {
		status := proc(t, pid, "task/"+task.Name()+"/status")
		for _, line := range want {
			if !strings.Contains(status, "\n"+line+"\n") {
				t.Errorf("thread %s has no line %q", task.Name(), line)
			}
		}
	}
	limits := proc(t, pid, "limits")
	for _, l := range []struct{ name, value string }{
		{"Max cpu time", "10"}, {"Max data size", fmt.Sprint(512 << 20)}, {"Max file size", "0"},
		{"Max core file size", "0"}, {"Max open files", "16"}, {"Max processes", "256"},
	} {
		_, rest, _ := strings.Cut(limits, l.name)
		if f := strings.Fields(rest); len(f) < 2 || f[0] != l.value || f[1] != l.value {
			t.Errorf("%s = %v, want %s", l.name, f[:min(2, len(f))], l.value)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("the rest of the confinement needs root")
	}
	if env := proc(t, pid, "environ"); env != "" {
		t.Errorf("environment = %q, want none", env)
	}
	for _, ns := range []string{"mnt", "net", "ipc", "uts"} {
		ours, err1 := os.Readlink("/proc/self/ns/" + ns)
		theirs, err2 := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, ns))
		if err1 != nil || err2 != nil || ours == theirs {
			t.Errorf("namespace %s: ours %s %v, the child's %s %v", ns, ours, err1, theirs, err2)
		}
	}
	if list, err := os.ReadDir(fmt.Sprintf("/proc/%d/root/", pid)); err != nil || len(list) != 0 {
		t.Errorf("the child's root has %d names, %v, want an empty directory", len(list), err)
	}
	if mounts := proc(t, os.Getpid(), "mounts"); strings.Contains(mounts, "none /proc tmpfs") {
		t.Error("the child's mounts reached us")
	}
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	for _, fd := range fds {
		to, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, fd.Name()))
		own := strings.HasPrefix(to, "anon_inode:[event") || strings.Contains(to, "/sys/fs/cgroup/") // Go's runtime opens them; in a chroot they are named from outside
		if fd.Name() == "0" && to != "/dev/null" || fd.Name() > "3" && !own {
			t.Errorf("descriptor %s of the child is %s", fd.Name(), to)
		}
	}
	if err != nil || len(fds) < 4 {
		t.Errorf("%d descriptors, %v", len(fds), err)
	}
}

func proc(t *testing.T, pid int, name string) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestProbe_Memory: a child that uses too much memory dies.
func TestProbe_Memory(t *testing.T) {
	t.Parallel()
	s, err := contents.ProbeBy(t.Context(), file(t, make([]byte, 4096)), 4096, time.Minute, "greedy")
	if err != nil || !noted(s, "the reader of contents failed", "exit status") || noted(s, "did not end") {
		t.Errorf("Probe = %+v, %v", s, err)
	}
}
