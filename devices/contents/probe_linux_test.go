package contents_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rasure/devices/contents"
)

// TestMain makes children of this binary: the true one, and bad ones.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 {
		os.Exit(m.Run())
	}
	const summary = `{"summary":{"table":"gpt","partitions":[{"index":1,"size_bytes":512}],"notes":[]}}` + "\n"
	switch os.Args[1] {
	case contents.ChildArgument:
		os.Exit(contents.Child())
	case "hang":
		fmt.Print(summary)
		time.Sleep(time.Hour)
	case "die":
		fmt.Print(summary)
		unix.Kill(os.Getpid(), unix.SIGKILL)
		time.Sleep(time.Hour)
	case "exit":
		fmt.Print(summary)
		fmt.Fprintln(os.Stderr, "fatal error: out of memory\ngoroutine 1")
		os.Exit(2)
	case "nothing":
		os.Exit(0)
	case "garbage":
		fmt.Print(summary + "{\"summary\":\x00\n")
	case "flood":
		fmt.Print(summary)
		for {
			fmt.Println(`{"note":{"format":"`, strings.Repeat("x", 1000), `"}}`)
		}
	case "one long line":
		for {
			fmt.Print(strings.Repeat("x", 1<<16))
		}
	case "lie":
		f := strings.Repeat(`"\u001b[2J",`, 5000)
		fmt.Println(`{"summary":{"table":"` + strings.Repeat("y", 1000) + `","partitions":null,"whole_disk":{"start_bytes":-5,"entries":[` + f[:len(f)-1] + `]},"notes":[` + f[:len(f)-1] + `]}}`)
		for range 70 {
			fmt.Println(`{"note":{"format":"\u001b[2J%s","args":[{"text":"` + strings.Repeat("z", 1000) + `"}]}}`)
		}
		fmt.Println(`{"volume":{"index":7}}` + "\n" + `{"done":true}`)
	case "observe":
		observe()
	case "greedy":
		greedy()
	default:
		os.Exit(m.Run())
	}
	os.Exit(0)
}

func file(t *testing.T, b []byte) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "img")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestProbe: Probe returns what Read returns.
func TestProbe(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"gpt":   gptImage(t),
		"zeros": make([]byte, 1<<20),
		"fat":   written(t, "A very long name indeed.docx", "folder/"),
	} {
		got, err := contents.Probe(t.Context(), file(t, b), int64(len(b)), 512)
		if want := read(t, b, 512); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: Probe = %+v, %v, want %+v", name, got, err, want)
		}
	}
}

// TestProbe_ChildFails: a child that fails is a note, and its findings are kept.
func TestProbe_ChildFails(t *testing.T) {
	t.Parallel()
	f := file(t, make([]byte, 4096))
	for _, c := range []struct {
		argument, table, note string
	}{
		{"hang", contents.GPT, "did not end within 500ms"},
		{"die", contents.GPT, "signal: killed"},
		{"exit", contents.GPT, "exit status 2: fatal error: out of memory"},
		{"nothing", contents.Unknown, "stopped before the end"},
		{"garbage", contents.GPT, "malformed"},
		{"flood", contents.GPT, "output is too long"},
		{"one long line", contents.Unknown, "output is too long"},
	} {
		most := time.Minute
		if c.argument == "hang" {
			most = 500 * time.Millisecond
		}
		s, err := contents.ProbeBy(t.Context(), f, 4096, most, c.argument)
		if err != nil || s.Table != c.table || !noted(s, "the reader of contents failed", c.note) {
			t.Errorf("%s: Probe = %+v, %v, want %s and a note with %q", c.argument, s, err, c.table, c.note)
		}
	}
}

// TestProbe_HostileChild: the output of a child is bounded.
func TestProbe_HostileChild(t *testing.T) {
	t.Parallel()
	s, err := contents.ProbeBy(t.Context(), file(t, make([]byte, 4096)), 4096, time.Minute, "lie")
	if err != nil || s.Table != contents.Unknown || s.Partitions == nil || len(s.Notes) != 64 || s.Whole == nil ||
		len(s.Notes[0].String()) > 240 || len(s.Whole.Entries) != 12 || s.Whole.More != 4988 || s.Whole.Start != 0 {
		t.Errorf("Probe = %+v, %v", s, err)
	}
}

// TestProbe_Cancel: cancelling kills the child.
func TestProbe_Cancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := contents.ProbeBy(ctx, file(t, make([]byte, 4096)), 4096, time.Hour, "hang"); err != context.DeadlineExceeded {
		t.Errorf("Probe = %v, want %v", err, context.DeadlineExceeded)
	}
}

// TestProbe_Geometry: an impossible geometry is refused.
func TestProbe_Geometry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		size  int64
		block int
	}{{0, 512}, {-1, 512}, {4096, 0}, {4096, 100}, {4096, 513}} {
		if _, err := contents.Probe(t.Context(), file(t, make([]byte, 4096)), c.size, c.block); err == nil {
			t.Errorf("Probe of %d bytes in blocks of %d succeeds", c.size, c.block)
		}
	}
}

// TestProbe_Writable: a file that is open for writing is refused.
func TestProbe_Writable(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "img")
	for _, flags := range []int{os.O_RDWR, os.O_WRONLY} {
		f, err := os.OpenFile(path, os.O_CREATE|flags, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := contents.Probe(t.Context(), f, 4096, 512); err == nil || !strings.Contains(err.Error(), "open for writing") {
			t.Errorf("Probe = %v, want a refusal", err)
		}
	}
}

// attempts are what a confined child tries.
type attempts struct {
	Confine string
	Refused map[string]string
	Read    string
}

func observe() {
	var a attempts
	if os.Geteuid() == 0 {
		if err := syscall.Setgroups([]int{4, 6}); err != nil { // something to give up
			a.Confine = err.Error()
		}
	}
	if err := contents.Confine(); err != nil {
		a.Confine = err.Error()
	}
	a.Refused = map[string]string{}
	try := func(what string, err error) { a.Refused[what] = fmt.Sprint(err) }
	_, err := unix.Open("/etc/shadow", unix.O_RDONLY, 0)
	try("open", err)
	_, err = unix.Open("/", unix.O_RDONLY, 0)
	try("open root", err)
	_, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	try("socket", err)
	_, err = unix.IoctlGetInt(3, unix.BLKSSZGET)
	try("ioctl", err)
	try("kill", unix.Kill(os.Getppid(), 0))
	try("setuid", unix.Setresuid(-1, 0, -1))
	try("exec", unix.Exec("/proc/self/exe", nil, nil))
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if pid == 0 && errno == 0 {
		unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
	}
	try("fork", errno)
	_, err = unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_ANON|unix.MAP_PRIVATE)
	try("executable memory", err)
	_, err = unix.Pread(3, make([]byte, 512), 0)
	a.Read = fmt.Sprint(err)
	json.NewEncoder(os.Stdout).Encode(a)
	time.Sleep(time.Hour)
}

func greedy() {
	if err := contents.Confine(); err != nil {
		fmt.Println(err)
	}
	var all [][]byte
	for range 64 {
		b := make([]byte, 64<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		all = append(all, b)
	}
	fmt.Println("has 4 GiB", len(all))
	time.Sleep(time.Hour)
}
