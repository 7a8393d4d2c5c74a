package mmc

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"rasure/devices/ioctl"
)

// Ioctl returns a transport that uses MMC_IOC_CMD on an open node of a whole disk, or of one of its boot or general purpose
// areas: Linux selects that area before every command. The caller keeps f open for as long as the transport is used. Needs
// CAP_SYS_RAWIO.
//
// Selecting an area by SWITCH on the disk's own node does not work: Linux selects the user area again before the next command.
func Ioctl(f *os.File) Transport { return block{f} }

// HasIoctl reports whether the open node accepts MMC commands from us. It sends none to the drive: a list of no commands is
// carried out, and nothing else is.
func HasIoctl(f *os.File) bool {
	_, err := ioctl.Do(f, ioctlMulti, unsafe.Pointer(&multi{}))
	return err == nil
}

type block struct{ f *os.File }

// Linux, include/uapi/linux/mmc/ioctl.h and include/linux/mmc/core.h.
const (
	ioctlCommand = 0xc048b300
	ioctlMulti   = 0xc008b301
	maxData      = 512 << 10

	respR1   = 0x015 // present, CRC, opcode
	respBusy = 0x008
	respSPI  = 0x080
	spiBusy  = 0x400
	withData = 0x020 // ADTC; 0 is AC
)

// maxCommands is our choice; Linux accepts 255.
const maxCommands = 8

// command is struct mmc_ioc_cmd.
type command struct {
	writeFlag   int32
	isACMD      int32
	opcode      uint32
	arg         uint32
	response    [4]uint32
	flags       uint32
	blockSize   uint32
	blocks      uint32
	sleepMin    uint32 // microseconds
	sleepMax    uint32
	dataTimeout uint32 // nanoseconds
	cmdTimeout  uint32 // milliseconds
	_           uint32
	data        uint64
}

// multi is struct mmc_ioc_multi_cmd.
type multi struct {
	n        uint64
	commands [maxCommands]command
}

func (t block) Do(ctx context.Context, commands ...Command) ([]Status, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(commands) == 0 || len(commands) > maxCommands {
		return nil, fmt.Errorf("MMC_IOC_MULTI_CMD: %d commands", len(commands))
	}
	m := &multi{n: uint64(len(commands))}
	// The addresses go in as numbers, which the garbage collector does not see: the pins keep the buffers in place.
	var pin runtime.Pinner
	defer pin.Unpin()
	for i, c := range commands {
		k := &m.commands[i]
		*k = command{opcode: c.Opcode, arg: c.Arg, flags: flags(c.Kind), cmdTimeout: milliseconds(c)}
		if c.Write {
			k.writeFlag = 1
		}
		if len(c.Data) > 0 {
			if len(c.Data)%sector != 0 || len(c.Data) > maxData {
				return nil, fmt.Errorf("MMC_IOC_CMD: %d bytes of data", len(c.Data))
			}
			pin.Pin(&c.Data[0])
			k.data, k.blockSize, k.blocks = uint64(uintptr(unsafe.Pointer(&c.Data[0]))), sector, uint32(len(c.Data)/sector)
		}
	}
	request, arg, name := uintptr(ioctlMulti), unsafe.Pointer(m), "MMC_IOC_MULTI_CMD"
	if len(commands) == 1 {
		request, arg, name = ioctlCommand, unsafe.Pointer(&m.commands[0]), "MMC_IOC_CMD"
	}
	if _, err := ioctl.Do(t.f, request, arg); err != nil {
		return nil, fmt.Errorf("%s: CMD%d: %w", name, commands[len(commands)-1].Opcode, err)
	}
	answers := make([]Status, len(commands))
	for i := range answers {
		answers[i] = Status(m.commands[i].response[0])
	}
	return answers, nil
}

func flags(k Kind) uint32 {
	switch k {
	case Busy:
		return respR1 | respBusy | respSPI | spiBusy
	case Data:
		return respR1 | respSPI | withData
	}
	return respR1 | respSPI
}

func milliseconds(c Command) uint32 {
	d := c.Timeout
	if d <= 0 {
		d = DefaultTimeout
	}
	return uint32(max(min(d, MaxTimeout).Milliseconds(), 1)) // 0 would mean the kernel's default
}
