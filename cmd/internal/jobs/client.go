package jobs

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"

	"rasure/cmd/internal/fault"
	"rasure/cmd/message"
)

// Client is the other end of the socket of a job server. It is a [Service]; its batches are [Follower]s.
type Client struct {
	conn net.Conn
	peer Hello

	sending sync.Mutex // a line at a time

	mu      sync.Mutex // guards what follows
	last    int64      // id of a call
	waiting map[int64]func(Reply)
	lost    error         // why the connection is of no use any more; nil: it is
	ended   chan struct{} // closed then
}

// VersionError means that the other side speaks another version of the protocol.
type VersionError struct {
	Protocol int    // of the server
	Version  string // of its program
	Own      string // version of this program
}

func (e *VersionError) Error() string { return e.Message().String() }

// Message names both versions.
func (e *VersionError) Message() message.Text {
	return message.Of("the job server is rasure %s and speaks version %d of its protocol; this program is rasure %s and speaks version %d", e.Version, e.Protocol, e.Own, Protocol)
}

// NewClient greets the server at the other end of a connection, which the client then owns. The server answers in a language; version is
// that of this program. A server of another version is a [VersionError].
func NewClient(ctx context.Context, conn net.Conn, lang message.Language, version string) (*Client, error) {
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	c := &Client{conn: conn, waiting: map[int64]func(Reply){}, ended: make(chan struct{})}
	lines := bufio.NewReader(conn)
	err := WriteLine(conn, Hello{Protocol: Protocol, Version: version, Language: lang})
	if e := ReadLine(lines, MaxCall, &c.peer); e == nil || err == nil { // a server that refuses may have closed before it read
		err = e
	}
	switch {
	case err == nil && c.peer.Protocol != Protocol:
		err = fault.WithHint(&VersionError{c.peer.Protocol, c.peer.Version, version},
			"when its jobs have ended, restart it: the next command starts a server of its own version")
	case err == nil:
		err = c.peer.Error.Err()
	default:
		err = message.Errorf("greeting the job server: %w", err)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	go c.receive(lines)
	return c, nil
}

// Version is that of the server's program.
func (c *Client) Version() string { return c.peer.Version }

// Close ends the connection, and with it the batches that were not started. The jobs go on.
func (c *Client) Close() error {
	err := c.conn.Close()
	<-c.ended
	return err
}

// receive hands each reply to the call that it belongs to.
func (c *Client) receive(lines *bufio.Reader) {
	for {
		var r Reply
		if err := ReadLine(lines, MaxReply, &r); err != nil {
			c.end(err)
			return
		}
		if r.ID == 0 && r.Error != nil { // it is about the connection
			c.end(r.Error.Err())
			return
		}
		c.mu.Lock()
		take := c.waiting[r.ID]
		if r.Done {
			delete(c.waiting, r.ID)
		}
		c.mu.Unlock()
		if take != nil {
			take(r)
		}
	}
}

func (c *Client) end(err error) {
	c.conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost = fault.WithHint(message.Errorf("the connection to the job server was lost: %w", err),
		"rasure jobs list shows what it does; a job that was interrupted can be resumed")
	close(c.ended)
}

// call makes a call and waits for its end. It hands replies before the last to each, which must not wait. When ctx ends it cancels the call,
// and returns when the server has ended it: what the server did until then is in the reply.
func (c *Client) call(ctx context.Context, m Call, each func(Reply)) (Reply, error) {
	last := make(chan Reply, 1)
	c.mu.Lock()
	c.last++
	m.ID = c.last
	c.waiting[m.ID] = func(r Reply) {
		if r.Done {
			last <- r
		} else if each != nil {
			each(r)
		}
	}
	c.mu.Unlock()
	if err := c.send(m); err != nil {
		return Reply{}, err
	}
	cancelled := ctx.Done()
	for {
		select {
		case r := <-last:
			return r, r.Error.Err()
		case <-c.ended:
			select {
			case r := <-last: // the server ended the call, and then the connection
				return r, r.Error.Err()
			default:
				return Reply{}, c.lost
			}
		case <-cancelled:
			cancelled = nil
			if err := c.send(Call{Call: CallCancel, Cancels: m.ID}); err != nil {
				return Reply{}, err
			}
		}
	}
}

func (c *Client) send(m Call) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	err := WriteLine(c.conn, m)
	if errors.Is(err, net.ErrClosed) {
		<-c.ended
		return c.lost
	}
	return err
}

// simply makes a call whose answer is only whether it succeeded.
func (c *Client) simply(ctx context.Context, m Call) error {
	_, err := c.call(ctx, m, nil)
	return err
}

// Watch shows the state of the server.
func (c *Client) Watch(ctx context.Context, show func(State)) error {
	_, err := c.call(ctx, Call{Call: CallWatch}, func(r Reply) {
		if r.State != nil {
			show(*r.State)
		}
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Prepare claims and plans disks; the batch is a [Follower].
func (c *Client) Prepare(ctx context.Context, o Options, disks []Request) (Batch, error) {
	r, err := c.call(ctx, Call{Call: CallPrepare, Options: &o, Requests: disks}, nil)
	if err != nil {
		return nil, err
	}
	if r.Batch == nil {
		return nil, message.Errorf("%w: the server opened no batch", ErrLine)
	}
	b := &clientBatch{c: c, opened: *r.Batch}
	if ctx.Err() != nil { // it was prepared in spite of that
		b.Close()
		return nil, message.Errorf("%w: nothing was erased", fault.ErrInterrupted)
	}
	return b, nil
}

// Stop ends a job cleanly.
func (c *Client) Stop(ctx context.Context, disk, word string) error {
	return c.simply(ctx, Call{Call: CallStop, Disk: disk, Word: word})
}

// Pause has a job wait.
func (c *Client) Pause(ctx context.Context, disk string) error {
	return c.simply(ctx, Call{Call: CallPause, Disk: disk})
}

// Continue lets a job go on.
func (c *Client) Continue(ctx context.Context, disk string) error {
	return c.simply(ctx, Call{Call: CallContinue, Disk: disk})
}

// Seen takes outcomes and rows off the list.
func (c *Client) Seen(ctx context.Context, disks []string) error {
	return c.simply(ctx, Call{Call: CallSeen, Disks: disks})
}

// Locate makes a disk be noticed.
func (c *Client) Locate(ctx context.Context, disk string) (how string, err error) {
	r, err := c.call(ctx, Call{Call: CallLocate, Disk: disk}, nil)
	return r.How, err
}

// Unmount unmounts the file systems of a disk.
func (c *Client) Unmount(ctx context.Context, disk string) error {
	return c.simply(ctx, Call{Call: CallUnmount, Disk: disk})
}

// Arm begins the intake mode.
func (c *Client) Arm(ctx context.Context, word string, o Options) error {
	return c.simply(ctx, Call{Call: CallArm, Word: word, Options: &o})
}

// Disarm ends the intake mode.
func (c *Client) Disarm(ctx context.Context) error { return c.simply(ctx, Call{Call: CallDisarm}) }

// Hold keeps the intake mode from erasing a disk.
func (c *Client) Hold(ctx context.Context, disk string) error {
	return c.simply(ctx, Call{Call: CallHold, Disk: disk})
}

var _ Service = (*Client)(nil)
