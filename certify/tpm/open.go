package tpm

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"rasure/cmd/message"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// Open opens the TPM at address: "/dev/tpmrm0", the kernel's resource manager, or "unix:PATH", the socket of an emulator.
// It sends the TPM one command, so that an error shows now. ErrMissing means that no TPM answers.
// Devices open on Linux only; elsewhere the error is errors.ErrUnsupported.
func Open(address string) (*TPM, error) {
	c, err := dial(address)
	if err != nil {
		return nil, message.Errorf("opening the TPM %s: %w", address, unreachable(err))
	}
	t := New(c, Limits{})
	if _, err := t.property(tpm2.TPMPTManufacturer); err != nil {
		return nil, errors.Join(message.Errorf("opening the TPM %s: %w", address, unreachable(explain(err))), t.Close())
	}
	return t, nil
}

func dial(address string) (transport.TPMCloser, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok && path != "" {
		return socket(path), nil
	}
	if !filepath.IsAbs(address) {
		return nil, message.New("the address of a TPM is a device, /dev/tpmrm0, or unix:SOCKET")
	}
	path, err := filepath.EvalSymlinks(address)
	if err != nil {
		path = address
	}
	// After links are followed: one could hide the very device that is refused.
	if number, ok := strings.CutPrefix(path, "/dev/tpm"); ok && number != "" && strings.Trim(number, "0123456789") == "" {
		return nil, message.Errorf("%s has no resource manager, so keys that one program leaves loaded block all others; use /dev/tpmrm%s", path, number)
	}
	return openDevice(path)
}

// unreachable adds what a technician can do to the errors of opening.
func unreachable(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV):
		return message.Errorf("%w: switch it on in the firmware setup (it may be called Security Device, PTT or fTPM), or start the emulator (%w)", ErrMissing, err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return message.Errorf("%w: the socket is there, but no emulator listens on it (%w)", ErrMissing, err)
	case errors.Is(err, fs.ErrPermission):
		return message.Errorf("%w; run as root, or join the group that owns it", err)
	case errors.Is(err, syscall.EBUSY):
		return message.Errorf("another program has the TPM open: stop it (%w)", err)
	}
	return err
}

// A socket is the path of the Unix socket on which an emulator listens. An emulator serves one connection at a time and
// lets all others wait, so none is held between commands.
type socket string

func (s socket) Send(command []byte) ([]byte, error) {
	c, err := net.DialTimeout("unix", string(s), defaultAnswer)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	// A little longer than the patient transport waits, which has the better error.
	if err := c.SetDeadline(time.Now().Add(defaultAnswer + time.Second)); err != nil {
		return nil, err
	}
	if _, err := c.Write(command); err != nil {
		return nil, err
	}
	answer := make([]byte, maxResponse)
	if _, err := io.ReadFull(c, answer[:headerSize]); err != nil {
		return nil, message.Errorf("%w: %w", errGarbage, err)
	}
	size := binary.BigEndian.Uint32(answer[2:])
	if size < headerSize || size > maxResponse {
		return nil, errGarbage
	}
	if _, err := io.ReadFull(c, answer[headerSize:size]); err != nil {
		return nil, message.Errorf("%w: %w", errGarbage, err)
	}
	return answer[:size], nil
}

func (socket) Close() error { return nil }
