package jobserver

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/internal/jobs"
	"rasure/cmd/internal/station"
)

// Listen makes the socket of a state directory, which only its owner can open. The caller holds the [Lock]: a socket that is there is of a
// process that has ended.
//
//	bind(".jobs.sock.new"), chmod 0600, listen, rename to "jobs.sock"
//
// The directory is named by a descriptor: the path of a socket has 107 bytes at most.
func Listen(stateDir string) (net.Listener, error) {
	dir, err := os.Open(stateDir)
	if err != nil {
		return nil, err
	}
	within := fmt.Sprintf("/proc/self/fd/%d/", dir.Fd())
	fresh, name := within+"."+jobs.SocketFile+".new", within+jobs.SocketFile
	os.Remove(fresh)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"})
	if err == nil {
		l.SetUnlinkOnClose(false)
		if err = errors.Join(os.Chmod(fresh, 0o600), os.Rename(fresh, name)); err != nil {
			l.Close()
		}
	}
	if err != nil {
		dir.Close()
		return nil, err
	}
	return &listener{UnixListener: l, dir: dir, name: name}, nil
}

// listener accepts processes of root and of the server's own user only.
type listener struct {
	*net.UnixListener
	dir  *os.File
	name string
	once sync.Once // takes the socket away
	err  error     // of that
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.AcceptUnix()
	if err != nil {
		return nil, err
	}
	uid, err := jobs.PeerUser(c)
	if err == nil && !jobs.Trusted(uid) {
		err = fault.Refusef("user %d may not use the job server: only root may", uid)
	}
	if err != nil {
		c.SetDeadline(time.Now().Add(time.Second))
		jobs.WriteLine(c, jobs.Hello{Protocol: jobs.Protocol, Version: station.Version, Error: fault.Send(err, "")})
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close takes the socket away. It may be called more than once; each call returns when the socket is gone, so that a process that ends after
// one of them leaves none behind.
func (l *listener) Close() error {
	l.once.Do(func() {
		l.err = l.UnixListener.Close()
		os.Remove(l.name)
		l.dir.Close()
	})
	return l.err
}
