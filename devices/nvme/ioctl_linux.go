package nvme

import (
	"context"
	"os"
	"runtime"
	"unsafe"

	"rasure/cmd/message"
	"rasure/devices/ioctl"
)

// Ioctl returns a transport that uses NVME_IOCTL_ADMIN_CMD on an open namespace or controller node; on a namespace the
// command goes to its controller. The caller keeps f open for as long as the transport is used. Needs CAP_SYS_ADMIN for
// anything but Identify.
//
// Never make one for a USB disk: some bridges do not come back from an NVMe command (Realtek RTL9201B).
func Ioctl(f *os.File) Transport { return admin{f} }

// HasIoctl reports whether the open node is an NVMe namespace. It sends no command to the drive.
func HasIoctl(f *os.File) bool {
	_, err := ioctl.Do(f, ioctlID, nil)
	return err == nil
}

type admin struct{ f *os.File }

// NSID asks the kernel, not the drive.
func (t admin) NSID() (uint32, error) {
	nsid, err := ioctl.Do(t.f, ioctlID, nil)
	return uint32(nsid), err
}

// Linux, include/uapi/linux/nvme_ioctl.h.
const (
	ioctlID    = 0x4e40
	ioctlAdmin = 0xc0484e41
)

// passthru is struct nvme_passthru_cmd.
type passthru struct {
	opcode      uint8
	flags       uint8
	_           uint16
	nsid        uint32
	cdw2, cdw3  uint32
	metadata    uint64
	addr        uint64
	metadataLen uint32
	dataLen     uint32
	cdw         [6]uint32
	timeout     uint32 // milliseconds
	result      uint32
}

func (t admin) Admin(ctx context.Context, c Command) (uint32, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	p := &passthru{opcode: c.Opcode, nsid: c.NSID, cdw: c.CDW, timeout: uint32(min(timeout.Milliseconds(), 1<<32-1))}
	// The address goes in as a number, which the garbage collector does not see: the pin keeps the buffer in place.
	var pin runtime.Pinner
	defer pin.Unpin()
	if len(c.Data) > 0 {
		pin.Pin(&c.Data[0])
		p.addr, p.dataLen = uint64(uintptr(unsafe.Pointer(&c.Data[0]))), uint32(len(c.Data))
	}
	status, err := ioctl.Do(t.f, ioctlAdmin, unsafe.Pointer(p))
	if err != nil {
		return 0, message.Errorf("NVMe admin command %02xh: %w", c.Opcode, err)
	}
	return p.result, answer(c.Opcode, uint16(status))
}

// answer reads a positive result, which is a completion's status: the drive's, except for two that Linux makes itself when it
// resets a controller or loses the way to it (nvme_cancel_request, NVME_SC_HOST_ABORTED_CMD and NVME_SC_HOST_PATH_ERROR).
func answer(opcode uint8, status uint16) error {
	switch e := (&StatusError{Opcode: opcode, Status: status}); {
	case status == 0:
		return nil
	case e.Code() == 0x370 || e.Code() == 0x371:
		return message.Errorf("NVMe admin command %02xh: %w", opcode, ErrAborted)
	default:
		return e
	}
}
