package scsi

import (
	"context"
	"encoding/binary"

	"rasure/cmd/message"
)

const (
	longBlocks = 0x10 // LLBAA: long block descriptors, SPC-5 6.15
	longHeader = 0x01 // LONGLBA in byte 4 of the header
	defaults   = 2    // PC: the values that the drive was made with
	allBlocks  = 1<<64 - 1
)

var errBlocks = message.New("no block descriptor")

// DefaultBlocks asks for the number of blocks that the drive has by default, SBC-4 6.5.2. Many drives repeat the present number, also where it
// was lowered: only a larger number says something. It changes nothing.
func DefaultBlocks(ctx context.Context, t Transport) (uint64, error) {
	data := make([]byte, 252)
	r, err := t.Do(ctx, Command{CDB: []byte{opModeSense10, longBlocks, defaults<<6 | controlPage, 0, 0, 0, 0, 0, byte(len(data)), 0}, Direction: In, Data: data})
	if err != nil {
		return 0, err
	}
	if err := r.Err(opModeSense10); err != nil {
		return 0, err
	}
	return ParseModeBlocks(data[:max(0, min(len(data), len(data)-r.Residual))])
}

// ParseModeBlocks returns the number of blocks in the block descriptor of MODE SENSE (10) data. A descriptor whose number does not fit is
// [errBlocks], as none is.
func ParseModeBlocks(b []byte) (uint64, error) {
	if len(b) < modeHeader {
		return 0, errMode
	}
	n, all := 0, uint64(0)
	switch long := b[4]&longHeader != 0; {
	case long:
		n, all = 16, allBlocks
	default:
		n, all = 8, 1<<32-1
	}
	if int(binary.BigEndian.Uint16(b[6:])) < n || len(b) < modeHeader+n {
		return 0, errBlocks
	}
	blocks := uint64(binary.BigEndian.Uint32(b[modeHeader:]))
	if n == 16 {
		blocks = binary.BigEndian.Uint64(b[modeHeader:])
	}
	if blocks == 0 || blocks == all {
		return 0, errBlocks
	}
	return blocks, nil
}

// UseAllBlocks makes all blocks addressable that the drive has, permanently: a MODE SELECT (10) whose block descriptor has the greatest
// number, SBC-4 6.5.2. block is the length of a block in bytes, which it keeps.
func UseAllBlocks(ctx context.Context, t Transport, block uint32) error {
	data := make([]byte, modeHeader+16)
	data[4], data[7] = longHeader, 16
	binary.BigEndian.PutUint64(data[modeHeader:], allBlocks)
	binary.BigEndian.PutUint32(data[modeHeader+12:], block)
	r, err := t.Do(ctx, Command{CDB: []byte{opModeSelect10, pageFormat, 0, 0, 0, 0, 0, 0, byte(len(data)), 0}, Direction: Out, Data: data})
	if err != nil {
		return err
	}
	return r.Err(opModeSelect10)
}
