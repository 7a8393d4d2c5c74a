package jobserver_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/jobserver"
	"rasure/cmd/message"
)

// another runs this test as another user, and returns the first line that it says.
func another(t *testing.T, what, dir string) string {
	t.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	exe := filepath.Join(dir, fmt.Sprint("test", time.Now().UnixNano()))
	if err := errors.Join(err, os.WriteFile(exe, self, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Dir, cmd.Env = "/", []string{asUser + "=" + what + " " + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// Only root may use the server, even where the file lets others; and a socket of another user is not trusted.
func TestOtherUsers(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can start a process of another user")
	}
	dir, err := os.MkdirTemp("/dev/shm", "jobs-test-")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	m := newMachine(t)
	l, err := jobserver.Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- m.serve(nil).Serve(ctx, l, 0) }()
	socket := filepath.Join(dir, jobs.SocketFile)
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	if got := another(t, "dial", dir); !strings.Contains(got, "permission denied") {
		t.Errorf("another user: %s", got)
	}
	os.Chmod(socket, 0o666)
	if got := another(t, "dial", dir); !strings.Contains(got, "user 65534 may not use the job server: only root may") {
		t.Errorf("another user, where the file lets them: %s", got)
	}
	c, err := jobs.Dial(t.Context(), dir, message.English, "test")
	if err != nil {
		t.Fatalf("root: %v", err)
	}
	c.Close()
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := jobs.Dial(t.Context(), dir, message.English, "test"); !errors.Is(err, jobs.ErrNoServer) {
		t.Errorf("without a server: %v", err)
	}
	if got := another(t, "listen", dir); got != "<nil>" {
		t.Fatal(got)
	}
	if _, err := jobs.Dial(t.Context(), dir, message.English, "test"); fault.Code(err) != fault.Refused || !strings.Contains(err.Error(), "runs as user 65534") {
		t.Errorf("a server of another user: %v", err)
	}
}
