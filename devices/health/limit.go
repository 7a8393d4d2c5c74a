package health

import (
	"context"
	"errors"
	"syscall"
	"time"

	"rasure/cmd/message"
	"rasure/devices/ata"
	"rasure/devices/mmc"
	"rasure/devices/nvme"
	"rasure/devices/scsi"
)

// question is how long a drive may take to answer one command. A command that the kernel has cannot be called back, and when the kernel's own
// time runs out it resets the drive, so that is longer: the command is left to itself.
const question = 10 * time.Second

// ErrSilent means that the drive did not answer in time. It is asked nothing more.
var ErrSilent = message.New("the drive has not answered for 10 s")

// Limited returns a transport that gives a command up after ten seconds, or when its context ends, and sends nothing after that. The command
// that was given up is left to itself: its data may still be written to.
func Limited(t scsi.Transport) scsi.Transport { return limitedSCSI{&line{}, t} }

// line is the way to a drive for one report. Commands go through it one after the other.
type line struct {
	stuck chan struct{} // closed when the command returns that was given up; nil: none was
}

// ask sends a command by send, which returns its answer.
func ask[T any](ctx context.Context, l *line, send func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	if l.stuck != nil {
		return none, ErrSilent
	}
	done, returned := make(chan answer, 1), make(chan struct{})
	go func() {
		defer close(returned)
		value, err := send()
		done <- answer{value, err}
	}()
	limit := time.NewTimer(question)
	defer limit.Stop()
	select {
	case a := <-done:
		return a.value, a.err
	case <-limit.C:
		l.stuck = returned
		return none, ErrSilent
	case <-ctx.Done():
		l.stuck = returned
		return none, ctx.Err()
	}
}

// close closes the port, after the command that still has it.
func (l *line) close(port interface{ Close() error }) {
	if l.stuck == nil {
		port.Close() // it was only read from
		return
	}
	go func() {
		<-l.stuck
		port.Close()
	}()
}

// The data of a command that was given up may still be written to: who gets ErrSilent does not look at them.
type limitedSCSI struct {
	*line
	t scsi.Transport
}

func (l limitedSCSI) Do(ctx context.Context, c scsi.Command) (scsi.Reply, error) {
	return ask(ctx, l.line, func() (scsi.Reply, error) { return l.t.Do(ctx, c) })
}

type limitedNVMe struct {
	*line
	t nvme.Transport
}

func (l limitedNVMe) Admin(ctx context.Context, c nvme.Command) (uint32, error) {
	return ask(ctx, l.line, func() (uint32, error) { return l.t.Admin(ctx, c) })
}

type limitedMMC struct {
	*line
	t mmc.Transport
}

func (l limitedMMC) Do(ctx context.Context, c ...mmc.Command) ([]mmc.Status, error) {
	return ask(ctx, l.line, func() ([]mmc.Status, error) { return l.t.Do(ctx, c...) })
}

// refused reports whether the drive, or what is in front of it, answered that it does not do that. It does not mean that it is silent.
func refused(err error) bool {
	var a *ata.RefusedError
	var s *scsi.SenseError
	var n *nvme.StatusError
	var m *mmc.StatusError
	return errors.As(err, &a) || errors.As(err, &s) || errors.As(err, &n) || errors.As(err, &m)
}

// malformed reports whether an answer came and cannot be used: an error of a codec, and none of the way to the drive.
func malformed(err error) bool {
	var errno syscall.Errno
	return !errors.As(err, &errno) && !errors.Is(err, nvme.ErrAborted) && !refused(err)
}
