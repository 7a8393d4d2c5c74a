package devices_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rasure/devices"
	"rasure/devices/devicetest"
	"rasure/devices/scsi"
)

// hanging is a drive that does not answer until the test ends, and cannot be called back: as an ioctl that waits in the kernel.
type hanging struct{ ended chan struct{} }

func (h hanging) Do(context.Context, scsi.Command) (scsi.Reply, error) {
	<-h.ended
	return scsi.Reply{}, errors.New("the test has ended")
}

// slowRoot waits for the end of the test when a file is read.
type slowRoot struct {
	*devicetest.Files
	slow  string
	ended chan struct{}
}

func (r slowRoot) ReadFile(name string) ([]byte, error) {
	if strings.HasSuffix(name, r.slow) {
		<-r.ended
	}
	return r.Files.ReadFile(name)
}

// TestHangingDrive cancels everything that reaches a drive while the drive does not answer. In the bubble of synctest a call that waited for
// the drive would be a deadlock.
func TestHangingDrive(t *testing.T) {
	const temperature = "-- sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/hwmon/hwmon0/temp1_input --\n31000\n"
	for name, call := range map[string]func(ctx context.Context, h *devices.Host, d devices.Disk) error{
		"claim": func(ctx context.Context, h *devices.Host, d devices.Disk) error {
			_, err := h.Claim(ctx, d, devices.ClaimOptions{})
			return err
		},
		"open for reading": func(ctx context.Context, h *devices.Host, d devices.Disk) error {
			_, err := h.OpenRead(ctx, d)
			return err
		},
		"capabilities": func(ctx context.Context, h *devices.Host, d devices.Disk) error {
			_, err := h.Capabilities(ctx, d)
			return err
		},
		"temperature": func(ctx context.Context, h *devices.Host, d devices.Disk) error {
			if _, ok := h.Temperature(ctx, d); ok {
				return errors.New("it was read")
			}
			return ctx.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan struct{})
				defer close(ended)
				h := machine(t, "desktop", temperature)
				d := find(t, h, "sdb")
				plug(t, h, "sdb", hanging{ended}, nil)
				h.Root = slowRoot{h.Root.(*devicetest.Files), "temp1_input", ended}
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				start := time.Now()
				if err := call(ctx, h, d); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
					t.Errorf("%v after %v", err, time.Since(start))
				}
			})
		})
	}
	t.Run("identify", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ended := make(chan struct{})
			defer close(ended)
			h := machine(t, "desktop", "")
			drive := &switched{now: attributes(t, h, satadir)}
			plug(t, h, "sdb", drive, nil)
			target, err := claim(h, find(t, h, "sdb"))
			if err != nil {
				t.Fatal(err)
			}
			drive.now = hanging{ended}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			if _, err := target.Identify(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Identify() = %v", err)
			}
		})
	})
	t.Run("what was opened is closed", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ended, closed := make(chan struct{}), false
			h := machine(t, "desktop", "")
			drive := plug(t, h, "sdb", nil, nil)
			devicetest.Attach(h, "/dev/sdb", func(bool) (devices.Port, error) {
				return closing{plugged{drive.Open(), hanging{ended}, nil}, &closed}, nil
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := h.Claim(ctx, find(t, h, "sdb"), devices.ClaimOptions{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Claim() = %v", err)
			}
			close(ended)
			synctest.Wait()
			if !closed {
				t.Error("the port stays open")
			}
		})
	})
}

// switched is a transport that a test exchanges.
type switched struct{ now scsi.Transport }

func (s *switched) Do(ctx context.Context, c scsi.Command) (scsi.Reply, error) {
	return s.now.Do(ctx, c)
}

// scarce is a machine on which an error comes in place of some files.
type scarce struct {
	*devicetest.Files
	name string
	err  error
}

func (s scarce) ReadFile(name string) ([]byte, error) {
	if strings.Contains(name, s.name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: s.err}
	}
	return s.Files.ReadFile(name)
}

func (s scarce) ReadDir(name string) ([]fs.DirEntry, error) {
	if strings.Contains(name, s.name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: s.err}
	}
	return s.Files.ReadDir(name)
}
