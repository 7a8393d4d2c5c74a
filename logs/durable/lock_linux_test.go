package durable_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rasure/logs/durable"
)

// holdEnv, if it is set, makes this test a process that holds the flock of the file that it names.
const holdEnv = "DURABLE_TEST_HOLD"

func TestMain(m *testing.M) {
	if name := os.Getenv(holdEnv); name != "" {
		hold(name)
		return
	}
	os.Exit(m.Run())
}

func hold(name string) {
	f, err := os.Open(name) // for reading, as everybody can
	if err == nil {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX)
	}
	fmt.Println("held", err)
	time.Sleep(time.Minute)
	f.Close()
}

// holdAs starts a process of a user that holds the flock of a file.
func holdAs(t *testing.T, user uint32, name string) (pid int) {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	// The test's own directory is closed to other users.
	dir, err := os.MkdirTemp("/dev/shm", "durable-test-")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	exe := filepath.Join(dir, "holder")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(exe, self, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Dir, cmd.Env = "/", []string{holdEnv + "=" + name}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line := make([]byte, 100)
	n, _ := out.Read(line)
	if got := string(line[:n]); got != "held <nil>\n" {
		t.Fatalf("the holder says %q", got)
	}
	return cmd.Process.Pid
}

// public returns a directory that every user can enter.
func public(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "durable-test-")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// share returns another descriptor of a file that this process has open, as a child has it between fork and exec.
func share(t *testing.T, name string) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if to, _ := os.Readlink("/proc/self/fd/" + e.Name()); to == name {
			fd, _ := strconv.Atoi(e.Name())
			copied, err := unix.Dup(fd)
			if err != nil {
				t.Fatal(err)
			}
			return copied
		}
	}
	t.Fatal("the lock has no descriptor")
	return -1
}

func TestLock(t *testing.T) {
	t.Parallel()
	t.Run("only its owner can open it", func(t *testing.T) {
		dir := t.TempDir()
		unlock, err := durable.Open(dir).Lock("lock", 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		if info, err := os.Stat(filepath.Join(dir, "lock")); err != nil || info.Mode() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
	})
	t.Run("the holder is named", func(t *testing.T) {
		dir := public(t)
		if err := os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		pid := holdAs(t, uint32(os.Geteuid()), filepath.Join(dir, "lock"))
		_, err := durable.Open(dir).Lock("lock", 20*time.Millisecond)
		var e *durable.LockedError
		if !errors.Is(err, durable.ErrLocked) || !errors.As(err, &e) || e.PID != pid || e.User != os.Geteuid() || e.Command != "holder" ||
			!strings.Contains(err.Error(), fmt.Sprintf("process %d", pid)) {
			t.Errorf("error is %v, want one that names process %d", err, pid)
		}
	})
	t.Run("the holder is seen without the lock", func(t *testing.T) {
		dir := public(t)
		if err := os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		d := durable.Open(dir)
		for _, name := range []string{"lock", "none"} {
			if pid, held := d.Holder(name); pid != 0 || held {
				t.Errorf("%s, which nobody holds, is held by %d, %v", name, pid, held)
			}
		}
		pid := holdAs(t, uint32(os.Geteuid()), filepath.Join(dir, "lock"))
		got, held := d.Holder("lock")
		if !held {
			t.Error("nobody holds it")
		}
		for end := time.Now().Add(time.Minute); got == 0 && time.Now().Before(end); { // beside others that lock, it may not be named at once
			got, _ = d.Holder("lock")
		}
		if got != pid {
			t.Errorf("Holder() = %d, want %d", got, pid)
		}
	})
	t.Run("looking at it does not take it", func(t *testing.T) {
		d := durable.Open(t.TempDir())
		over, all := make(chan struct{}), sync.WaitGroup{}
		for range 4 {
			all.Go(func() {
				for {
					select {
					case <-over:
						return
					default:
						d.Holder("lock")
					}
				}
			})
		}
		for range 200 {
			unlock, err := d.Lock("lock", 0)
			if err != nil {
				t.Error(err)
				break
			}
			if _, held := d.Holder("lock"); !held {
				t.Error("the lock is held, and is not seen")
			}
			unlock()
		}
		close(over)
		all.Wait()
	})
	t.Run("who only looks is waited for", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "lock")
		looks, err := os.Create(name)
		if err == nil {
			err = unix.Flock(int(looks.Fd()), unix.LOCK_SH)
		}
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(20*time.Millisecond, func() { unix.Flock(int(looks.Fd()), unix.LOCK_UN) })
		defer looks.Close()
		unlock, err := durable.Open(filepath.Dir(name)).Lock("lock", 0)
		if err != nil {
			t.Fatal(err)
		}
		unlock()
	})
	t.Run("it is free although a child has its file", func(t *testing.T) {
		dir := t.TempDir()
		d := durable.Open(dir)
		unlock, err := d.Lock("lock", 0)
		if err != nil {
			t.Fatal(err)
		}
		child := share(t, filepath.Join(dir, "lock"))
		defer unix.Close(child)
		unlock()
		if unlock, err = d.Lock("lock", 0); err != nil {
			t.Fatal(err)
		}
		unlock()
	})
	t.Run("the wait ends with the context", func(t *testing.T) {
		dir := t.TempDir()
		unlock, err := durable.Open(dir).Lock("lock", 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		within(t, time.Minute, "a wait of an hour", func() {
			if _, err := durable.Open(dir).LockContext(ctx, "lock", time.Hour); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error is %v", err)
			}
		})
	})
	t.Run("what is not a file is refused at once", func(t *testing.T) {
		dir := t.TempDir()
		if err := errors.Join(syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600), os.Symlink("elsewhere", filepath.Join(dir, "link"))); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"fifo", "link"} {
			within(t, time.Minute, name, func() {
				if _, err := durable.Open(dir).Lock(name, time.Hour); !errors.Is(err, durable.ErrNotRegular) {
					t.Errorf("%s: %v, want %v", name, err, durable.ErrNotRegular)
				}
			})
		}
		if _, err := os.Lstat(filepath.Join(dir, "elsewhere")); err == nil {
			t.Error("the link was followed")
		}
	})
}

