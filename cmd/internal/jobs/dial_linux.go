package jobs

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"rasure/cmd/message"
)

// dial connects through a descriptor of the directory: the path of a socket has 107 bytes at most.
func dial(ctx context.Context, stateDir string) (net.Conn, error) {
	dir, err := os.Open(stateDir)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return new(net.Dialer).DialContext(ctx, "unix", fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), SocketFile))
}

// PeerUser returns the user of the process at the other end of a connection, as it was when that process connected or listened.
func PeerUser(c *net.UnixConn) (uid uint32, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) { cred, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return 0, err
	}
	if failed != nil {
		return 0, failed
	}
	return cred.Uid, nil
}

// maxLog is the size from which on it begins again. Chosen.
const maxLog = 1 << 20

// startServer starts this program as the job server of a state directory, in a session of its own, so that it does not end with the
// terminal. This is the one place where rasure starts itself as a server.
func startServer(stateDir string) (exited <-chan error, err error) {
	dir, err := filepath.Abs(stateDir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, LogFile)
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		os.Truncate(path, 0)
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	keepToOurselves()
	p, err := os.StartProcess("/proc/self/exe", []string{os.Args[0], "jobs", "serve", "--idle", "--state", dir},
		&os.ProcAttr{Dir: "/", Env: os.Environ(), Files: []*os.File{null, out, out}, Sys: &syscall.SysProcAttr{Setsid: true}})
	if err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() {
		state, err := p.Wait()
		if err == nil {
			said, _ := os.ReadFile(path)
			err = message.Errorf("%v: %s", state, bytes.TrimSpace(said[max(0, len(said)-2000):]))
		}
		ended <- err
	}()
	return ended, nil
}

// keepToOurselves closes in programs that are started what this process got from the one that started it, such as a file that a shell has open
// as descriptor 9, or a terminal: the server would keep it open.
func keepToOurselves() {
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, e := range all {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}
