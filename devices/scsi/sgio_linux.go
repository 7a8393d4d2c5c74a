package scsi

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"rasure/devices/ioctl"
)

// SGIO returns a transport that uses the SG_IO ioctl on an open block device or sg node. The caller keeps f open for as
// long as the transport is used. Sending anything but harmless commands needs CAP_SYS_RAWIO.
func SGIO(f *os.File) Transport { return sgio{f} }

// HasSGIO reports whether the open node takes SCSI commands. It sends none.
func HasSGIO(f *os.File) bool {
	version := int32(0)
	_, err := ioctl.Do(f, sgGetVersion, unsafe.Pointer(&version))
	return err == nil
}

type sgio struct{ f *os.File }

// Linux, include/scsi/sg.h.
const (
	sgIO         = 0x2285
	sgGetVersion = 0x2282

	directionNone = -1
	directionOut  = -2
	directionIn   = -3

	driverSense = 8
)

// header is struct sg_io_hdr of 64-bit Linux, version 3 of the interface: block devices take no version 4.
type header struct {
	interfaceID   int32
	direction     int32
	cmdLen        uint8
	maxSense      uint8
	iovecCount    uint16
	dataLen       uint32
	data          unsafe.Pointer
	cdb           unsafe.Pointer
	sense         unsafe.Pointer
	timeout       uint32 // milliseconds
	flags         uint32
	packID        int32
	user          unsafe.Pointer
	status        uint8
	maskedStatus  uint8
	messageStatus uint8
	senseWritten  uint8
	hostStatus    uint16
	driverStatus  uint16
	residual      int32
	duration      uint32
	info          uint32
}

func (s sgio) Do(ctx context.Context, c Command) (Reply, error) {
	if err := ctx.Err(); err != nil {
		return Reply{}, err
	}
	if len(c.CDB) < 6 || len(c.CDB) > 16 {
		return Reply{}, fmt.Errorf("command of %d bytes", len(c.CDB))
	}
	sense := make([]byte, 252)
	h := &header{interfaceID: 'S', direction: directionNone, cmdLen: uint8(len(c.CDB)), maxSense: uint8(len(sense))}
	h.timeout = milliseconds(c.Timeout)
	// The kernel writes through addresses that stand inside h, where the garbage collector's rules for
	// system calls do not reach: without the pins a buffer on the stack could move away under it.
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&c.CDB[0])
	pin.Pin(&sense[0])
	h.cdb, h.sense = unsafe.Pointer(&c.CDB[0]), unsafe.Pointer(&sense[0])
	if len(c.Data) > 0 {
		pin.Pin(&c.Data[0])
		h.data, h.dataLen = unsafe.Pointer(&c.Data[0]), uint32(len(c.Data))
		switch c.Direction {
		case In:
			h.direction = directionIn
		case Out:
			h.direction = directionOut
		}
	}
	if _, err := ioctl.Do(s.f, sgIO, unsafe.Pointer(h)); err != nil {
		return Reply{}, fmt.Errorf("SG_IO: %w", err)
	}
	// Order of the answers: carrier first. The driver's "sense" bit only repeats that sense data came.
	if h.hostStatus != 0 {
		return Reply{}, fmt.Errorf("SG_IO: %w (host status %02xh)", hostError(h.hostStatus), h.hostStatus)
	}
	if d := h.driverStatus &^ driverSense; d != 0 {
		return Reply{}, fmt.Errorf("SG_IO: %w (driver status %02xh)", unix.EIO, h.driverStatus)
	}
	return Reply{Status: h.status, Sense: sense[:min(int(h.senseWritten), len(sense))], Residual: int(h.residual)}, nil
}

// hostError gives the errno nearest to what the host adapter's driver reports, include/scsi/scsi_status.h of Linux.
func hostError(status uint16) unix.Errno {
	switch status {
	case 1: // DID_NO_CONNECT
		return unix.ENODEV
	case 3: // DID_TIME_OUT
		return unix.ETIMEDOUT
	}
	return unix.EIO
}

func milliseconds(d time.Duration) uint32 {
	if d <= 0 {
		d = DefaultTimeout
	}
	return uint32(min(max(d.Milliseconds(), 1), 1<<32-1)) // 0 would mean the kernel's default
}