// TestLockOfOldVersion takes over lock files that every user can open, as versions before 0.2 made them.
func TestLockOfOldVersion(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can start a process of another user")
	}
	old := func(t *testing.T) (dir, name string) {
		dir = public(t)
		name = filepath.Join(dir, "lock")
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		return dir, name
	}
	taken := func(t *testing.T, dir string) {
		t.Helper()
		unlock, err := durable.Open(dir).Lock("lock", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := durable.Open(dir).Lock("lock", 0); !errors.Is(err, durable.ErrLocked) {
			t.Errorf("a second lock: %v", err)
		}
		list, err := os.ReadDir(dir)
		if err != nil || len(list) != 1 {
			t.Errorf("the directory holds %v, %v", list, err)
		}
		if info, err := os.Stat(filepath.Join(dir, "lock")); err != nil || info.Mode() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		unlock()
		unlock, err = durable.Open(dir).Lock("lock", 0)
		if err != nil {
			t.Fatal(err)
		}
		unlock()
	}
	t.Run("free", func(t *testing.T) {
		dir, name := old(t)
		held, err := os.Open(name) // opened while it was open to all
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		taken(t, dir)
		if err := unix.Flock(int(held.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			t.Fatal(err)
		}
		taken(t, dir)
	})
	t.Run("held by another user", func(t *testing.T) {
		dir, name := old(t)
		holdAs(t, 65534, name)
		taken(t, dir)
	})
	t.Run("held by a process that may append", func(t *testing.T) {
		dir, name := old(t)
		holdAs(t, 0, name)
		if _, err := durable.Open(dir).Lock("lock", 50*time.Millisecond); !errors.Is(err, durable.ErrLocked) {
			t.Errorf("error is %v, want %v", err, durable.ErrLocked)
		}
	})
	t.Run("one at a time", func(t *testing.T) {
		dir, name := old(t)
		holdAs(t, 65534, name)
		var inside, most atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 20 {
					unlock, err := durable.Open(dir).Lock("lock", time.Minute)
					if err != nil {
						t.Error(err)
						return
					}
					most.Store(max(most.Load(), inside.Add(1)))
					time.Sleep(100 * time.Microsecond)
					inside.Add(-1)
					unlock()
				}
			})
		}
		all.Wait()
		if most.Load() != 1 {
			t.Errorf("%d held the lock at once", most.Load())
		}
	})
}
