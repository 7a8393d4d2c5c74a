package contents

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"rasure/cmd/message"

	"golang.org/x/sys/unix"
)

// Probe lets a child process examine the disk or image f, of size bytes in logical blocks of block bytes. f must be open for reading
// only and without O_DIRECT; it stays open. The child is our own binary with an empty environment, no privileges, and at most 10 s of
// processor time, 512 MiB of memory and 15 s in all.
//
// Where the child dies, hangs or prints nonsense, the Summary has what it found before, and the first note says so. The error is for an
// impossible f, size or block, a child that could not be started, and ctx. Cancelling kills the child. One that hangs in a read of a
// dying disk cannot be killed: Probe waits 4 s for it at most.
func Probe(ctx context.Context, f *os.File, size int64, block int) (Summary, error) {
	return probe(ctx, f, size, block, limitWall, ChildArgument)
}

func probe(ctx context.Context, f *os.File, size int64, block int, wall time.Duration, argument string) (Summary, error) {
	s := unread()
	if err := errors.Join(geometry(size, block), harmless(f)); err != nil {
		return s, message.Errorf("reading the contents of %s: %w", f.Name(), err)
	}
	c, err := start(f, []string{argument, strconv.FormatInt(size, 10), strconv.Itoa(block)})
	if err != nil {
		return s, message.Errorf("starting the reader of contents: %w", err)
	}
	defer c.close()
	if c.bare != nil {
		s.note(message.Of("the reader of contents runs without its own namespaces: %v", c.bare))
	}

	c.out.SetReadDeadline(time.Now().Add(wall))
	stop := context.AfterFunc(ctx, func() { c.out.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	why := receive(c.out, &s)
	if why == nil {
		c.end(true)
		return s, nil
	}
	status := c.end(!errors.Is(why, errCutShort))
	switch {
	case ctx.Err() != nil:
		return s, ctx.Err()
	case errors.Is(why, os.ErrDeadlineExceeded):
		why = message.Errorf("it did not end within %v", wall)
	case errors.Is(why, errCutShort) && status != nil:
		why = status
	}
	c.err.SetReadDeadline(time.Now().Add(limitDying))
	stderr, _ := io.ReadAll(io.LimitReader(c.err, limitErrors))
	s.died(why, stderr)
	return s, nil
}

// harmless returns an error if a hostile reader could do more with f than read it.
func harmless(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var flags int
	var ferr error
	if err := raw.Control(func(fd uintptr) { flags, ferr = unix.FcntlInt(fd, unix.F_GETFL, 0) }); err != nil {
		return err
	}
	switch {
	case ferr != nil:
		return ferr
	case flags&unix.O_ACCMODE != unix.O_RDONLY:
		return message.New("it is open for writing")
	case flags&unix.O_DIRECT != 0:
		return message.New("it is open with O_DIRECT")
	}
	return nil
}

type child struct {
	cmd      *exec.Cmd
	out, err *os.File // its output, with deadlines
	bare     error    // why it has no namespaces of its own; nil if it has them or needs none
}

// start runs our own binary again. Another program may have its name by now; /proc/self/exe is always our own.
func start(f *os.File, args []string) (c child, err error) {
	var attr syscall.SysProcAttr
	if os.Geteuid() == 0 {
		attr.Cloneflags = unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS
	}
	if c, err = spawn(f, args, attr); err != nil && attr.Cloneflags != 0 && errors.Is(err, unix.EPERM) { // as in a container
		bare := err
		c, err = spawn(f, args, syscall.SysProcAttr{})
		c.bare = bare
	}
	return c, err
}

func spawn(f *os.File, args []string, attr syscall.SysProcAttr) (c child, err error) {
	out, outw, err := os.Pipe()
	if err != nil {
		return c, err
	}
	defer outw.Close()
	errr, errw, err := os.Pipe()
	if err != nil {
		out.Close()
		return c, err
	}
	defer errw.Close()
	// What a shell left open in us is not for the child either. An old kernel (before 5.11) cannot be asked for it.
	_ = unix.CloseRange(3, math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC)
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args[0] = "rasure"
	cmd.Env, cmd.Dir = []string{}, "/"
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = outw, errw, []*os.File{f}
	cmd.SysProcAttr = &attr
	if err := cmd.Start(); err != nil {
		out.Close()
		errr.Close()
		return c, err
	}
	return child{cmd: cmd, out: out, err: errr}, nil
}

func (c child) close() {
	c.out.Close()
	c.err.Close()
}

// end kills the child, at once or after it had time to end by itself, and returns its status; nil for exit status 0. A child in an
// uninterruptible sleep is left to a goroutine that collects it when the kernel releases it.
func (c child) end(now bool) error {
	ended := make(chan error, 1)
	go func() { ended <- c.cmd.Wait() }()
	for range 2 {
		if now {
			c.cmd.Process.Kill()
		}
		select {
		case err := <-ended:
			return err
		case <-time.After(limitDying):
			now = true
		}
	}
	return message.New("it cannot be killed")
}
