package durable_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"rasure/logs/durable"
)

// within fails the test if f waits.
func within(t *testing.T, d time.Duration, what string, f func()) {
	t.Helper()
	done := make(chan bool)
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(d):
		t.Fatalf("%s: still waiting after %v", what, d)
	}
}

// strange makes what a stranger may put under the name of a file.
func strange(t *testing.T, dir string) {
	t.Helper()
	at := func(name string) string { return filepath.Join(dir, name) }
	socket, err := net.Listen("unix", at("socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	if err := errors.Join(
		syscall.Mkfifo(at("fifo"), 0o644),
		os.Mkdir(at("directory"), 0o755),
		os.WriteFile(at("file"), []byte("12345"), 0o644),
		os.Symlink("fifo", at("link to fifo")),
		os.Symlink("/dev/zero", at("link to device")),
		os.Symlink("file", at("link to file")),
		os.Symlink("../elsewhere", at("link out")),
		os.WriteFile(filepath.Join(filepath.Dir(dir), "elsewhere"), []byte("x"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	strange(t, dir)
	for name, want := range map[string]error{
		"fifo": durable.ErrNotRegular, "socket": durable.ErrNotRegular, "directory": durable.ErrNotRegular,
		"link to fifo": durable.ErrNotRegular, "link to device": durable.ErrNotRegular, "/dev/zero": durable.ErrNotRegular,
		"nothing": fs.ErrNotExist, "/proc/kallsyms": durable.ErrTooLong, // its size is 0
		"file": nil, "link to file": nil, "link out": nil,
	} {
		path := name
		if !filepath.IsAbs(name) {
			path = filepath.Join(dir, name)
		}
		within(t, time.Minute, name, func() {
			data, err := durable.ReadFile(path, 5)
			if !errors.Is(err, want) || err == nil && len(data) == 0 {
				t.Errorf("%s: %q, %v, want %v", name, data, err, want)
			}
			if err != nil && !strings.Contains(err.Error(), name) {
				t.Errorf("%s: the error does not name it: %v", name, err)
			}
		})
	}
	if _, err := durable.ReadFile(filepath.Join(dir, "file"), 4); !errors.Is(err, durable.ErrTooLong) {
		t.Errorf("5 bytes of at most 4: %v", err)
	}
}

// TestLongFile holds that a file that is refused fills no memory. It does not run beside others, whose memory would count.
func TestLongFile(t *testing.T) {
	const most = 1 << 27
	long := filepath.Join(t.TempDir(), "long")
	if err := os.WriteFile(long, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(long, most+1); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := durable.ReadFile(long, most)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, durable.ErrTooLong) || used > most/2 {
		t.Errorf("%d bytes of at most %d: %v, with %d bytes of memory", most+1, most, err, used)
	}
}

func TestFS(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	strange(t, dir)
	f := durable.FS(dir)
	for _, name := range []string{"fifo", "socket", "link to fifo", "link to device", "link out", "../elsewhere"} {
		within(t, time.Minute, name, func() {
			if data, err := fs.ReadFile(f, name); err == nil {
				t.Errorf("%s is read: %q", name, data)
			}
		})
	}
	if data, err := fs.ReadFile(f, "link to file"); string(data) != "12345" || err != nil {
		t.Errorf("a link inside: %q, %v", data, err)
	}
	plain := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(plain, "a"), 0o755), os.WriteFile(filepath.Join(plain, "a/b"), []byte("x"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(durable.FS(plain), "a", "a/b"); err != nil {
		t.Error(err)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]string{
		syscall.EMFILE: "file descriptors", syscall.ENFILE: "file descriptors", syscall.ENOSPC: "space", syscall.EDQUOT: "space",
		syscall.EIO: "disk", syscall.EACCES: "permission", syscall.EROFS: "read-only", syscall.ENOMEM: "memory",
	} {
		got := durable.Explain(&fs.PathError{Op: "open", Path: "x", Err: err})
		if !errors.Is(got, err) || !strings.Contains(got.Error(), want) || !strings.Contains(got.Error(), "x") {
			t.Errorf("%v: %v", err, got)
		}
		if again := durable.Explain(got); again != got {
			t.Errorf("%v is explained twice: %v", err, again)
		}
	}
	if err := durable.Explain(nil); err != nil {
		t.Errorf("nil: %v", err)
	}
	if err := durable.Explain(fs.ErrNotExist); err != fs.ErrNotExist {
		t.Errorf("no file: %v", err)
	}
}
