package jobs

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// SocketFile is the name of the socket in the state directory of a station.
const SocketFile = "jobs.sock"

// LogFile is where a server that was started on demand writes what it has to say, in the state directory.
const LogFile = "jobs.log"

// ErrNoServer means that no job server of the station runs.
var ErrNoServer = message.New("no job server runs")

// Trusted reports whether a user may be at the other end of a socket: root, and the user of this process.
func Trusted(uid uint32) bool { return uid == 0 || int64(uid) == int64(os.Geteuid()) }

// Dial connects to the job server of the station in a state directory, whose sentences come in a language. version is that of this
// program. Errors: [ErrNoServer], a [VersionError], and that the socket is of another user.
func Dial(ctx context.Context, stateDir string, lang message.Language, version string) (*Client, error) {
	conn, err := dial(ctx, stateDir)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNoServer
	case err != nil:
		return nil, message.Errorf("connecting to the job server: %w", err)
	}
	uid, err := PeerUser(conn.(*net.UnixConn))
	if err == nil && !Trusted(uid) {
		err = fault.Refusef("the job server of %s runs as user %d, and not as root: it is not trusted", stateDir, uid)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return NewClient(ctx, conn, lang, version)
}

// startPoll is how often a server that was started is looked for. Chosen.
const startPoll = 20 * time.Millisecond

// DialOrStart is [Dial], and starts a server where none runs. That one ends by itself when nobody needs it.
func DialOrStart(ctx context.Context, stateDir string, lang message.Language, version string) (*Client, error) {
	c, err := Dial(ctx, stateDir, lang, version)
	if !errors.Is(err, ErrNoServer) {
		return c, err
	}
	exited, err := startServer(stateDir)
	if err != nil {
		return nil, message.Errorf("starting the job server: %w", err)
	}
	var died error
	for {
		over := died != nil
		if c, err = Dial(ctx, stateDir, lang, version); !errors.Is(err, ErrNoServer) {
			return c, err
		}
		if over { // another one may have been faster: it was looked for since
			return nil, message.Errorf("the job server did not start: %w", died)
		}
		select {
		case died = <-exited:
		case <-time.After(startPoll):
		case <-ctx.Done():
			return nil, message.Errorf("%w: the job server was not waited for", fault.ErrInterrupted)
		}
	}
}
